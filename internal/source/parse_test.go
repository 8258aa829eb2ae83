package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
