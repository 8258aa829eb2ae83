package keys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/internal/source"
)

// look is how a file is written, for new text to look the same.
type look struct {
	json   bool
	pretty bool // JSON over several lines
	step   int  // spaces by which what is inside is indented
	unit   string
	dashes int // spaces before the dash of a list, from its key
}

// look returns how the file is written.
func (f *file) look() look {
	if f.habits == nil {
		l := f.readLook()
		f.habits = &l
	}
	return *f.habits
}

// readLook reads the habits of a file off its first nested values; else they are two spaces, also before dashes.
func (f *file) readLook() look {
	l := look{json: f.json, pretty: strings.Contains(strings.TrimSpace(f.text), "\n"), step: 2, dashes: 2, unit: "  "}
	var nested, listed bool
	var walk func(n *source.Node, column int)
	walk = func(n *source.Node, column int) {
		for _, e := range n.Entries {
			v := e.Value
			below := v.Extent.From > f.lineEnd(e.Key.Extent.To)
			switch {
			case v.Extent.Style != source.BlockStyle || !below:
			case v.Kind == source.Sequence && !listed:
				l.dashes, listed = f.column(v.Extent.From)-f.column(e.Key.Extent.From), true
			case v.Kind == source.Mapping && !nested:
				l.step, nested = f.column(v.Extent.From)-f.column(e.Key.Extent.From), true
			}
			if f.json && !nested && n.Extent.Style == source.FlowStyle && f.first(e.Key.Extent.From) {
				line := f.lineStart(e.Key.Extent.From)
				l.unit, nested = f.text[line:e.Key.Extent.From], true
			}
			walk(v, 0)
		}
		for _, item := range n.Items {
			walk(item, 0)
		}
	}
	for _, d := range f.docs {
		walk(d.root, 0)
	}
	return l
}

// inline reports whether a value is written on its key's line. Text of several lines is not where it can be a block.
func (v value) inline() bool {
	return (v.scalar() && !blockable(v)) || v.empty()
}

// blockable reports whether a value is text of several lines that reads well, and means the same, as a block after |.
func blockable(v value) bool {
	if v.kind != words || !strings.Contains(strings.TrimSuffix(v.text, "\n"), "\n") || strings.HasSuffix(v.text, "\n\n") ||
		strings.TrimLeft(v.text, " \t\n") != v.text {
		return false
	}
	for line := range strings.Lines(v.text) {
		if body := strings.TrimSuffix(line, "\n"); strings.TrimSpace(body) == "" && body != "" {
			return false
		}
	}
	return !strings.ContainsFunc(v.text, func(c rune) bool { return c != '\n' && c != '\t' && !unicode.IsPrint(c) })
}

// scalarText writes a scalar on one line, in the quotes it had where that can be.
func (l look) scalarText(v value, flow bool, had source.Style) string {
	switch {
	case l.json && v.kind == words:
		return quoted(v.text)
	case v.kind == null:
		return "null"
	case v.kind == alias:
		return "*" + v.text
	case v.kind != words:
		return v.text
	}
	plain, single := plainable(v.text, flow), !strings.ContainsFunc(v.text, func(c rune) bool { return !unicode.IsPrint(c) })
	switch {
	case had == source.DoubleQuoted, had == source.SingleQuoted && !single:
		return quoted(v.text)
	case had == source.SingleQuoted:
		return "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
	case plain:
		return v.text
	}
	return quoted(v.text)
}

// quoted writes text in double quotes, as JSON does and YAML reads.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""` // of a string, JSON knows no error
	}
	var out strings.Builder
	for _, c := range strings.TrimSuffix(b.String(), "\n") {
		if c >= 0x7f && c < 0xa0 || c == 0xfeff {
			fmt.Fprintf(&out, `\u%04x`, c)
			continue
		}
		out.WriteRune(c)
	}
	return out.String()
}

// plainable reports whether text needs no quotes. It asks for more than YAML does, so that nobody has to think.
func plainable(text string, flow bool) bool {
	if ambiguous(text) || strings.TrimSpace(text) != text || strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") {
		return false
	}
	if strings.ContainsRune("!&*-?:#|>@`\"'%{}[],=<", rune(text[0])) && !(text[0] == '-' && len(text) > 1 && text[1] != ' ') {
		return false
	}
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasSuffix(text, ":") {
		return false
	}
	// In brackets PyYAML takes any question mark for the sign before a key, and fails.
	return !strings.ContainsFunc(text, func(c rune) bool {
		return !unicode.IsPrint(c) || flow && strings.ContainsRune("[]{},?", c)
	})
}

func (l look) key(key string, flow bool) string {
	if l.json || strings.HasPrefix(key, "-") {
		return quoted(key)
	}
	return l.scalarText(value{kind: words, text: key}, flow, source.Plain)
}

// bracketed writes a value in brackets on one line, or, in JSON of several lines, over several of them, indented by
// prefix.
func (l look) bracketed(v value, prefix string, had source.Style) string {
	if v.scalar() {
		return l.scalarText(v, true, had)
	}
	opening, closing := "{", "}"
	if v.kind == list {
		opening, closing = "[", "]"
	}
	inner := prefix + l.unit
	var parts []string
	for _, item := range v.items {
		parts = append(parts, l.bracketed(item, inner, source.Plain))
	}
	for _, e := range v.entries {
		parts = append(parts, l.pair(e, inner))
	}
	if l.json && l.pretty && len(parts) > 0 {
		return opening + "\n" + inner + strings.Join(parts, ",\n"+inner) + "\n" + prefix + closing
	}
	return opening + strings.Join(parts, ", ") + closing
}

// pair writes a key and its value inside of brackets.
func (l look) pair(e entry, prefix string) string {
	return l.key(e.key, true) + ": " + l.bracketed(e.value, prefix, source.Plain)
}

// block writes a value by indentation: its first line as it stands, the others behind column spaces.
func (l look) block(v value, column int) string {
	pad := "\n" + strings.Repeat(" ", column)
	var parts []string
	switch {
	case v.scalar() && !blockable(v) || v.empty():
		return l.bare(v, source.Plain)
	case v.scalar():
		head, tail := l.text(v, column)
		return head + "\n" + tail
	}
	for _, item := range v.items {
		if blockable(item) {
			head, tail := l.text(item, column+2)
			parts = append(parts, "- "+head+"\n"+tail)
			continue
		}
		parts = append(parts, "- "+l.block(item, column+2))
	}
	for _, e := range v.entries {
		head, tail := l.after(e.value, column, source.Plain)
		text := l.key(e.key, false) + ":" + head
		if tail != "" {
			text += "\n" + tail
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, pad)
}

// bare writes a scalar or an empty collection outside of brackets.
func (l look) bare(v value, had source.Style) string {
	if v.empty() {
		return l.bracketed(v, "", source.Plain)
	}
	return l.scalarText(v, false, had)
}

// text writes text of several lines as a block: the | and the lines below it.
func (l look) text(v value, column int) (head, tail string) {
	body, ended := strings.CutSuffix(v.text, "\n")
	head = "|-"
	if ended {
		head = "|"
	}
	pad := strings.Repeat(" ", column)
	var lines []string
	for _, line := range strings.Split(body, "\n") {
		if line != "" {
			line = pad + line
		}
		lines = append(lines, line)
	}
	return head, strings.Join(lines, "\n")
}

// after writes a value after the colon of a key that stands at a column: what goes on the key's line, and the lines
// below.
func (l look) after(v value, column int, had source.Style) (head, tail string) {
	switch {
	case v.inline():
		return " " + l.bare(v, had), ""
	case v.scalar():
		head, tail = l.text(v, column+l.step)
		return " " + head, tail
	case v.kind == list:
		column += l.dashes
	default:
		column += l.step
	}
	return "", strings.Repeat(" ", column) + l.block(v, column)
}
