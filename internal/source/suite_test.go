package source

import (
	"slices"
	"strconv"
	"strings"
	"testing"

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
