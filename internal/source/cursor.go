package source

import (
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// peek returns the next byte, and 0 at the end: the text has no zero bytes.
func (r *reader) peek() byte { return r.byteAt(r.at) }

func (r *reader) byteAt(i int) byte {
	if i < len(r.text) {
		return r.text[i]
	}
	return 0
}

func (r *reader) newline() {
	r.at++
	r.bol = r.at
}

func (r *reader) blanks() {
	for blank(r.peek()) {
		r.at++
	}
}

// spaceAt reports whether the byte i ends an indicator: white space, or the end.
func (r *reader) spaceAt(i int) bool {
	c := r.byteAt(i)
	return c == 0 || c == '\n' || blank(c)
}

// lineEnds reports whether nothing but a comment is left of this line.
func (r *reader) lineEnds() bool {
	c := r.peek()
	return c == 0 || c == '\n' || r.comment()
}

// comment reports whether a comment starts here: a # after white space.
func (r *reader) comment() bool {
	return r.peek() == '#' && (r.at == r.bol || blank(r.text[r.at-1]))
}

// skipLine goes to the end of this line.
func (r *reader) skipLine() {
	if i := strings.IndexByte(r.text[r.at:], '\n'); i >= 0 {
		r.at += i
		return
	}
	r.at = len(r.text)
}

// marker reports whether a document marker, "---" or "...", stands here.
func (r *reader) marker() bool {
	return r.at == r.bol && r.markerAt(r.at)
}

func (r *reader) markerAt(bol int) bool {
	rest := r.text[bol:]
	return (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...")) && r.spaceAt(bol+3)
}

// endLine demands that nothing but a comment is left of the value's last line, and goes on to the next
// content. Where a line begins, the value was a block, which ends with its last line break.
func (r *reader) endLine() error {
	block := r.at == r.bol
	r.blanks()
	if !block && !r.lineEnds() {
		return r.afterValue()
	}
	return r.nextContent()
}

// afterValue says what is wrong with what follows a value on its last line.
func (r *reader) afterValue() error {
	switch c, last := r.peek(), r.text[r.at-1]; {
	case c == '#':
		return r.fail(r.at, "a comment begins with a space and a #")
	case c == ']' || c == '}':
		return r.fail(r.at, "nothing is open that this %q could close; remove it", c)
	case last == '\'':
		return r.fail(r.at, "the quote before this ends the value; inside of single quotes, '' stands for one")
	case last == '"':
		return r.fail(r.at, `the quote before this ends the value; inside of double quotes, \" stands for one`)
	}
	return r.fail(r.at, "the value ends before this; put all of it in quotes")
}

// nextContent goes to the next thing that is neither white space nor a comment, and checks what indents it.
func (r *reader) nextContent() error {
	for {
		r.blanks()
		r.skipComment()
		if r.peek() != '\n' {
			break
		}
		r.newline()
	}
	if tab := strings.IndexByte(r.text[r.bol:r.at], '\t'); tab >= 0 && r.peek() != 0 && strings.Trim(r.text[r.bol:r.at], " \t") == "" {
		return r.fail(r.bol+tab, "a tab can't indent; use spaces")
	}
	if r.at == r.bol && (r.peek() == '<' || r.peek() == '=' || r.peek() == '>') && conflictMarker.MatchString(r.text[r.at:]) {
		return r.fail(r.at, "git left this line at a merge conflict; choose one side, and remove the marks")
	}
	return nil
}

// conflictMarker is a line that git writes around the sides of a conflict.
var conflictMarker = pattern.New(`^(<{7} |={7}\n|>{7} )`)
