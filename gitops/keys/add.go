package keys

import (
	"errors"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// planAdd puts a value where a path leads that ends too early, with the mappings that are missing on the way.
func (f *file) planAdd(doc int, p Path, v value) (*planned, error) {
	change := Change{Now: v.short()}
	for rest := p; ; {
		above, last := rest.parent()
		if last.kind != byKey {
			_, err := f.find(doc, rest)
			return nil, err
		}
		at, err := f.find(doc, above)
		var gone *missing
		if errors.As(err, &gone) && len(above.steps) > 0 {
			v, rest = value{kind: mapping, entries: []entry{{last.key, v}}}, above
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := f.growable(at, p); err != nil {
			return nil, err
		}
		return &planned{f.insert(at, len(at.node.Entries), entry{last.key, v}), f.with(at, meaning(at.node).put(len(at.node.Entries), entry{last.key, v})), change}, nil
	}
}

// growable refuses to add to what is no mapping or list, or is marked.
func (f *file) growable(at *place, p Path) error {
	n := at.node
	for up := at; up != nil; up = up.parent {
		if up.node.Extent.Props != "" || up.node.Extent.Style == source.Alias {
			return f.free(up, p)
		}
	}
	if n.Get("<<") != nil {
		return f.fail(n, "%s can't be added: a merge key (<<) is there, which may give it already", p)
	}
	return nil
}

// put returns a mapping with an entry more, in the place i; nothing becomes a mapping.
func (v value) put(i int, e entry) value {
	return value{kind: mapping, props: v.props, entries: slices.Insert(slices.Clone(v.entries), i, e)}
}

// push returns a list with an item more, in the place i; nothing becomes a list.
func (v value) push(i int, item value) value {
	return value{kind: list, props: v.props, items: slices.Insert(slices.Clone(v.items), i, item)}
}

// planAppend puts an item at the end of a list.
func (f *file) planAppend(at *place, p Path, item value) (*planned, error) {
	n, was := at.node, meaning(at.node)
	if was.kind != list && was.kind != null {
		return nil, f.fail(n, "%s is %s: nothing can be appended to it", p, kindOf(n))
	}
	if slices.ContainsFunc(was.items, func(v value) bool { return same(v, item) }) {
		return nil, nil
	}
	if err := f.growable(at, p); err != nil {
		return nil, err
	}
	return &planned{f.insertItem(at, len(n.Items), item), f.with(at, was.push(len(n.Items), item)), Change{Now: item.short()}}, nil
}

// insert puts an entry into a mapping, as its i-th.
func (f *file) insert(at *place, i int, e entry) []splice {
	l, n := f.look(), at.node
	if len(n.Entries) == 0 {
		return f.replace(at, value{kind: mapping, entries: []entry{e}})
	}
	if n.Extent.Style == source.FlowStyle {
		return f.insertInBrackets(at, i, func(prefix string) string { return l.pair(e, prefix) })
	}
	column := f.column(n.Entries[0].Key.Extent.From)
	head, tail := l.after(e.value, column, source.Plain)
	text := l.key(e.key, false) + ":" + head
	if tail != "" {
		text += "\n" + tail
	}
	return f.insertLine(at, i, column, text)
}

// insertItem puts an item into a list, as its i-th.
func (f *file) insertItem(at *place, i int, item value) []splice {
	l, n := f.look(), at.node
	if len(n.Items) == 0 {
		return f.replace(at, value{kind: list, items: []value{item}})
	}
	if n.Extent.Style == source.FlowStyle {
		return f.insertInBrackets(at, i, func(prefix string) string { return l.bracketed(item, prefix, source.Plain) })
	}
	column := f.column(n.Extent.Dashes[0])
	return f.insertLine(at, i, column, l.block(value{kind: list, items: []value{item}}, column))
}

// insertLine puts lines into a collection in block style, behind the i-1st entry or item of it, or before the first.
func (f *file) insertLine(at *place, i, column int, text string) []splice {
	pad := strings.Repeat(" ", column)
	if i == 0 {
		from := f.starts(at.child(0))
		return []splice{{from, from, text + "\n" + pad}}
	}
	end := f.lineEnd(f.ends(at.child(i - 1)))
	return []splice{{end, end, "\n" + pad + text}}
}

// insertInBrackets puts an entry or item behind the i-1st, on a line of its own where that one has one.
func (f *file) insertInBrackets(at *place, i int, write func(prefix string) string) []splice {
	neighbor := at.child(max(i-1, 0))
	from, gap, prefix := f.starts(neighbor), " ", ""
	if line := f.lineStart(from); f.first(from) {
		prefix = f.text[line:from]
		gap = "\n" + prefix
	}
	text := write(prefix)
	if i == 0 {
		return []splice{{from, from, text + "," + gap}}
	}
	end := f.ends(neighbor)
	return []splice{{end, end, "," + gap + text}}
}

// starts returns where the entry or item begins that a place is: at its key, dash or value.
func (f *file) starts(at *place) int {
	n := at.parent.node
	switch {
	case n.Kind == source.Mapping:
		return n.Entries[at.i].Key.Extent.From
	case n.Extent.Style == source.BlockStyle:
		return n.Extent.Dashes[at.i]
	}
	return at.node.Extent.From
}

// ends returns where the entry or item ends that a place is.
func (f *file) ends(at *place) int {
	if at.node.Extent.Style != source.Absent {
		return at.node.Extent.To
	}
	if e, ok := at.entry(); ok {
		return max(e.Key.Extent.To, f.colon(e)+1, at.node.Extent.To)
	}
	return at.node.Extent.To
}
