package source

import (
	"encoding/json"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	yamltestsuite "github.com/goccy/go-yaml/testdata/yaml-test-suite"
	"github.com/google/go-cmp/cmp"
)

// plainTree returns what a node holds as encoding/json would have it.
func plainTree(n *Node) any {
	switch n.Kind {
	case Null:
		return nil
	case Bool:
		return strings.EqualFold(n.Text, "true")
	case Int, Float:
		f, _ := strconv.ParseFloat(n.Text, 64)
		return f
	case Sequence:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, plainTree(item))
		}
		return items
	case Mapping:
		entries := map[string]any{}
		for _, e := range n.Entries {
			entries[e.Key.Text] = plainTree(e.Value)
		}
		return entries
	}
	return n.Text
}

// TestYAMLTestSuite holds the reader against the suite of all YAML implementations: what it reads, it reads as
// the suite says; the rest it refuses.
func TestYAMLTestSuite(t *testing.T) {
	suite, err := yamltestsuite.TestSuites()
	if err != nil {
		t.Fatal(err)
	}
	// libyaml reads these as well: a bracket may go on at any column, and a line of white space alone is blank.
	lenient := []string{
		"wrong-indented-flow-sequence", "flow-collections-over-many-lines/00", "tabs-in-various-contexts/000",
		"tabs-in-various-contexts/003", "tabs-that-look-like-indentation/01",
	}
	// The last line of these has no line break, and holds nothing but spaces.
	unended := []string{"trailing-line-of-spaces/01", "trailing-whitespace-in-streams/02"}
	read := 0
	for _, c := range suite {
		root, problems := Parse(File{Name: c.Name, Data: c.InYAML})
		switch {
		case len(problems) > 0 || slices.Contains(unended, c.Name):
		case c.Error:
			if !slices.Contains(lenient, c.Name) {
				t.Errorf("%s is no YAML, and was read:\n%s", c.Name, c.InYAML)
			}
		case len(c.InJSON) == 1:
			read++
			if diff := cmp.Diff(c.InJSON[0], plainTree(root)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.Name, diff)
			}
		}
	}
	if read < 150 {
		t.Errorf("only %d of the suite's files were read", read)
	}
}

func TestScalarsAreWhatTheyLookLike(t *testing.T) {
	for text, want := range map[string]Kind{
		"~": Null, "null": Null, "": Null, "nil": String,
		"true": Bool, "False": Bool, "yes": String, "no": String, "on": String, "Off": String, "y": String,
		"0": Int, "-12": Int, "+3": Int, "010": String, "0o17": String, "0x1F": String, "1_000": String, "12:30": String,
		"1.10": Float, "-0.5": Float, "1e3": String, "1.5e3": String, ".5": String, "1.": String, ".inf": String, ".nan": String,
		"2026-01-02": String, "1.2.3": String, "-": String, "<<": String,
		`"1"`: String, `'true'`: String, `""`: String,
	} {
		if strings.HasPrefix(text, "-") && len(text) == 1 {
			text = `"-"`
		}
		root, problems := Parse(File{Name: "f", Data: []byte("k: " + text + "\n")})
		if len(problems) > 0 {
			t.Errorf("%s: %v", text, problems)
			continue
		}
		if got := root.Get("k").Kind; got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestEveryNodeKnowsItsPlace(t *testing.T) {
	const file = "a: b\n" +
		"ü: {x: 'y',  z: [1, \"日本\", q]}\n" +
		"list:\n" +
		"- one\n" +
		"-   - two\n" +
		"    - k:\t\tv\n" +
		"text: |\n" +
		"  line\n" +
		"end:\n"
	root, problems := Parse(File{Name: "f", Data: []byte(file)})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := map[string]Pos{}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Scalar() {
			got[n.Text] = n.Pos
		}
		for _, item := range n.Items {
			walk(item)
		}
		for _, e := range n.Entries {
			walk(e.Key)
			walk(e.Value)
		}
	}
	walk(root)
	want := map[string]Pos{
		"a": {1, 1}, "b": {1, 4},
		"ü": {2, 1}, "x": {2, 5}, "y": {2, 8}, "z": {2, 14}, "1": {2, 18}, "日本": {2, 21}, "q": {2, 27},
		"list": {3, 1}, "one": {4, 3}, "two": {5, 7}, "k": {6, 7}, "v": {6, 11},
		"text": {7, 1}, "line\n": {7, 7}, "end": {9, 1}, "": {9, 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEveryByteKnowsItsPlace looks for a mark in values of all styles.
func TestEveryByteKnowsItsPlace(t *testing.T) {
	for name, file := range map[string]string{
		"plain":                  "k: some @ text\n",
		"plain, folded":          "k: some\n  more\n\n  and ü @ text\n",
		"single quotes":          "k: 'it''s @ here'\n",
		"single quotes, folded":  "k: 'it''s   \n\n    over @ here'\n",
		"double quotes":          "k: \"tab\\t and \\u00e9\\U0001F600 \\uD83D\\uDE00 then @ there\"\n",
		"double quotes, folded":  "k: \"one \\\n   two\n\n   three @\"\n",
		"literal":                "k: |\n\n  one\n\n    two @ x\n",
		"literal, indented":      "k: |2-\n    one\n   two ü @\n",
		"folded":                 "k: >\n  one\n  two\n\n  three\n    more\n  four @\n",
		"in a list in a mapping": "- a:\n  - >-\n    x\n    y @\n",
		"in brackets":            "k: {a: [b, \"ü @\"]}\n",
		"line endings":           "k: |\r\n  one\r\n  two @\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			root, problems := Parse(File{Name: "f", Data: []byte(file)})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			n := root
			for !n.Scalar() {
				if n.Kind == Sequence {
					n = n.Items[len(n.Items)-1]
				} else {
					n = n.Entries[len(n.Entries)-1].Value
				}
			}
			at := strings.Index(n.Text, "@")
			head := file[:strings.Index(file, "@")]
			want := Pos{1 + strings.Count(head, "\n"), 1 + len([]rune(head[strings.LastIndex(head, "\n")+1:]))}
			if got := n.PosAt(at); got != want {
				t.Errorf("the mark in %q is at %v, want %v", n.Text, got, want)
			}
		})
	}
}

func TestAnAliasIsItsAnchor(t *testing.T) {
	root, problems := Parse(File{Name: "f", Data: []byte("a: &x [1, &y 2]\nb: *x\nc: { d: *y }\n")})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]any{"a": []any{1.0, 2.0}, "b": []any{1.0, 2.0}, "c": map[string]any{"d": 2.0}}
	if diff := cmp.Diff(want, plainTree(root).(map[string]any)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if root.Get("b") != root.Get("a") {
		t.Error("the alias is a copy")
	}
}

// hostile returns files of 1 MiB made to be expensive.
func hostile() map[string]string {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 60; i++ {
		was := strconv.Itoa(i - 1)
		bomb += "a" + strconv.Itoa(i) + ": &a" + strconv.Itoa(i) + " [*a" + was + ", *a" + was + "]\n"
	}
	flat, deep := strings.Builder{}, strings.Builder{}
	for i := 0; flat.Len() < size-20; i++ {
		flat.WriteString("key-" + strconv.Itoa(i) + ": v\n")
	}
	for i := 0; deep.Len() < size-2000; i++ {
		deep.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return map[string]string{
		"brackets":             fill("["),
		"braces":               fill("{a: "),
		"dashes":               fill("- "),
		"deep mapping":         deep.String(),
		"alias bomb":           bomb + "# " + strings.Repeat("x", size-len(bomb)-2),
		"aliases":              "a: &a [" + strings.Repeat("x,", 1000) + "]\nb: [" + fill("*a,")[:size-3000],
		"huge list":            fill("- a\n"),
		"huge list of steps":   fill("- run: make\n"),
		"huge mapping":         flat.String(),
		"huge list, one line":  "[" + fill("a,")[:size-2] + "]",
		"empty items":          fill("-\n"),
		"huge line":            "a: " + strings.Repeat("x", size-4),
		"huge quoted line":     "a: \"" + strings.Repeat("\t", size-6) + "\"",
		"escapes":              "a: \"" + fill("\\n")[:size-6] + "\"",
		"huge block":           "a: |\n" + fill("  x\n")[:size-5],
		"huge folded block":    "a: >\n" + fill("  x\n\n")[:size-5],
		"text over many lines": "a:\n" + fill("  x\n")[:size-40] + "\nb: c: d",
		"colons":               fill(": "),
		"question marks":       fill("? "),
		"anchors":              fill("&a "),
		"tags":                 fill("!a "),
		"quotes":               fill("\"\" "),
		"unclosed quotes":      fill("- \"a\n"),
		"documents":            fill("---\n"),
		"blank lines":          "a: b" + fill("\n")[:size-5] + "?",
		"comments":             fill("#\n")[:size-2] + "?",
		"too large":            strings.Repeat("x", size+1),
	}
}

func TestAHostileFileIsCheapToRefuse(t *testing.T) {
	files := hostile()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := File{Name: "f", Data: []byte(files[name])}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, problems := Parse(f)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if len(problems) == 0 {
			t.Errorf("%s: nothing is said", name)
			continue
		}
		if len(problems) > maxProblems+1 {
			t.Errorf("%s: %d diagnostics", name, len(problems))
		}
		if limit := 250 * time.Millisecond * slower; took > limit {
			t.Errorf("%s took %v", name, took)
		}
		if total := after.TotalAlloc - before.TotalAlloc; total > 64<<20 {
			t.Errorf("%s allocated %d MiB", name, total>>20)
		}
		t.Logf("%-20s %8v %3d MiB  %s", name, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, problems[0].Message)
	}
}

func FuzzParse(f *testing.F) {
	suite, err := yamltestsuite.TestSuites()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range suite {
		f.Add(c.InYAML)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := File{Name: "f", Data: data}
		root, problems := Parse(file)
		again, sameProblems := Parse(file)
		if !reflect.DeepEqual(problems, sameProblems) {
			t.Error("two readings say different things")
		}
		if (root == nil) != (again == nil) || root == nil && len(problems) == 0 {
			t.Fatal("a file that is not read must have a diagnostic")
		}
		lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
		inside := func(p Pos) bool {
			return p.Line >= 1 && p.Line <= len(lines) && p.Col >= 1 && p.Col <= len([]rune(lines[p.Line-1]))+1
		}
		for _, d := range problems {
			if !inside(d.Pos) {
				t.Errorf("outside of the file: %v", d)
			}
		}
		problems.Render(file)
		if root == nil {
			return
		}
		var walk func(n *Node)
		walk = func(n *Node) {
			for k := 0; k <= len(n.Text); k += 1 + len(n.Text)/16 {
				if !inside(n.PosAt(k)) {
					t.Errorf("byte %d of %q is outside of the file: %v", k, n.Text, n.PosAt(k))
				}
			}
			for _, item := range n.Items {
				walk(item)
			}
			for _, e := range n.Entries {
				walk(e.Key)
				walk(e.Value)
			}
		}
		walk(root)
		if json.Valid(data) && root.size < maxValues && len(problems) == 0 {
			checkJSON(t, data, root)
		}
	})
}

// checkJSON holds the reader against encoding/json: JSON is YAML. Numbers are left out, because the reader
// takes fewer texts for one.
func checkJSON(t *testing.T, data []byte, root *Node) {
	var want any
	if json.Unmarshal(data, &want) != nil {
		return
	}
	var strip func(v any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case float64:
			return "number"
		case []any:
			for i := range v {
				v[i] = strip(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = strip(v[k])
			}
		}
		return v
	}
	var numbers func(n *Node) any
	numbers = func(n *Node) any {
		v := plainTree(n)
		if s, ok := v.(string); ok && n.doc.text[n.at()] != '"' && s != "" {
			return "number"
		}
		switch n.Kind {
		case Sequence:
			for i, item := range n.Items {
				v.([]any)[i] = numbers(item)
			}
		case Mapping:
			for _, e := range n.Entries {
				v.(map[string]any)[e.Key.Text] = numbers(e.Value)
			}
		}
		return strip(v)
	}
	if diff := cmp.Diff(strip(want), numbers(root)); diff != "" {
		t.Errorf("not what JSON makes of it (-want +got):\n%s", diff)
	}
}

// at returns where a node's first byte is.
func (n *Node) at() int {
	at := n.doc.lines[n.Pos.Line-1]
	for range n.Pos.Col - 1 {
		at += len(string([]rune(n.doc.text[at:])[0]))
	}
	return at
}
