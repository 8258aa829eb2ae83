package keys

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func at(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatalf("path %s: %v", text, err)
	}
	return p
}

const values = `# shop
image:
  repository: acme/shop   # the image
  tag: v1  # bumped by belay
replicas: 3
env:
  - name: A
    value: "1"
  # the second
  - name: B
    value: x
hosts: [eu, us]
empty:
note: |
  one
  two

last: 'q'
`

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name, file, before string
		op                 Op
		path               string
		value              any
		after              string // with «old|new» marks on before; empty: before as it is
	}{
		{"text for text", "v.yaml", "a: x # c\n", Set, "a", "z", "a: z # c\n"},
		{"the quotes stay", "v.yaml", "a: 'x'\nb: \"x\"\n", Set, "a", "y z", "a: 'y z'\nb: \"x\"\n"},
		{"double quotes stay", "v.yaml", "a: \"x\"\n", Set, "a", "y", "a: \"y\"\n"},
		{"text that looks like a number", "v.yaml", "a: v1\n", Set, "a", "1.10", "a: \"1.10\"\n"},
		{"text that looks like more", "v.yaml", "a: v1\n", Set, "a", "no", "a: \"no\"\n"},
		{"text that only go-yaml takes for a number in base 16", "v.yaml", "a: v1\n", Set, "a", "0X1F", "a: \"0X1F\"\n"},
		{"text that only go-yaml takes for a number in base 2", "v.yaml", "a: v1\n", Set, "a", "0B11", "a: \"0B11\"\n"},
		{"text that only go-yaml takes for a number with an exponent", "v.yaml", "a: v1\n", Set, "a", "3e1_1", "a: \"3e1_1\"\n"},
		{"a name with underscores needs no quotes", "v.yaml", "a: v1\n", Set, "a", "v_1_e3", "a: v_1_e3\n"},
		{"a version needs no quotes", "v.yaml", "a: v1\n", Set, "a", "1.2.3-rc.1", "a: 1.2.3-rc.1\n"},
		{"text with a colon", "v.yaml", "a: v1\n", Set, "a", "x: y", "a: \"x: y\"\n"},
		{"a url needs no quotes", "v.yaml", "a: v1\n", Set, "a", "https://acme.io/x?y=z", "a: https://acme.io/x?y=z\n"},
		{"a url with a query in brackets, which PyYAML can't read plain", "v.yaml", "a: {b: x}\n", Set, "a.b", "https://acme.io/x?y=z", "a: {b: \"https://acme.io/x?y=z\"}\n"},
		{"a value below comments, by one on the key's line", "v.yaml", "a: # c\n  # d\n\n  b: 1\n# e\nc: 2\n", Set, "a", "x", "a: x # c\n  # d\n\n# e\nc: 2\n"},
		{"a value with comments around it, by one on the key's line", "v.yaml", "a:\n  # d\n  - b # e\nc: 2\n", Set, "a", 1, "a: 1\n  # d\n  # e\nc: 2\n"},
		{"delete the only key, below a comment", "v.yaml", "a:\n  # d\n  b: 1\nc: 2\n", Delete, "a.b", nil, "a: {}\n  # d\nc: 2\n"},
		{"a number", "v.yaml", "a: 3\n", Set, "a", 5, "a: 5\n"},
		{"a number with its zeros", "v.yaml", "a: 3\n", Set, "a", json.Number("1.10"), "a: 1.10\n"},
		{"a bool", "v.yaml", "a: 'x'\n", Set, "a", true, "a: true\n"},
		{"nothing", "v.yaml", "a: x\n", Set, "a", nil, "a: null\n"},
		{"an empty value", "v.yaml", "a:\nb: 1\n", Set, "a", "x", "a: x\nb: 1\n"},
		{"an empty value with a comment", "v.yaml", "a: # c\nb: 1\n", Set, "a", "x", "a: x # c\nb: 1\n"},
		{"a mapping for an empty value with a comment", "v.yaml", "a: # c\nb: 1\n", Set, "a", Mapping{{"k", 1}}, "a: # c\n  k: 1\nb: 1\n"},
		{"the same value in other quotes", "v.yaml", "a: 'x'\n", Set, "a", "x", ""},
		{"an item by its name", "v.yaml", values, Set, "env[name=B].value", "z", strings.Replace(values, "value: x", "value: z", 1)},
		{"an item by its number", "v.yaml", values, Set, "env[0].value", "2", strings.Replace(values, `"1"`, `"2"`, 1)},
		{"the last item", "v.yaml", values, Set, "hosts[-1]", "ap", strings.Replace(values, "us]", "ap]", 1)},
		{"an item by its value", "v.yaml", values, Set, "hosts[-2]", "a, b", strings.Replace(values, "[eu", `["a, b"`, 1)},
		{"a key of an item by its value", "v.yaml", "a: [[b]]\n", Set, "a[0][.=b]", "b", ""},
		{"a block of text", "v.yaml", values, Set, "note", "three\nfour\n", strings.Replace(values, "  one\n  two", "  three\n  four", 1)},
		{"a block of text without an end", "v.yaml", values, Set, "note", "three\nfour", strings.Replace(values, "|\n  one\n  two", "|-\n  three\n  four", 1)},
		{"one line for a block of text", "v.yaml", values, Set, "note", "x", strings.Replace(values, "|\n  one\n  two", "x", 1)},
		{"a block of text with a comment", "v.yaml", "a: | # c\n  x\nb: 1\n", Set, "a", "z", "a: z # c\nb: 1\n"},
		{"a block for a line", "v.yaml", "a: x # c\n", Set, "a", "y\nz\n", "a: | # c\n  y\n  z\n"},
		{"text of several lines in quotes", "v.yaml", "a: 'x\n\n  y' # c\nb: 1\n", Set, "a", "z", "a: 'z' # c\nb: 1\n"},
		{"a mapping for a scalar", "v.yaml", "a: x # c\nb: 1\n", Set, "a", Mapping{{"k", 1}, {"l", []any{"m"}}}, "a: # c\n  k: 1\n  l:\n    - m\nb: 1\n"},
		{"a scalar for a mapping", "v.yaml", "a: # c\n  k: 1\n  l: 2\nb: 1\n", Set, "a", "x", "a: x # c\nb: 1\n"},
		{"a mapping for a mapping", "v.yaml", "a: # c\n  k: 1\n  l: 2\nb: 1\n", Set, "a", Mapping{{"m", 3}}, "a: # c\n  m: 3\nb: 1\n"},
		{"a list for a list at its key's column", "v.yaml", "a:\n- 1\n- 2\nb: 1\n", Set, "a", []any{3}, "a:\n- 3\nb: 1\n"},
		{"an item that is a mapping", "v.yaml", "- a: 1\n  b: 2\n- c\n", Set, "[0]", "x", "- x\n- c\n"},
		{"a mapping for an item", "v.yaml", "- x\n- c\n", Set, "[0]", Mapping{{"a", 1}, {"b", 2}}, "- a: 1\n  b: 2\n- c\n"},
		{"a block of text for an item with a comment", "v.yaml", "- x # c\n- z\n", Set, "[0]", "u\nv\n", "- | # c\n  u\n  v\n- z\n"},
		{"a mapping for a list at its key's column", "v.yaml", "a: # c\n- 1\n- 2 # d\nb: 1\n", Set, "a", Mapping{{"k", 3}, {"l", 4}}, "a: # c\n  k: 3 # d\n  l: 4\nb: 1\n"},
		{"windows line endings", "v.yaml", "a: x\r\nb:\r\n  c: 1\r\n", Set, "b", Mapping{{"d", 2}, {"e", 3}}, "a: x\r\nb:\r\n  d: 2\r\n  e: 3\r\n"},
		{"mixed line endings", "v.yaml", "a: x\nb: y\r\nc: z\n", Set, "b", "w", "a: x\nb: w\r\nc: z\n"},
		{"a byte order mark", "v.yaml", "\ufeffa: x\n", Set, "a", "z", "\ufeffa: z\n"},
		{"no line ending at the end", "v.yaml", "a: x", Set, "a", "z", "a: z"},
		{"a key with dots", "v.yaml", "a:\n  x.io/y: 1\n", Set, `a."x.io/y"`, 2, "a:\n  x.io/y: 2\n"},
		{"in braces", "v.yaml", "a: {b: 1, c: x}\n", Set, "a.c", "y, z", "a: {b: 1, c: \"y, z\"}\n"},
		{"in braces, empty", "v.yaml", "a: {b, c: }\n", Set, "a.b", "z", "a: {b: z, c: }\n"},
		{"beside an anchor with a name of its own", "v.yaml", "a: &x.y/z 1\nb: *x.y/z\nc: 1\n", Set, "c", 2, "a: &x.y/z 1\nb: *x.y/z\nc: 2\n"},
		{"beside a tag", "v.yaml", "a: !Sub x\nb: !reference [c, d]\nc: 1\n", Set, "c", 2, "a: !Sub x\nb: !reference [c, d]\nc: 2\n"},
		{"beside a large text", "v.yaml", "a: |\n" + strings.Repeat("  text\n", 20000) + "c: 1\n", Set, "c", 2, "a: |\n" + strings.Repeat("  text\n", 20000) + "c: 2\n"},
		{"the document", "v.yaml", "# c\nx\n", Set, ".", "z", "# c\nz\n"},
		{"json", "v.json", "{\n\t\"a\": \"x\",\n\t\"b\": [1, 2]\n}\n", Set, "a", "1 < 2", "{\n\t\"a\": \"1 < 2\",\n\t\"b\": [1, 2]\n}\n"},
		{"json, an item", "v.json", `{"b":[1,2]}`, Set, "b[1]", json.Number("3.50"), `{"b":[1,3.50]}`},
		{"json, a mapping in lines", "v.json", "{\n  \"a\": 1\n}\n", Set, "a", Mapping{{"b", []any{}}, {"c", nil}}, "{\n  \"a\": {\n    \"b\": [],\n    \"c\": null\n  }\n}\n"},

		{"add a key", "v.yaml", values, Add, "image.digest", "sha256:1", strings.Replace(values, "belay\n", "belay\n  digest: sha256:1\n", 1)},
		{"add mappings on the way", "v.yaml", "a: 1\n", Add, "b.c.d", "x", "a: 1\nb:\n  c:\n    d: x\n"},
		{"add to an empty value", "v.yaml", "a:\nb: 1\n", Add, "a.c", 1, "a:\n  c: 1\nb: 1\n"},
		{"add to empty braces", "v.yaml", "a: {} # c\nb: 1\n", Add, "a.c", 1, "a: # c\n  c: 1\nb: 1\n"},
		{"add to braces", "v.yaml", "a: {b: 1}\n", Add, "a.c", "x", "a: {b: 1, c: x}\n"},
		{"add behind a block of text", "v.yaml", "a: |\n  x\n\n\n", Add, "b", 1, "a: |\n  x\nb: 1\n\n\n"},
		{"add to a file without an end", "v.yaml", "a: x # c", Add, "b", 1, "a: x # c\nb: 1"},
		{"add to an empty file", "v.yaml", "", Add, "a.b", 1, "a:\n  b: 1\n"},
		{"add to a file of comments", "v.yaml", "# c", Add, "a", 1, "# c\na: 1"},
		{"add to a document that begins", "v.yaml", "---\n", Add, "a", 1, "---\na: 1\n"},
		{"add what is there", "v.yaml", "a: 'x'\n", Add, "a", "x", ""},
		{"add with the file's indentation", "v.yaml", "a:\n    b: 1\n", Add, "c.d", 1, "a:\n    b: 1\nc:\n    d: 1\n"},
		{"add a list with the file's dashes", "v.yaml", "a:\n- 1\n", Add, "b", []any{2}, "a:\n- 1\nb:\n- 2\n"},
		{"add to an item", "v.yaml", values, Add, "env[name=A].extra", 1, strings.Replace(values, "\"1\"\n", "\"1\"\n    extra: 1\n", 1)},
		{"add a key that needs quotes", "v.yaml", "a: 1\n", Add, `"on"`, 1, "a: 1\n\"on\": 1\n"},
		{"add in windows lines", "v.yaml", "a: 1\r\n", Add, "b.c", 1, "a: 1\r\nb:\r\n  c: 1\r\n"},
		{"add to json in lines", "v.json", "{\n  \"a\": 1\n}", Add, "b", "x", "{\n  \"a\": 1,\n  \"b\": \"x\"\n}"},
		{"add to json on one line", "v.json", `{"a": 1}`, Add, "b", "x", `{"a": 1, "b": "x"}`},
		{"add to empty json", "v.json", "{}\n", Add, "b.c", 1, "{\"b\": {\"c\": 1}}\n"},

		{"delete a key", "v.yaml", values, Delete, "replicas", nil, strings.Replace(values, "replicas: 3\n", "", 1)},
		{"delete a key with its mapping", "v.yaml", "a:\n  b: 1\n  c: 2\nd: 1\n", Delete, "a", nil, "d: 1\n"},
		{"delete an item, and leave its comment", "v.yaml", values, Delete, "env[name=B]", nil, strings.Replace(values, "  - name: B\n    value: x\n", "", 1)},
		{"delete the first key of an item", "v.yaml", "- a: 1\n  b: 2\n", Delete, "[0].a", nil, "- b: 2\n"},
		{"delete the last key there is", "v.yaml", "a:\n  b: 1\nc: 1\n", Delete, "a.b", nil, "a: {}\nc: 1\n"},
		{"delete the last item there is", "v.yaml", "a:\n- b\nc: 1\n", Delete, "a[0]", nil, "a: []\nc: 1\n"},
		{"delete at the end without a line ending", "v.yaml", "a: 1\nb: 2", Delete, "b", nil, "a: 1\n"},
		{"delete in brackets", "v.yaml", "a: [1, 2, 3]\n", Delete, "a[1]", nil, "a: [1, 3]\n"},
		{"delete the last in brackets", "v.yaml", "a: [1, 2, 3]\n", Delete, "a[2]", nil, "a: [1, 2]\n"},
		{"delete what is not there", "v.yaml", "a: 1\n", Delete, "b.c", nil, ""},
		{"delete from json", "v.json", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", Delete, "a", nil, "{\n  \"b\": 2\n}\n"},
		{"delete the last from json", "v.json", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", Delete, "b", nil, "{\n  \"a\": 1\n}\n"},

		{"append", "v.yaml", "a:\n  - 1 # c\nb: 1\n", Append, "a", 2, "a:\n  - 1 # c\n  - 2\nb: 1\n"},
		{"append a mapping", "v.yaml", values, Append, "env", Mapping{{"name", "C"}, {"value", "z"}}, strings.Replace(values, "value: x\n", "value: x\n  - name: C\n    value: z\n", 1)},
		{"append what is there", "v.yaml", values, Append, "hosts", "eu", ""},
		{"append in brackets", "v.yaml", values, Append, "hosts", "ap", strings.Replace(values, "us]", "us, ap]", 1)},
		{"append to empty brackets", "v.yaml", "a: []\n", Append, "a", "x", "a:\n  - x\n"},
		{"append to nothing", "v.yaml", "a:\nb: 1\n", Append, "a", "x", "a:\n  - x\nb: 1\n"},
		{"append makes the list", "v.yaml", "a: 1\n", Append, "b.c", "x", "a: 1\nb:\n  c:\n    - x\n"},
		{"append to the document", "v.yaml", "- a\n", Append, ".", "b", "- a\n- b\n"},
		{"append to json", "v.json", "{\"a\": [\n  1\n]}", Append, "a", 2, "{\"a\": [\n  1,\n  2\n]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.after == "" {
				c.after = c.before
			}
			e := Edit{c.op, at(t, c.path), c.value}
			got, err := Apply(c.file, []byte(c.before), Document{}, []Edit{e})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.after, string(got.Data)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if changed := c.after != c.before; changed != (len(got.Changes) > 0) {
				t.Errorf("changes %v", got.Changes)
			}
			again, err := Apply(c.file, got.Data, Document{}, []Edit{e})
			if c.op == Delete && strings.Contains(c.path, "[") {
				return // the next item has the number now
			}
			if err != nil || len(again.Changes) > 0 {
				t.Errorf("once more: %v, %v", again.Changes, err)
			}
		})
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, file, before string
		op                 Op
		path               string
		value              any
		want               string
	}{
		{"a key that is not there", "v.yaml", values, Set, "image.tags", "x", "v.yaml:3:3: image.tags leads nowhere: image has no key tags, did you mean tag?"},
		{"a key below text", "v.yaml", "a: x\n", Set, "a.b", "x", "v.yaml:1:4: a.b leads nowhere: a is text, and has no keys"},
		{"add below text", "v.yaml", "a: x\n", Add, "a.b", "x", "v.yaml:1:4: a.b leads nowhere: a is text, and has no keys"},
		{"an item of a mapping", "v.yaml", "a: {b: 1}\n", Set, "a[0]", "x", "v.yaml:1:4: a[0] leads nowhere: a is a mapping, not a list"},
		{"an item too far", "v.yaml", "a: [1]\n", Set, "a[1]", "x", "v.yaml:1:4: a[1] leads nowhere: a has 1 items, counted from 0"},
		{"add an item by its number", "v.yaml", "a: [1]\n", Add, "a[1]", "x", "v.yaml:1:4: a[1] leads nowhere: a has 1 items, counted from 0"},
		{"two that fit", "v.yaml", "a: [{n: x}, {n: x}]\n", Set, "a[n=x].v", "x", "v.yaml:1:13: a[n=x].v is not clear: items 0 and 1 of a both fit"},
		{"none that fits", "v.yaml", "a: [{n: x}]\n", Set, "a[n=y].v", "x", "v.yaml:1:4: a[n=y].v leads nowhere: no item of a has n=y"},
		{"add what is another", "v.yaml", "a: x\n", Add, "a", "y", "v.yaml:1:4: a is there already, as x; `set` changes it"},
		{"append to text", "v.yaml", "a: x\n", Append, "a", "y", "v.yaml:1:4: a is text: nothing can be appended to it"},
		{"through an alias", "v.yaml", "a: &x {b: 1}\nc: *x\n", Set, "c.b", 2, "v.yaml:2:4: c.b leads through the alias *x; change what the anchor &x names, or write the value out"},
		{"an alias itself", "v.yaml", "a: &x 1\nc: *x\n", Set, "c", 2, "v.yaml:2:4: c can't be changed as a whole: it holds *x"},
		{"what an anchor names", "v.yaml", "a: &x {b: 1}\n", Set, "a.b", 2, "v.yaml:1:7: a.b can't be changed: it is, or is part of, what is marked &x, so a change would mean more, or less, than it says"},
		{"what holds an anchor", "v.yaml", "a:\n  b: &x 1\n", Set, "a", 2, "v.yaml:2:9: a can't be changed as a whole: it holds &x"},
		{"delete what holds an anchor", "v.yaml", "a:\n  b: &x 1\nc: 1\n", Delete, "a", nil, "v.yaml:2:9: a can't be changed as a whole: it holds &x"},
		{"a tagged value", "v.yaml", "a: !Ref x\n", Set, "a", "y", "v.yaml:1:9: a can't be changed: it is, or is part of, what is marked !Ref, so a change would mean more, or less, than it says"},
		{"add beside a merge key", "v.yaml", "x: &x {a: 1}\nb:\n  <<: *x\n", Add, "b.a", 2, "v.yaml:3:3: b.a can't be added: a merge key (<<) is there, which may give it already"},
		{"a key that is there twice", "v.yaml", "a: 1\na: 2\n", Set, "a", 3, "v.yaml:2:1: key \"a\" is there twice; the first is at line 1, column 1"},
		{"several documents", "v.yaml", "a: 1\n---\na: 2\n", Set, "a", 3, "v.yaml: it holds 2 documents; say which, as in `document: { kind: Deployment }` or `document: 0`"},
		{"the document", "v.yaml", "a: 1\n", Delete, ".", nil, "v.yaml:1:1: the document as a whole can't be deleted"},
		{"no yaml", "v.yaml", "a: 1\n\tb: 2\n", Set, "a", 3, "v.yaml:2:1: a tab can't indent; use spaces"},
		{"json with a comma too many", "v.json", "{\n  \"a\": 1,\n}\n", Set, "a", 3, "v.json:3:1: it is no JSON here (RFC 8259): invalid character '}'"},
		{"empty json", "v.json", "", Add, "a", 3, "v.json:1:1: it is empty, and JSON is never empty"},
		{"a number that is none", "v.yaml", "a: 1\n", Set, "a", json.Number("1e3"), "set a: the number 1e3 can't be written"},
		{"git's own conflict", "v.yaml", "a: 1\n<<<<<<< HEAD\nb: 1\n", Set, "a", 3, "v.yaml:2:1: git left this line at a merge conflict; choose one side, and remove the marks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Apply(c.file, []byte(c.before), Document{}, []Edit{{c.op, at(t, c.path), c.value}})
			if err == nil {
				t.Fatalf("done: %q", got.Data)
			}
			if !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

func TestOneOfSeveralDocuments(t *testing.T) {
	const text = "# top\n---\nkind: A\nn: 1\n--- # two\nkind: B\nmetadata: {name: x}\nn: 1\n...\n---\nkind: B\nmetadata: {name: y}\nn: |\n  z\n"
	where := func(pairs ...string) Document {
		var d Document
		for i := 0; i < len(pairs); i += 2 {
			d.Where = append(d.Where, Condition{at(t, pairs[i]), pairs[i+1]})
		}
		return d
	}
	for _, c := range []struct {
		name        string
		d           Document
		old, new    string
		line, fails string
	}{
		{"by its number", Document{Numbered: true, Index: 1}, "x}\nn: 1", "x}\nn: 2", "", ""},
		{"by what it holds", where("kind", "A"), "A\nn: 1", "A\nn: 2", "", ""},
		{"by more of it", where("kind", "B", "metadata.name", "y"), "n: |\n  z", "n: 2", "", ""},
		{"none has it", where("kind", "C"), "", "", "", "v.yaml: none of its 3 documents has kind: C"},
		{"two have it", where("kind", "B"), "", "", "", "v.yaml:11:1: documents 1 and 2 both have kind: B; say more"},
		{"a number too high", Document{Numbered: true, Index: 3}, "", "", "", "v.yaml: it has 3 documents, counted from 0; there is no document 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Apply("v.yaml", []byte(text), c.d, []Edit{{Set, at(t, "n"), 2}})
			if c.fails != "" {
				if err == nil || err.Error() != c.fails {
					t.Errorf("got %v, want %s", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(text, c.old, c.new, 1), string(got.Data)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathsThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"", 0, "a path is missing, as in image.tag"},
		{"a..b", 2, "a key is missing here"},
		{".a", 0, "a key is missing here"},
		{"a.", 0, ""},
		{"a[", 2, "in brackets stands a number"},
		{"a[x]", 2, "in brackets stands a number"},
		{"a[\"x\"]", 2, "in brackets stands a number"},
		{"a[0", 1, "this bracket is never closed"},
		{"a[=x]", 2, "a key is missing before the ="},
		{"a[x=y", 1, "this bracket is never closed"},
		{"a[0]b", 4, "a dot or a bracket must stand before \"b\""},
		{"a b", 1, "a key with white space in it must be in quotes"},
		{"a.\"b", 2, "this quote is never closed"},
		{"a\"b\"", 1, "put the whole key in quotes"},
		{"a]", 1, "a dot or a bracket must stand before"},
		{"a[x.y=z]", 3, "a key with dots in it must be in quotes"},
	} {
		_, err := ParsePath(c.text)
		var wrong *PathError
		if c.want == "" {
			continue
		}
		if !errors.As(err, &wrong) || wrong.Offset != c.at || !strings.HasPrefix(wrong.Message, c.want) {
			t.Errorf("%q: %+v, want %q at %d", c.text, err, c.want, c.at)
		}
	}
}
