package source

import (
	"fmt"
	"strings"
	"testing"

	yamltestsuite "github.com/goccy/go-yaml/testdata/yaml-test-suite"
	"github.com/google/go-cmp/cmp"
)

// outlined lists every node of a document as its path, its style, its properties and the text it stands on.
func outlined(t *testing.T, text string) []string {
	t.Helper()
	root, comments, problems := Outline(File{Name: "f", Data: []byte(text)})
	if root == nil || len(problems) > 0 {
		t.Fatalf("outline: %v", problems)
	}
	var list []string
	var walk func(path string, n *Node)
	walk = func(path string, n *Node) {
		style := [...]string{"absent", "plain", "single", "double", "text", "block", "flow", "alias"}[n.Extent.Style]
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %q %s", path, style, text[n.Extent.From:n.Extent.To], n.Extent.Props)))
		for i, item := range n.Items {
			walk(fmt.Sprintf("%s[%d]", path, i), item)
		}
		for _, e := range n.Entries {
			walk(path+"."+e.Key.Text, e.Value)
		}
	}
	walk("", root)
	for _, c := range comments {
		list = append(list, c.Text)
	}
	return list
}

func TestOutline(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"scalars", "a: x y # c\nb: 'q' \nc:\nd: \"e\"", []string{
			`block "a: x y # c\nb: 'q' \nc:\nd: \"e\""`, `.a plain "x y"`, `.b single "'q'"`, `.c absent ""`, `.d double "\"e\""`, "# c",
		}},
		{"blocks of text", "a: | # c\n  x\n  y\n\nb: >-\n  z\nc: |+\n  k\n\n# d\n", []string{
			`block "a: | # c\n  x\n  y\n\nb: >-\n  z\nc: |+\n  k\n"`, `.a text "| # c\n  x\n  y"`, `.b text ">-\n  z"`, `.c text "|+\n  k\n"`, "# c", "# d",
		}},
		{"lists", "a:\n- 1\n-\n  # c\n  b: 2\n-", []string{
			`block "a:\n- 1\n-\n  # c\n  b: 2\n-"`, `.a block "- 1\n-\n  # c\n  b: 2\n-"`, `.a[0] plain "1"`, `.a[1] block "b: 2"`, `.a[1].b plain "2"`, `.a[2] absent ""`, "# c",
		}},
		{"brackets", "a: [1, {b: 'c', d}, # c\n  e ]\n", []string{
			`block "a: [1, {b: 'c', d}, # c\n  e ]"`, `.a flow "[1, {b: 'c', d}, # c\n  e ]"`, `.a[0] plain "1"`, `.a[1] flow "{b: 'c', d}"`,
			`.a[1].b single "'c'"`, `.a[1].d absent ""`, `.a[2] plain "e"`, "# c",
		}},
		{"properties, aliases and merge keys", "a: &x !t\n  b: 1\nc:\n  <<: *x\n  d: &y\ne: !!str 5", []string{
			`block "a: &x !t\n  b: 1\nc:\n  <<: *x\n  d: &y\ne: !!str 5"`, `.a block "b: 1" &x !t`, `.a.b plain "1"`, `.c block "<<: *x\n  d: &y"`,
			`.c.<< alias "*x"`, `.c.d absent "" &y`, `.e plain "5" !!str`,
		}},
		{"text over lines", "a: b\n  c\nd: 'e\n\n  f'\n", []string{`block "a: b\n  c\nd: 'e\n\n  f'"`, `.a plain "b\n  c"`, `.d single "'e\n\n  f'"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, outlined(t, c.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What Parse reads, Outline reads alike, and what it says of places is so.
func TestOutlineReadsWhatParseReads(t *testing.T) {
	suite, err := yamltestsuite.TestSuites()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, c := range suite {
		if want, problems := Parse(File{Name: c.Name, Data: c.InYAML}); len(problems) == 0 && !strings.Contains(string(c.InYAML), "*") {
			read++
			got, _, problems := Outline(File{Name: c.Name, Data: c.InYAML})
			if len(problems) > 0 {
				t.Errorf("%s: %v", c.Name, problems)
				continue
			}
			if diff := cmp.Diff(plainTree(want), plainTree(got)); diff != "" {
				t.Errorf("%s (-parse +outline):\n%s", c.Name, diff)
			}
			nested(t, c.Name, got, 0, len(c.InYAML))
		}
	}
	if read < 150 {
		t.Errorf("only %d files were read", read)
	}
}

// nested fails where a value is not within the one around it, or overlaps the one before.
func nested(t *testing.T, name string, n *Node, from, to int) {
	t.Helper()
	if e := n.Extent; e.From < from || e.To < e.From || e.To > to {
		t.Errorf("%s: %s stands from %d to %d, within %d to %d", name, n.Kind, e.From, e.To, from, to)
		return
	}
	to, from = n.Extent.To, n.Extent.From
	for _, item := range n.Items {
		nested(t, name, item, from, to)
		from = item.Extent.To
	}
	for _, e := range n.Entries {
		nested(t, name, e.Key, from, to)
		nested(t, name, e.Value, e.Key.Extent.To, to)
		from = e.Value.Extent.To
	}
}
