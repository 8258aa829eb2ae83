package source

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	yamltestsuite "github.com/goccy/go-yaml/testdata/yaml-test-suite"
	"github.com/google/go-cmp/cmp"
)

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
