package keys

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// drawing makes random documents and values from a small alphabet, so that things meet.
type drawing struct{ *rand.Rand }

func draw(seed uint64) drawing { return drawing{rand.New(rand.NewPCG(seed, 7))} }

func (d drawing) pick(words ...string) string { return words[d.IntN(len(words))] }

func (d drawing) key() string {
	return d.pick("a", "b", "c", "d", "e", "name", "on", "x.y/z", "f g", "1", "0x1F")
}

func (d drawing) scalar() any {
	switch d.IntN(8) {
	case 0:
		return nil
	case 1:
		return d.IntN(4) > 1
	case 2:
		return d.IntN(30) - 9
	case 3:
		return d.pick("", "1.10", "yes", "null", "-", "# x", "a: b", "[", "'", `"`, "\t", " a", "1e3", "~", "é", "\\", "{{ x }}", "*a", "&a", "!a", "%", "@", "---", "a,b", "2026-01-01")
	case 4:
		return d.pick("one\ntwo\n", "one\ntwo", "one\n\n two\n", "one\n\n\n", " one\ntwo", "\n", "one\n  \ntwo")
	}
	return d.pick("v1", "v2", "shop", "acme/shop:1.2.3", "https://acme.io/?a=b", "eu", "some words")
}

func (d drawing) value(depth int) any {
	switch n := d.IntN(6); {
	case depth > 0 && n == 0:
		items := []any{}
		for range d.IntN(4) {
			items = append(items, d.value(depth-1))
		}
		return items
	case depth > 0 && n <= 2:
		return d.mapping(depth-1, 0)
	}
	return d.scalar()
}

func (d drawing) mapping(depth, least int) Mapping {
	m := Mapping{}
	seen := map[string]bool{}
	for range least + d.IntN(4) {
		key := d.key()
		if !seen[key] {
			seen[key] = true
			m = append(m, Entry{key, d.value(depth)})
		}
	}
	return m
}

// document writes a random document by hand, with styles, comments and white space that this package would not use.
func (d drawing) document(name string) string {
	if isJSON(name) {
		v, _ := valueOf(d.mapping(3, 2))
		l := look{json: true, pretty: d.IntN(2) == 0, unit: d.pick("\t", "  ", "    ")}
		return l.bracketed(v, "", source.Plain) + d.pick("", "\n")
	}
	w := &writer{drawing: d, step: 1 + d.IntN(4), dashes: d.IntN(2) * 2}
	text := d.pick("", "# top\n", "---\n", "--- # c\n", "\n\n") + w.block(d.mapping(3, 2), 0)
	if cut := strings.TrimSuffix(text, "\n"); d.IntN(5) == 0 && alike(text, cut) {
		text = cut
	}
	if d.IntN(4) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if d.IntN(6) == 0 {
		text = bom + text
	}
	return text
}

// alike reports whether two texts mean the same: the last line ending may be a part of text.
func alike(a, b string) bool {
	x, err := read("v.yaml", []byte(a))
	y, err2 := read("v.yaml", []byte(b))
	return err == nil && err2 == nil && slices.EqualFunc(x.meanings(), y.meanings(), same)
}

// writer writes YAML as a careless person would.
type writer struct {
	drawing
	step, dashes int
}

func (w *writer) comment() string { return w.pick("", "", "", " # c", "   # d: e", "  ") }

func (w *writer) gap(column int) string {
	return w.pick("", "", "", "", "\n", strings.Repeat(" ", column)+"# above\n", "# at the side\n")
}

func (w *writer) block(v any, column int) string {
	pad := strings.Repeat(" ", column)
	var b strings.Builder
	switch v := v.(type) {
	case Mapping:
		for _, e := range v {
			key := look{}.key(e.Key, false)
			if w.IntN(5) == 0 {
				key = quoted(e.Key)
			}
			fmt.Fprintf(&b, "%s%s%s:%s", w.gap(column), pad, key, w.after(e.Value, column, column+w.step, column+w.dashes))
		}
	case []any:
		for _, item := range v {
			if m, ok := item.(Mapping); ok && len(m) > 0 && w.IntN(2) == 0 {
				text := strings.TrimLeft(w.block(m, column+2), " \n")
				if !strings.HasPrefix(text, "#") {
					fmt.Fprintf(&b, "%s%s- %s", w.gap(column), pad, text)
					continue
				}
			}
			fmt.Fprintf(&b, "%s%s-%s", w.gap(column), pad, w.after(item, column, column+2, column+2))
		}
	}
	return b.String()
}

// after writes a value behind a colon or a dash, up to and with its line ending.
func (w *writer) after(v any, column, mappings, lists int) string {
	of, _ := valueOf(v)
	switch {
	case of.empty() || !of.scalar() && w.IntN(4) == 0:
		return " " + look{}.bracketed(of, "", source.Plain) + w.comment() + "\n"
	case of.kind == list:
		return w.comment() + "\n" + w.block(v, lists)
	case of.kind == mapping:
		return w.comment() + "\n" + w.block(v, mappings)
	case of.kind == null && w.IntN(2) == 0:
		return w.comment() + "\n"
	case blockable(of) && w.IntN(3) > 0:
		head, tail := look{}.text(of, column+w.step)
		return " " + head + "\n" + tail + "\n"
	}
	had := []source.Style{source.Plain, source.Plain, source.SingleQuoted, source.DoubleQuoted}[w.IntN(4)]
	return " " + look{}.scalarText(of, false, had) + w.comment() + "\n"
}

// paths lists a path for every value of a document but the document itself.
func paths(v value, so string) []string {
	var list []string
	for i, item := range v.items {
		p := fmt.Sprintf("%s[%d]", so, i)
		list = append(append(list, p), paths(item, p)...)
	}
	for _, e := range v.entries {
		p := quoteKey(e.key)
		if so != "" {
			p = so + "." + p
		}
		list = append(append(list, p), paths(e.value, p)...)
	}
	return list
}
