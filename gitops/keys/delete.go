package keys

import (
	"slices"

	"github.com/belay-ci/belay/internal/source"
)

// planDelete takes a key or an item away.
func (f *file) planDelete(at *place, p Path) (*planned, error) {
	was := meaning(at.node)
	change := Change{Was: was.short()}
	if at.parent == nil {
		return nil, f.fail(at.node, "the document as a whole can't be deleted")
	}
	if err := f.free(at, p); err != nil {
		return nil, err
	}
	around := meaning(at.parent.node)
	if around.kind == mapping {
		around.entries = slices.Delete(around.entries, at.i, at.i+1)
	} else {
		around.items = slices.Delete(around.items, at.i, at.i+1)
	}
	splices, err := f.remove(at, around, p)
	return &planned{splices, f.with(at.parent, around), change}, err
}

// remove takes the text of an entry or item away; around is what is left of the collection. Comments above it stay.
func (f *file) remove(at *place, around value, p Path) ([]splice, error) {
	parent := at.parent.node
	last := max(len(parent.Entries), len(parent.Items)) - 1
	from, to := f.starts(at), f.ends(at)
	switch {
	case last == 0:
		return f.replace(at.parent, around), nil
	case parent.Extent.Style == source.FlowStyle && at.i == last:
		from = f.ends(at.parent.child(at.i - 1))
	case parent.Extent.Style == source.FlowStyle || !f.first(from):
		to = f.starts(at.parent.child(at.i + 1))
	default:
		return []splice{f.wholeLines(from, to)}, nil
	}
	if f.commented(from, to) {
		return nil, f.fail(at.node, "%s can't be deleted: a comment stands between it and its neighbor, and whose it is nobody can tell", p)
	}
	return []splice{{from: from, to: to}}, nil
}

// wholeLines takes the lines away that the bytes from from to to stand on.
func (f *file) wholeLines(from, to int) splice {
	from, to = f.lineStart(from), f.lineEnd(to)
	if to < len(f.text) {
		to++
	}
	return splice{from: from, to: to}
}
