package keys

import (
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// rewrite puts change's value in the place of onto's: as change wrote it where that fits, with the comment behind it.
func (j *joiner) rewrite(b, c, o side) []splice {
	x, y := c.node.Extent, o.node.Extent
	raw := j.change.text[x.From:x.To]
	line := func(e *source.Extent) bool { return e.Style >= source.Plain && e.Style <= source.DoubleQuoted }
	text := x.Style == source.BlockText && y.Style == source.BlockText && j.indent(j.change, c) == j.indent(j.onto, o)
	if !text && (!line(x) || !line(y) || strings.Contains(raw, "\n") || c.flow() != o.flow()) {
		return j.onto.replace(o.place, c.value)
	}
	splices := []splice{{y.From, y.To, raw}}
	was, _ := j.base.behind(b.place)
	is, _ := j.change.behind(c.place)
	if now, ok := j.onto.behind(o.place); ok && was == now && is != was {
		splices = append(splices, splice{y.To, j.onto.lineEnd(y.To), is})
	}
	return splices
}

// indent is where the key or dash of a place stands, or -1 for what has none.
func (j *joiner) indent(f *file, s side) int {
	if s.parent == nil {
		return -1
	}
	return f.column(f.starts(s.place))
}

// behind returns what stands behind a value on its line, if that is white space and a comment.
func (f *file) behind(at *place) (string, bool) {
	to := at.node.Extent.To
	rest := f.text[to:f.lineEnd(to)]
	trimmed := strings.TrimLeft(rest, " \t")
	return rest, trimmed == "" || trimmed[0] == '#' && len(trimmed) < len(rest)
}

// insertion puts a member of change into a collection of onto, as its i-th: as change wrote it where that fits.
func (j *joiner) insertion(c, o side, i int) []splice {
	if o.node.Extent.Style == source.BlockStyle && c.parent.node.Extent.Style == source.BlockStyle {
		column := j.onto.column(j.onto.starts(o.place.child(0)))
		if text, ok := j.lines(c, column); ok {
			return j.onto.insertLine(o.place, i, column, text)
		}
	}
	if o.kind == mapping {
		return j.onto.insert(o.place, i, entry{c.parent.node.Entries[c.i].Key.Text, c.value})
	}
	return j.onto.insertItem(o.place, i, c.value)
}

// lines returns the lines of a member with the new comments right above it, moved to a column.
func (j *joiner) lines(c side, column int) (string, bool) {
	f := j.change
	start := f.starts(c.place)
	end := f.lineEnd(f.ends(c.place))
	if !f.first(start) {
		return "", false
	}
	old := f.column(start)
	from := f.lineStart(start)
	for from > 0 {
		above := f.lineStart(from - 1)
		line := strings.TrimRight(f.text[above:from], "\n")
		comment := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(comment, "#") || slices.ContainsFunc(j.base.comments, func(c source.Comment) bool { return c.Text == comment }) {
			break
		}
		from = above
	}
	var out []string
	for _, line := range strings.Split(f.text[from:end], "\n") {
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
		case spaces+column-old < 0:
			return "", false
		default:
			line = strings.Repeat(" ", spaces+column-old) + line[spaces:]
		}
		out = append(out, line)
	}
	return strings.TrimLeft(strings.Join(out, "\n"), " "), true
}
