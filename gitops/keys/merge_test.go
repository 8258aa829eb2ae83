package keys

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	const conflict = "\x00"
	for _, c := range []struct {
		name, base, change, onto, want string
		paths                          []string
	}{
		{"neighboring keys", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1\nb: 3\n", "a: 2\nb: 3\n", []string{"a"}},
		{"onto's text stays", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1 # old\nb: '1' # new\n", "a: 2 # old\nb: '1' # new\n", []string{"a"}},
		{"the same change by both", "a: 1\nb: 1\n", "a: 2\nb: 2\n", "a: 2\nb: 1\n", "a: 2\nb: 2\n", []string{"b"}},
		{"change's quotes", "a: x\nb: 1\n", "a: '1.0'\nb: 1\n", "a: x\nb: 3\n", "a: '1.0'\nb: 3\n", []string{"a"}},
		{"the comment behind a value", "a: 1 # v1\nb: 1\n", "a: 2 # v2\nb: 1\n", "a: 1 # v1\nb: 3\n", "a: 2 # v2\nb: 3\n", []string{"a"}},
		{"keys further in", "x:\n  a: 1\n  b: {c: 1, d: 1}\n", "x:\n  a: 1\n  b: {c: 2, d: 1}\n", "x:\n  a: 1\n  b: {c: 1, d: 3}\n", "x:\n  a: 1\n  b: {c: 2, d: 3}\n", []string{"x.b.c"}},
		{"a block of text", "a: |\n  x\nb: 1\n", "a: |\n  y\n  z\nb: 1\n", "a: |\n  x\nb: 2\n", "a: |\n  y\n  z\nb: 2\n", []string{"a"}},
		{"both add", "a: 1\n", "a: 1\nb: 2 # c\n", "a: 1\nc: 3\n", "a: 1\nb: 2 # c\nc: 3\n", []string{"b"}},
		{"added with its comment, and moved in", "x:\n  a: 1\n", "x:\n  a: 1\n  # two\n  b:\n    c: 2\n", "x:\n    a: 1\n    d: 1\n", "x:\n    a: 1\n    # two\n    b:\n      c: 2\n    d: 1\n", []string{"x.b"}},
		{"added in front", "b: 1\n", "a: 0\nb: 1\n", "b: 2\n", "a: 0\nb: 2\n", []string{"a"}},
		{"both delete neighbors", "a: 1\nb: 1\nc: 1\n", "a: 1\nc: 1\n", "b: 1\nc: 1\n", "c: 1\n", []string{"b"}},
		{"deleted, and a neighbor changed", "a: 1\nb: 1\n", "b: 1\n", "a: 1\nb: 2\n", "b: 2\n", []string{"a"}},
		{"a key gone on both sides", "a: 1\nb: 1\nc: 1\n", "a: 2\nc: 1\n", "a: 1\nc: 3\n", "a: 2\nc: 3\n", []string{"a"}},
		{"a scalar becomes a mapping", "a: 1\nb: 1\n", "a:\n  c: 1\nb: 1\n", "a: 1\nb: 2\n", "a:\n  c: 1\nb: 2\n", []string{"a"}},
		{"a list by names", "l:\n- name: a\n  v: 1\n- name: b\n  v: 1\n", "l:\n- name: a\n  v: 2\n- name: b\n  v: 1\n", "l:\n- name: a\n  v: 1\n- name: b\n  v: 3\n", "l:\n- name: a\n  v: 2\n- name: b\n  v: 3\n", []string{"l[name=a].v"}},
		{"an item more, and one changed", "l:\n- id: 1\n  v: 1\n", "l:\n- id: 1\n  v: 1\n- id: 2\n  v: 1\n", "l:\n- id: 1\n  v: 2\n", "l:\n- id: 1\n  v: 2\n- id: 2\n  v: 1\n", []string{"l[id=2]"}},
		{"an item fewer, and one changed", "l:\n- key: a\n  v: 1\n- key: b\n  v: 1\n", "l:\n- key: a\n  v: 1\n", "l:\n- key: a\n  v: 2\n- key: b\n  v: 1\n", "l:\n- key: a\n  v: 2\n", []string{"l[key=b]"}},
		{"items where they stand", "l: [a, b]\n", "l: [x, b]\n", "l: [a, y]\n", "l: [x, y]\n", []string{"l[0]"}},
		{"a list as a whole", "l: [a, b]\nk: 1\n", "l: [b, a, c]\nk: 1\n", "l: [a, b] # n\nk: 2\n", "l: [b, a, c] # n\nk: 2\n", []string{"l"}},
		{"a list in lines as a whole", "l:\n- a\n- b\nk: 1\n", "l:\n- b\n# c\n- a\n- c\nk: 1\n", "l:\n- a\n- b\nk: 2\n", "l:\n- b\n# c\n- a\n- c\nk: 2\n", []string{"l"}},
		{"json", "{\n\t\"a\": 1,\n\t\"b\": 1\n}\n", "{\n\t\"a\": \"x\",\n\t\"b\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3\n}\n", "{\n\t\"a\": \"x\",\n\t\"b\": 2,\n\t\"c\": 3\n}\n", []string{"a"}},
		{"windows line endings", "a: 1\r\nb: 1\r\n", "a: 2\r\nb: 1\r\n", "a: 1\r\nb: 3\r\n", "a: 2\r\nb: 3\r\n", []string{"a"}},
		{"documents", "kind: A\na: 1\nb: 1\n---\nkind: B\na: 1\nb: 1\n", "kind: A\na: 2\nb: 1\n---\nkind: B\na: 1\nb: 2\n", "kind: A\na: 1\nb: 3\n---\nkind: B\na: 3\nb: 1\n", "kind: A\na: 2\nb: 3\n---\nkind: B\na: 3\nb: 2\n", []string{"a", "b"}},
		{"beside an anchor", "x: &x {k: 1}\na: 1\nb: 1\nc: *x\n", "x: &x {k: 1}\na: 2\nb: 1\nc: *x\n", "x: &x {k: 1}\na: 1\nb: 3\nc: *x\n", "x: &x {k: 1}\na: 2\nb: 3\nc: *x\n", []string{"a"}},
		{"an empty value", "a:\nb: 1\n", "a: x\nb: 1\n", "a:\nb: 2\n", "a: x\nb: 2\n", []string{"a"}},

		{"the same key", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 3\nb: 1\n", conflict, nil},
		{"a key below", "a: {x: 1}\nb: 1\n", "a: 1\nb: 1\n", "a: {x: 2}\nb: 1\n", conflict, nil},
		{"a key above", "a: {x: 1}\nb: 1\n", "a: {x: 2}\nb: 1\n", "a: 1\nb: 1\n", conflict, nil},
		{"changed and deleted", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "b: 1\n", conflict, nil},
		{"deleted and changed", "a: 1\nb: 1\n", "b: 1\n", "a: 2\nb: 1\n", conflict, nil},
		{"both add the same key", "a: 1\n", "a: 1\nb: 1\n", "a: 1\nb: 2\n", conflict, nil},
		{"both add mappings under the same key", "a: 1\n", "a: 1\nb: {x: 1}\n", "a: 1\nb: {y: 1}\n", conflict, nil},
		{"a comment alone", "a: 1 # x\nb: 1\n", "a: 1 # y\nb: 2\n", "a: 3 # x\nb: 1\n", conflict, nil},
		{"a comment changed by both", "a: 1 # x\nb: 1\n", "a: 2 # y\nb: 1\n", "a: 1 # z\nb: 3\n", conflict, nil},
		{"both append", "l:\n- name: a\n", "l:\n- name: a\n- name: b\n", "l:\n- name: a\n- name: c\n", conflict, nil},
		{"both append to a plain list", "l: [a]\n", "l: [a, b]\n", "l: [a, c]\n", conflict, nil},
		{"items moved", "l: [a, b, c]\n", "l: [b, a, c]\n", "l: [a, b, d]\n", conflict, nil},
		{"items shifted", "l: [a, b, c]\n", "l: [x, b, c]\n", "l: [b, c, d]\n", conflict, nil},
		{"named items moved", "l: [{name: a, v: 1}, {name: b, v: 1}]\n", "l: [{name: b, v: 1}, {name: a, v: 1}]\n", "l: [{name: a, v: 2}, {name: b, v: 1}]\n", conflict, nil},
		{"a name twice", "l: [{name: a, v: 1}, {name: a, v: 1}]\n", "l: [{name: a, v: 2}, {name: a, v: 1}]\n", "l: [{name: a, v: 1}, {name: a, v: 3}, {name: b}]\n", conflict, nil},
		{"an anchored value", "a: &x 1\nb: 1\n", "a: &x 2\nb: 1\n", "a: &x 1\nb: 2\n", conflict, nil},
		{"below an anchor", "a: &x {k: 1, l: 1}\nb: 1\n", "a: &x {k: 2, l: 1}\nb: 1\n", "a: &x {k: 1, l: 2}\nb: 1\n", conflict, nil},
		{"an alias", "x: &x 1\na: *x\nb: 1\n", "x: &x 1\na: 2\nb: 1\n", "x: &x 1\na: *x\nb: 2\n", conflict, nil},
		{"beside a merge key", "x: &x {k: 1}\na:\n  <<: *x\n  b: 1\n", "x: &x {k: 1}\na:\n  <<: *x\n  k: 2\n  b: 1\n", "x: &x {k: 1}\na:\n  <<: *x\n  b: 2\n", conflict, nil},
		{"a document more", "a: 1\nb: 1\n", "a: 2\nb: 1\n---\nc: 1\n", "a: 1\nb: 2\n", conflict, nil},
		{"documents in another order", "kind: A\na: 1\n---\nkind: B\na: 1\n", "kind: A\na: 2\n---\nkind: B\na: 1\n", "kind: B\na: 1\n---\nkind: A\na: 1\n", conflict, nil},
		{"what is no yaml", "a: {{ x }}\nb: 1\n", "a: {{ y }}\nb: 1\n", "a: {{ x }}\nb: 2\n", conflict, nil},
		{"git's own conflict", "a: 1\nb: 1\n", "a: 2\nb: 1\n", "<<<<<<< x\na: 1\n=======\na: 3\n>>>>>>> y\nb: 1\n", conflict, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := "v.yaml"
			if strings.HasPrefix(c.base, "{\n") {
				name = "v.json"
			}
			got, paths, ok := Merge(name, []byte(c.base), []byte(c.change), []byte(c.onto))
			if c.want == conflict {
				if ok {
					t.Errorf("merged, and should not be: %q", got)
				}
				return
			}
			if !ok {
				t.Fatal("a conflict")
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.paths, paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
	if _, _, ok := Merge("web/package-lock.json", []byte("{\"a\": 1,\n\"b\": 1}"), []byte("{\"a\": 2,\n\"b\": 1}"), []byte("{\"a\": 1,\n\"b\": 2}")); ok {
		t.Error("a lock file was merged by key")
	}
	if _, _, ok := Merge("values.txt", []byte("a: 1\nb: 1\n"), []byte("a: 2\nb: 1\n"), []byte("a: 1\nb: 2\n")); ok {
		t.Error("a text file was merged by key")
	}
}

// threeWay is what a merge of values means, written as plainly as can be. Keys are sorted: their order means nothing.
func threeWay(b, c, o value) (value, bool) {
	b, c, o = sorted(b), sorted(c), sorted(o)
	switch {
	case same(b, c), same(c, o):
		return o, true
	case same(b, o):
		return c, true
	case b.kind == mapping && c.kind == mapping && o.kind == mapping:
		return eachKey(b, c, o)
	case known(b, c, o) != "":
		return eachItem(b, c, o, known(b, c, o))
	case b.kind == list && c.kind == list && o.kind == list && len(b.items) == len(c.items) && len(b.items) == len(o.items):
		out := value{kind: list}
		for i := range b.items {
			v, ok := threeWay(b.items[i], c.items[i], o.items[i])
			if !ok {
				return value{}, false
			}
			out.items = append(out.items, v)
		}
		return out, true
	}
	return value{}, false
}

func eachKey(b, c, o value) (value, bool) {
	out := value{kind: mapping}
	absent := value{kind: -1}
	at := func(v value, key string) value {
		if i := v.get(key); i >= 0 {
			return v.entries[i].value
		}
		return absent
	}
	var keys []string
	for _, v := range []value{b, c, o} {
		for _, e := range v.entries {
			keys = append(keys, e.key)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		v, ok := threeWay(at(b, key), at(c, key), at(o, key))
		if !ok {
			return value{}, false
		}
		if v.kind != -1 {
			out.entries = append(out.entries, entry{key, v})
		}
	}
	return out, true
}

// known is the key by which the items of lists are known, empty where they are not.
func known(lists ...value) string {
	for _, key := range identities() {
		if !slices.ContainsFunc(lists, func(v value) bool { _, _, ok := v.identify(key); return v.kind != list || !ok }) {
			return key
		}
	}
	return ""
}

// eachItem is eachKey for lists whose items are known by a key.
func eachItem(b, c, o value, key string) (value, bool) {
	by := func(v value) value {
		m := value{kind: mapping}
		for _, item := range v.items {
			m.entries = append(m.entries, entry{item.field(key).text, item})
		}
		return m
	}
	merged, ok := eachKey(by(b), by(c), by(o))
	out := value{kind: list}
	for _, e := range merged.entries {
		out.items = append(out.items, e.value)
	}
	return sorted(out), ok
}

// sorted is a value with its keys in order, and the items of lists that are known by a key: these stand in any.
func sorted(v value) value {
	v.items, v.entries = slices.Clone(v.items), slices.Clone(v.entries)
	for i := range v.items {
		v.items[i] = sorted(v.items[i])
	}
	for i := range v.entries {
		v.entries[i].value = sorted(v.entries[i].value)
	}
	slices.SortFunc(v.entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	if key := known(v); key != "" {
		slices.SortFunc(v.items, func(a, b value) int { return strings.Compare(a.field(key).text, b.field(key).text) })
	}
	return v
}

// Whatever two sides do to a document: where they merge, the outcome means what a three-way merge of the values means,
// and keeps onto's lines.
func TestRandomMerges(t *testing.T) {
	s := seed(t)
	merged, possible := 0, 0
	for i := range uint64(5000) {
		d := draw(s + i)
		name := d.pick("v.yaml", "v.yaml", "v.json")
		texts := [3][]byte{[]byte(d.document(name))}
		for k := 1; k < 3; k++ {
			texts[k] = texts[0]
			for range 1 + d.IntN(3) {
				f, err := read(name, texts[k])
				if err != nil {
					t.Fatal(err)
				}
				if r, err := Apply(name, texts[k], Document{}, []Edit{d.edit(t, f.meanings()[0])}); err == nil {
					texts[k] = r.Data
				}
			}
		}
		var v [3]value
		for k, text := range texts {
			f, err := read(name, text)
			if err != nil {
				t.Fatalf("seed %d: %v", s+i, err)
			}
			v[k] = f.meanings()[0]
		}
		want, ok := threeWay(v[0], v[1], v[2])
		if ok {
			possible++
		}
		got, paths, done := Merge(name, texts[0], texts[1], texts[2])
		if !done {
			continue
		}
		merged++
		f, err := read(name, got)
		if err != nil || !ok || !same(sorted(f.meanings()[0]), want) {
			t.Fatalf("seed %d: %v, a merge is possible: %v, %v\nbase %q\nchange %q\nonto %q\ngot %q", s+i, err, ok, paths, texts[0], texts[1], texts[2], got)
		}
		if len(paths) == 0 && string(got) != string(texts[2]) {
			t.Fatalf("seed %d: nothing was put in, and the text is another", s+i)
		}
	}
	t.Logf("%d of %d merges that mean something were made", merged, possible)
	if merged*10 < possible*7 {
		t.Errorf("only %d of %d merges were made", merged, possible)
	}
}

// FuzzMerge holds merges of any bytes to the same.
func FuzzMerge(f *testing.F) {
	f.Add([]byte("a: 1\nb: 1\n"), []byte("a: 2\nb: 1\n"), []byte("a: 1\nb: 3\n"), false)
	f.Add([]byte("- name: a\n  v: 1\n"), []byte("- name: a\n  v: 2\n"), []byte("- name: a\n  v: 1\n- name: b\n"), false)
	f.Add([]byte(`{"a":[1,2]}`), []byte(`{"a":[1,3]}`), []byte(`{"a":[4,2]}`), true)
	f.Add([]byte("a: &x 1\nb: *x\n"), []byte("a: &x 1\nb: 1\n"), []byte("a: &x 1\n<<: *x\n"), false)
	f.Fuzz(func(t *testing.T, base, change, onto []byte, json bool) {
		name := "v.yaml"
		if json {
			name = "v.json"
		}
		got, _, ok := Merge(name, base, change, onto)
		if !ok {
			return
		}
		var v [4][]value
		for i, text := range [][]byte{base, change, onto, got} {
			r, err := read(name, text)
			if err != nil {
				t.Fatalf("%v: %q", err, text)
			}
			v[i] = r.meanings()
		}
		for i := range v[3] {
			want, ok := threeWay(v[0][i], v[1][i], v[2][i])
			if ok && !same(sorted(v[3][i]), want) {
				t.Fatalf("base %q\nchange %q\nonto %q\ngot %q", base, change, onto, got)
			}
		}
	})
}
