package keys

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// Document chooses one of a file's documents. The zero Document is the only one.
type Document struct {
	Index int         // its number, counted from 0; used if Numbered
	Where []Condition // what it holds; all of them

	Numbered bool
}

// Condition is a value that a document holds.
type Condition struct {
	Path  Path
	Value string
}

// choose returns the index of a document.
func (f *file) choose(d Document) (int, error) {
	switch {
	case d.Numbered && (d.Index < 0 || d.Index >= len(f.docs)):
		return 0, &Error{File: f.name, Message: fmt.Sprintf("it has %d documents, counted from 0; there is no document %d", len(f.docs), d.Index)}
	case d.Numbered:
		return d.Index, nil
	case len(d.Where) == 0 && len(f.docs) > 1:
		return 0, &Error{File: f.name, Message: fmt.Sprintf("it holds %d documents; say which, as in `document: { kind: Deployment }` or `document: 0`", len(f.docs))}
	}
	chosen := -1
	for i := range f.docs {
		if !f.holds(i, d.Where) {
			continue
		}
		if chosen >= 0 {
			return 0, &Error{File: f.name, Pos: f.docs[i].root.Pos, Message: fmt.Sprintf("documents %d and %d both have %s; say more", chosen, i, d.shown())}
		}
		chosen = i
	}
	if chosen < 0 {
		return 0, &Error{File: f.name, Message: fmt.Sprintf("none of its %d documents has %s", len(f.docs), d.shown())}
	}
	return chosen, nil
}

func (f *file) holds(doc int, where []Condition) bool {
	for _, c := range where {
		at, err := f.find(doc, c.Path)
		if err != nil || !at.node.Scalar() || at.node.Extent.Style == source.Alias || at.node.Text != c.Value {
			return false
		}
	}
	return true
}

func (d Document) shown() string {
	var parts []string
	for _, c := range d.Where {
		parts = append(parts, c.Path.String()+": "+c.Value)
	}
	return strings.Join(parts, " and ")
}
