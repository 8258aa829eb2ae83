package keys

import (
	"fmt"
	"slices"
)

// joinLists merges lists: as a whole where onto's is as it was, by the identity of their items, or by their places.
func (j *joiner) joinLists(b, c, o side, so string) (value, bool) {
	if same(b.value, o.value) && j.untouched(b, c, o) {
		j.note(so)
		from, to := c.node.Extent.From, c.node.Extent.To
		j.splices = append(j.splices, splice{o.node.Extent.From, o.node.Extent.To, j.change.text[from:to]})
		return c.value, marked(o.node) == nil && marked(c.node) == nil
	}
	for _, key := range identities() {
		was, inBase, ok := b.identify(key)
		order, inChange, ok2 := c.identify(key)
		theirs, inOnto, ok3 := o.identify(key)
		if !ok || !ok2 || !ok3 {
			continue
		}
		if !inOrder(was, order, inBase, inChange) || !inOrder(was, theirs, inBase, inOnto) {
			return value{}, false
		}
		return j.joinMembers(members{
			b: b, c: c, o: o, base: inBase, change: inChange, onto: inOnto, was: was, order: order, strict: true,
			path: func(name string) string { return fmt.Sprintf("%s[%s=%s]", so, key, name) },
		})
	}
	return j.joinItems(b, c, o, so)
}

// untouched reports whether onto's list is written as base's, where change's can be put in its place.
func (j *joiner) untouched(b, c, o side) bool {
	x, y, z := b.node.Extent, c.node.Extent, o.node.Extent
	return j.base.text[x.From:x.To] == j.onto.text[z.From:z.To] && y.Style == z.Style &&
		j.change.column(y.From) == j.onto.column(z.From) && j.base.column(x.From) == j.onto.column(z.From)
}

// joinItems merges lists of the same length item by item, where no item moved and none was changed by both sides.
func (j *joiner) joinItems(b, c, o side, so string) (value, bool) {
	if len(b.items) != len(c.items) || len(b.items) != len(o.items) || moved(b, c) || moved(b, o) {
		return value{}, false
	}
	out := rebuilt{of: o.value, now: map[int]value{}}
	for i := range b.items {
		x, y, z := b.items[i], c.items[i], o.items[i]
		if !same(x, y) && !same(x, z) && !same(y, z) {
			return value{}, false
		}
		v, ok := j.join(b.child(i), c.child(i), o.child(i), fmt.Sprintf("%s[%d]", so, i))
		if !ok {
			return value{}, false
		}
		out.now[i] = v
	}
	return out.value(), true
}

// moved reports whether an item that changed is one that base has elsewhere.
func moved(b, s side) bool {
	changed := 0
	for i, item := range s.items {
		if same(b.items[i], item) {
			continue
		}
		// Many changes in one list are no edit of its items, and looking for each of them takes long.
		if changed++; changed > 100 || slices.ContainsFunc(b.items, func(v value) bool { return same(v, item) }) {
			return true
		}
	}
	return false
}
