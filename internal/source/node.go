package source

import "sort"

// Kind is what a node is. A scalar's kind is that of its value, see resolve.
type Kind int

// The kinds of a node.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Sequence
	Mapping
)

// String names k as a diagnostic does.
func (k Kind) String() string {
	return [...]string{"nothing", "true or false", "a whole number", "a number", "text", "a list", "a mapping"}[k]
}

// Node is one value of a file. Where an alias stands for it, the same node appears in several places, with
// the position of its definition.
type Node struct {
	Kind    Kind
	Pos     Pos
	Text    string  // of a scalar: the text as written, with quotes, escapes and folding undone
	Items   []*Node // of a sequence
	Entries []Entry // of a mapping, in the order of the file, every key once

	Extent *Extent // where it stands in the text; of nodes that Outline read

	size  int // how many values it stands for, aliases counted each time
	doc   *document
	spans []span
}

// Entry is one key of a mapping and its value.
type Entry struct{ Key, Value *Node }

// Scalar reports whether n is neither a sequence nor a mapping.
func (n *Node) Scalar() bool { return n.Kind < Sequence }

// Get returns the value of a key, nil when n has no such key.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// PosAt returns where the byte at offset of a scalar's Text stands in the file, through escapes, folding and
// the indentation of a block. An offset past the end is the end.
func (n *Node) PosAt(offset int) Pos {
	if n.doc == nil || len(n.spans) == 0 {
		return n.Pos
	}
	k := int32(max(0, min(offset, len(n.Text))))
	s := n.spans[sort.Search(len(n.spans), func(i int) bool { return n.spans[i].text > k })-1]
	return n.doc.pos(int(min(s.file+k-s.text, s.end)))
}
