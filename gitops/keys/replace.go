package keys

import (
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// replace puts a value in the place of another, in the style of the place.
func (f *file) replace(at *place, v value) []splice {
	l, n := f.look(), at.node
	e := n.Extent
	switch {
	case f.json || at.flow():
		return f.replaceInBrackets(l, at, v)
	case at.parent == nil:
		return f.replaceRoot(l, at, v)
	case at.parent.node.Kind == source.Sequence:
		dash := at.parent.node.Extent.Dashes[at.i]
		if e.Style == source.Absent {
			return f.over(dash+1, dash+1, " "+l.block(v, f.column(dash)+2))
		}
		return f.over(e.From, e.To, f.standing(l, v, e, f.column(dash)+2))
	}
	return f.replaceAfterKey(l, at, v)
}

// standing writes a value where another one stands: text of several lines behind column spaces, a collection in its
// place.
func (f *file) standing(l look, v value, e *source.Extent, column int) string {
	switch {
	case v.inline():
		return l.bare(v, e.Style)
	case v.scalar():
		head, tail := l.text(v, column)
		return head + "\n" + tail
	}
	return l.block(v, f.column(e.From))
}

// over puts text in the place of bytes. What comes behind them on their line, a comment, comes behind its first line.
func (f *file) over(from, to int, text string) []splice {
	first, rest, more := strings.Cut(text, "\n")
	if !more {
		return []splice{{from, to, text}}
	}
	end := f.lineEnd(to)
	return []splice{{from, to, first}, {end, end, "\n" + rest}}
}

func (f *file) replaceInBrackets(l look, at *place, v value) []splice {
	e := at.node.Extent
	line := f.lineStart(e.From)
	prefix := f.text[line:]
	prefix = prefix[:len(prefix)-len(strings.TrimLeft(prefix, " \t"))]
	text := l.bracketed(v, prefix, e.Style)
	if e.Style == source.Absent {
		if entry, ok := at.entry(); ok && f.colon(entry) < 0 {
			return []splice{{entry.Key.Extent.To, entry.Key.Extent.To, ": " + text}}
		}
		text = " " + text
	}
	return []splice{{e.From, e.To, text}}
}

func (f *file) replaceRoot(l look, at *place, v value) []splice {
	e, doc := at.node.Extent, f.docs[at.doc]
	if e.Style != source.Absent {
		return f.over(e.From, e.To, f.standing(l, v, e, 2))
	}
	text := l.block(v, 0)
	if doc.to > doc.from && f.text[doc.to-1] != '\n' {
		text = "\n" + text
	} else {
		text += "\n"
	}
	return []splice{{doc.to, doc.to, text}}
}

// replaceAfterKey puts a value behind a key of a mapping in block style. What comes behind the old value on its line, a
// comment, stays there.
func (f *file) replaceAfterKey(l look, at *place, v value) []splice {
	entry, _ := at.entry()
	e, column, colon := at.node.Extent, f.column(entry.Key.Extent.From), f.colon(entry)+1
	head, tail := l.after(v, column, e.Style)
	if tail != "" {
		tail = "\n" + tail
	}
	line := f.lineEnd(colon)
	below := e.From > line
	fits := v.kind == list || f.column(e.From) > column // a list may stand at its key's column, a mapping may not
	inPlace := below && (at.node.Scalar() && v.inline() || !at.node.Scalar() && !v.inline() && !v.scalar() && fits)
	switch {
	case e.Style == source.Absent:
		if tail == "" {
			return []splice{{colon, colon, head}}
		}
		return []splice{{colon, colon, head}, {line, line, tail}}
	case inPlace:
		return f.over(e.From, e.To, f.standing(l, v, e, column+l.step))
	case below && head == "":
		return f.over(f.lineStart(e.From), e.To, tail[1:])
	case below && tail == "":
		return append([]splice{{colon, colon, head}}, f.lifted(line, e)...)
	case below:
		return []splice{{colon, colon, head}, {line, e.To, ""}, {f.lineEnd(e.To), f.lineEnd(e.To), tail}}
	case e.Style == source.BlockText:
		note := ""
		if f.commented(e.From, line) {
			note = f.text[e.From:line]
			note = note[strings.IndexAny(note, " \t"):]
		}
		return []splice{{colon, e.To, head + note + tail}}
	case tail == "":
		return []splice{{e.From, e.To, head[1:]}}
	}
	end := f.lineEnd(e.To)
	return []splice{{colon, e.To, head}, {end, end, tail}}
}

// lifted takes a value away that stands below its key's line, which ends at line. The comments between the two stay.
func (f *file) lifted(line int, e *source.Extent) []splice {
	above := f.lineStart(e.From) - 1
	if i := strings.IndexByte(f.text[e.To:f.lineEnd(e.To)], '#'); i >= 0 && f.commented(line, e.From) {
		return []splice{{e.From, e.To + i, ""}} // the comment behind it has a line of its own then
	}
	if !f.commented(line, e.From) {
		above = line
	}
	return []splice{{above, e.To, ""}}
}

// colon returns where the colon of an entry is, -1 for a key in braces without one.
func (f *file) colon(e source.Entry) int {
	for at := e.Key.Extent.To; at < len(f.text); at++ {
		switch c := f.text[at]; {
		case c == ':':
			return at
		case c != ' ' && c != '\t' && c != '\n':
			return -1
		}
	}
	return -1
}
