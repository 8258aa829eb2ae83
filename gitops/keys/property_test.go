package keys

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seed is printed by the tests that draw at random; KEYS_SEED draws the same again.
func seed(t *testing.T) uint64 {
	n, err := strconv.ParseUint(os.Getenv("KEYS_SEED"), 10, 64)
	if err != nil {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("KEYS_SEED=%d", n)
	return n
}

func (d drawing) edit(t testing.TB, of value) Edit {
	all := append(paths(of, ""), "new", "a.b.new", "name")
	e := Edit{Op: []Op{Set, Add, Delete, Append}[d.IntN(4)], Value: d.value(2)}
	e.Path = at(t, all[d.IntN(len(all))])
	if e.Op == Add && d.IntN(2) == 0 {
		e.Path = at(t, e.Path.String()+".added")
	}
	if e.Op == Delete {
		e.Value = nil
	}
	return e
}

// Whatever the document and the edit: exactly what was asked for changes, every comment outside of what was replaced
// stays, and doing it again changes nothing. Apply verifies the values itself; here is watched that it need not refuse,
// and what it does to the rest of the text.
func TestRandomEdits(t *testing.T) {
	s := seed(t)
	done, unsure := map[Op]int{}, 0
	for i := range uint64(6000) {
		d := draw(s + i)
		name := d.pick("v.yaml", "v.yaml", "v.json")
		text := d.document(name)
		f, err := read(name, []byte(text))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", s+i, err, text)
		}
		e := d.edit(t, f.meanings()[0])
		got, err := Apply(name, []byte(text), Document{}, []Edit{e})
		if err != nil {
			if strings.Contains(err.Error(), errUnsure.Error()) {
				unsure++
				if unsure < 4 {
					t.Errorf("seed %d: %s %s = %v: %v\n%s", s+i, e.Op, e.Path, e.Value, err, text)
				}
			}
			continue
		}
		if len(got.Changes) == 0 {
			if string(got.Data) != text {
				t.Fatalf("seed %d: no change, and other bytes", s+i)
			}
			continue
		}
		done[e.Op]++
		untouched(t, s+i, f, e, got.Data)
	}
	t.Logf("changed: %v", done)
	if done[Set] < 400 || done[Add] < 200 || done[Delete] < 200 || done[Append] < 30 {
		t.Errorf("too few edits were possible: %v", done)
	}
	if unsure > 0 {
		t.Errorf("%d edits were refused for no reason of the user's", unsure)
	}
}

// untouched fails where a line is lost that the edit has nothing to do with.
func untouched(t *testing.T, seed uint64, f *file, e Edit, after []byte) {
	t.Helper()
	var lost splice
	if place, err := f.find(0, e.Path); err == nil && place.parent != nil {
		from, to := f.starts(place), f.ends(place)
		if parent := place.parent; e.Op == Delete && len(parent.node.Entries)+len(parent.node.Items) == 1 {
			from, to = parent.node.Extent.From, parent.node.Extent.To
			if parent.parent != nil {
				from = f.starts(parent)
			}
		}
		lost = splice{from: f.lineStart(from), to: f.lineEnd(to)}
	}
	ending := func(s string) string { return strings.Trim(strings.TrimPrefix(s, bom), "- ,\r\n") }
	have := map[string]int{}
	for line := range strings.Lines(string(after)) {
		have[ending(line)]++
	}
	at := 0
	for line := range strings.Lines(f.text) {
		if mine := at+len(line) <= lost.from || at > lost.to; mine && !reshaped(line) {
			if have[ending(line)]--; have[ending(line)] < 0 {
				t.Fatalf("seed %d: %s %s = %v lost the line %q\n%q\n%q", seed, e.Op, e.Path, e.Value, line, f.text, after)
			}
		}
		at += len(line)
	}
}

// reshaped reports whether a line may change with a neighbor of what it holds: it ends or begins with brackets or a
// comma, or is an empty value that what is added makes a mapping.
func reshaped(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.ContainsAny(line, "[]{},") || strings.HasSuffix(strings.TrimSpace(strings.Split(line, " #")[0]), ":") ||
		strings.Contains(line, "null") || strings.HasPrefix(line, "- #") || line == "-" || strings.HasPrefix(line, "- ") && strings.Contains(line, ":")
}

// FuzzApply holds edits of any bytes to the same: an error, or exactly the wanted values.
func FuzzApply(f *testing.F) {
	for _, text := range []string{values, "a: 1\n", "a: &x [1]\nb: *x\n", "{a: 1, b}", "- - a\n  - b\n", "a: |\n x\n\n", "%YAML\n", "a:\n- b: 1\n  c: 2\n- d"} {
		for op := range byte(4) {
			f.Add([]byte(text), "a.b", op, "x", false)
			f.Add([]byte(text), "[0].b", op, "1.5", true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, path string, op byte, text string, json bool) {
		p, err := ParsePath(path)
		if err != nil {
			return
		}
		name := "v.yaml"
		if json {
			name = "v.json"
		}
		e := Edit{Op: []Op{Set, Add, Delete, Append}[op%4], Path: p, Value: text}
		got, err := Apply(name, data, Document{Numbered: true}, []Edit{e})
		if err != nil {
			return
		}
		after, err := read(name, got.Data)
		if err != nil {
			t.Fatalf("%q became what can't be read: %q", data, got.Data)
		}
		at, err := after.find(0, p)
		switch {
		case e.Op == Delete || e.Op == Append:
		case err != nil:
			t.Fatalf("%s %s in %q: %v: %q", e.Op, p, data, err, got.Data)
		case !same(meaning(at.node), value{kind: words, text: text}):
			t.Fatalf("%s %s = %q in %q: %q", e.Op, p, text, data, got.Data)
		}
	})
}

func TestMergesOfHostileFilesAreCheap(t *testing.T) {
	pairs := func(n int, line, ending, value string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line, "N", strconv.Itoa(i)), "V", value) + ending)
		}
		return b.String()
	}
	for name, texts := range map[string][3]string{
		"keys":       {pairs(20000, "kN: V", "\n", "1"), pairs(20000, "kN: V", "\n", "2"), "k: 1\n" + pairs(20000, "kN: V", "\n", "1")},
		"new keys":   {"a: 1\n", "a: 1\n" + pairs(20000, "kN: V", "\n", "1"), "a: 2\n" + pairs(20000, "lN: V", "\n", "1")},
		"gone keys":  {pairs(20000, "kN: V", "\n", "1") + "a: 1\n", "a: 1\n", pairs(20000, "kN: V", "\n", "1") + "a: 2\n"},
		"items":      {pairs(9000, "- name: N\n  v: V", "\n", "1"), pairs(9000, "- name: N\n  v: V", "\n", "2"), pairs(9000, "- name: N\n  v: V", "\n", "1") + "- name: x\n"},
		"one line":   {"{" + pairs(20000, "kN: V", ",", "1") + "}", "{" + pairs(20000, "kN: V", ",", "2") + "}", "{x: 1, " + pairs(20000, "kN: V", ",", "1") + "}"},
		"plain list": {"[" + pairs(20000, "N", ",", "") + "]", "[" + pairs(20000, "xN", ",", "") + "]", "[y," + pairs(19999, "N", ",", "") + "]"},
	} {
		start := time.Now()
		_, paths, ok := Merge("v.yaml", []byte(texts[0]), []byte(texts[1]), []byte(texts[2]))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %s", name, took)
		} else {
			t.Logf("%-12s %8s %v %d", name, took.Round(time.Millisecond), ok, len(paths))
		}
	}
}

// What is expensive is refused, or done, in little time; the bound tells growth from a busy machine.
func TestHostileFilesAreCheap(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, (1<<20)/len(s)) }
	for name, text := range map[string]string{
		"documents": fill("---\n"), "dots": fill("...\n"), "values": fill("a,"), "tags": fill("!a "), "anchors": fill("&a "),
		"comments": fill("# x\n"), "blank lines": fill("\n"), "windows": "a: 1\r\n" + fill("\r\n"), "list": "a:\n" + strings.Repeat("- x\n", 40000),
		"one line": "a: [" + strings.Repeat("x,", 40000) + "]", "keys": "a: 1\n" + many(30000), "deep": fill("["), "json": "[" + strings.Repeat("[1],", 12000) + "1]",
	} {
		for _, file := range []string{"v.yaml", "v.json"} {
			start := time.Now()
			_, err := Apply(file, []byte(text), Document{}, []Edit{{Append, at(t, "a"), "y"}})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s took %s: %v", name, took, err)
			} else {
				t.Logf("%-12s %-6s %8s", name, file, took.Round(time.Millisecond))
			}
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("key-" + strconv.Itoa(i) + ": v\n")
	}
	return b.String()
}
