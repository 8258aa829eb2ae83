package source

import "strings"

// span says that the bytes of a value from text on came from the bytes of the file from file on, up to end.
type span struct{ text, file, end int32 }

// builder puts a scalar's text together and remembers where its parts came from.
type builder struct {
	text  strings.Builder
	spans []span
}

// add appends s, which stands in the file from byte at to byte end. An escape or a folded line break is
// longer or shorter in the file than in the text: its span ends where the file does.
func (b *builder) add(s string, at, end int) {
	if len(s) == 0 && len(b.spans) > 0 {
		return
	}
	next := span{text: int32(b.text.Len()), file: int32(at), end: int32(end)}
	b.text.WriteString(s)
	if n := len(b.spans); n > 0 {
		last := &b.spans[n-1]
		if last.end == next.file && next.file-last.file == next.text-last.text && len(s) == end-at {
			last.end = next.end
			return
		}
	}
	b.spans = append(b.spans, next)
}

// fold appends what breaks line breaks in a row become in a scalar that folds them: a space for one, and one
// line feed less than there are for more (YAML 1.2.2, 6.5).
func (b *builder) fold(breaks, at int) {
	if breaks == 1 {
		b.add(" ", at, at+1)
		return
	}
	b.add(strings.Repeat("\n", breaks-1), at, at+1)
}

// blank is what separates within a line.
func blank(c byte) bool { return c == ' ' || c == '\t' }
