package keys

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// place is a node of a file and the way to it from the top.
type place struct {
	node   *source.Node
	parent *place // nil at the top
	i      int    // which entry or item of the parent it is
	doc    int
}

// flow reports whether the place is inside of brackets.
func (p *place) flow() bool { return p.parent != nil && p.parent.node.Extent.Style == source.FlowStyle }

// entry returns the key and value of the parent that p is, if the parent is a mapping.
func (p *place) entry() (source.Entry, bool) {
	if p.parent == nil || p.parent.node.Kind != source.Mapping {
		return source.Entry{}, false
	}
	return p.parent.node.Entries[p.i], true
}

func (p *place) child(i int) *place {
	c := &place{parent: p, i: i, doc: p.doc}
	if p.node.Kind == source.Mapping {
		c.node = p.node.Entries[i].Value
	} else {
		c.node = p.node.Items[i]
	}
	return c
}

// trail is the way from the top as indices of entries and items.
func (p *place) trail() []int {
	var trail []int
	for ; p.parent != nil; p = p.parent {
		trail = append(trail, p.i)
	}
	slices.Reverse(trail)
	return trail
}

// fail is an error about a node of the file.
func (f *file) fail(n *source.Node, format string, args ...any) error {
	return &Error{File: f.name, Pos: n.Pos, Message: fmt.Sprintf(format, args...)}
}

// missing is the error of a path that leads to nothing. The node is the last one on the way.
type missing struct{ at *Error }

func (m *missing) Error() string { return m.at.Error() }

func (m *missing) Unwrap() error { return m.at }

// find follows a path, and fails with *missing where it ends too early.
func (f *file) find(doc int, p Path) (*place, error) {
	at := &place{node: f.docs[doc].root, doc: doc}
	for i, s := range p.steps {
		next, err := f.follow(at, s, Path{steps: p.steps[:i]}, p)
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// follow makes one step of a path; so is the part that was gone already.
func (f *file) follow(at *place, s step, so, whole Path) (*place, error) {
	n := at.node
	absent := func(format string, args ...any) error {
		return &missing{f.fail(n, format, args...).(*Error)}
	}
	switch {
	case n.Extent.Style == source.Alias:
		return nil, f.fail(n, "%s leads through the alias *%s; change what the anchor &%s names, or write the value out", whole, n.Text, n.Text)
	case n.Kind == source.Null:
		return nil, absent("%s leads nowhere: %s is empty", whole, so.shown())
	case s.kind == byKey && n.Kind == source.Mapping:
		i := slices.IndexFunc(n.Entries, func(e source.Entry) bool { return e.Key.Text == s.key })
		if i < 0 {
			return nil, absent("%s leads nowhere: %s has no key %s%s", whole, so.shown(), quoteKey(s.key), among(n, s.key))
		}
		return at.child(i), nil
	case s.kind == byKey:
		return nil, f.fail(n, "%s leads nowhere: %s is %s, and has no keys", whole, so.shown(), kindOf(n))
	case n.Kind != source.Sequence:
		return nil, f.fail(n, "%s leads nowhere: %s is %s, not a list", whole, so.shown(), kindOf(n))
	case s.kind == byIndex:
		i, _ := strconv.Atoi(s.want)
		if i < 0 {
			i += len(n.Items)
		}
		if i < 0 || i >= len(n.Items) {
			return nil, absent("%s leads nowhere: %s has %d items, counted from 0", whole, so.shown(), len(n.Items))
		}
		return at.child(i), nil
	}
	found := -1
	for i, item := range n.Items {
		if s.chooses(item) {
			if found >= 0 {
				return nil, f.fail(item, "%s is not clear: items %d and %d of %s both fit", whole, found, i, so.shown())
			}
			found = i
		}
	}
	if found < 0 {
		if s.key == "" {
			return nil, absent("%s leads nowhere: no item of %s is %s", whole, so.shown(), s.want)
		}
		return nil, absent("%s leads nowhere: no item of %s has %s=%s", whole, so.shown(), quoteKey(s.key), s.want)
	}
	return at.child(found), nil
}

// chooses reports whether a step chooses an item of a list by its value.
func (s step) chooses(item *source.Node) bool {
	if s.key != "" {
		item = item.Get(s.key)
	}
	return item != nil && item.Scalar() && item.Extent.Style != source.Alias && item.Text == s.want
}

func kindOf(n *source.Node) string {
	if n.Extent.Style == source.Alias {
		return "an alias"
	}
	return n.Kind.String()
}

// shown names the value a path leads to.
func (p Path) shown() string {
	if len(p.steps) == 0 {
		return "the document"
	}
	var b strings.Builder
	for i, s := range p.steps {
		switch {
		case s.kind == byIndex:
			b.WriteString("[" + s.want + "]")
		case s.kind == byValue && s.key == "":
			b.WriteString("[.=" + s.want + "]")
		case s.kind == byValue:
			b.WriteString("[" + quoteKey(s.key) + "=" + s.want + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(quoteKey(s.key))
		}
	}
	return b.String()
}

// among names the key that was meant, or the first ones there are.
func among(n *source.Node, key string) string {
	var known []string
	for _, e := range n.Entries {
		known = append(known, e.Key.Text)
	}
	if near := source.Nearest(key, known); near != "" {
		return fmt.Sprintf(", did you mean %s?", quoteKey(near))
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return " (it has " + strings.Join(known, ", ") + ")"
}
