package source

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads text in single or double quotes. Its further lines must be indented more than parent.
func (r *reader) quoted(parent int) (*Node, error) {
	open, quote := r.at, r.peek()
	r.at++
	var b builder
	b.add("", r.at, r.at)
	for {
		from := r.at
		for c := r.peek(); c != 0 && c != quote && c != '\n' && (c != '\\' || quote == '\''); c = r.peek() {
			r.at++
		}
		chunk := r.text[from:r.at]
		switch r.peek() {
		case 0:
			return nil, r.unclosed(open)
		case '\n':
			trimmed := strings.TrimRight(chunk, " \t")
			b.add(trimmed, from, from+len(trimmed))
			breaks, err := r.quotedBreaks(parent, open)
			if err != nil {
				return nil, err
			}
			b.fold(breaks, from+len(trimmed))
			continue
		case '\\':
			b.add(chunk, from, r.at)
			if err := r.escape(&b, parent, open); err != nil {
				return nil, err
			}
			continue
		}
		b.add(chunk, from, r.at)
		r.at++ // the closing quote
		if quote == '\'' && r.peek() == '\'' {
			b.add("'", r.at-1, r.at+1)
			r.at++
			continue
		}
		return r.scalar(String, open, &b)
	}
}

func (r *reader) unclosed(open int) error {
	return r.fail(open, "this quote is never closed")
}

// quotedBreaks passes line breaks inside of quotes and the white space that begins the next line.
func (r *reader) quotedBreaks(parent, open int) (int, error) {
	breaks := 0
	for r.peek() == '\n' {
		r.newline()
		breaks++
		if r.markerAt(r.bol) {
			return 0, r.unclosed(open)
		}
		r.blanks()
	}
	if r.peek() != 0 && r.at-r.bol <= parent {
		return 0, r.fail(open, "this quote is still open at line %d, which is indented too little to be part of it; close it", r.doc.pos(r.at).Line)
	}
	return breaks, nil
}

// escapes are the escapes of one letter (YAML 1.2.2, 5.7). \0 is not among them: nothing belay hands a value
// to, a process, a file name, a commit, can hold a zero byte.
var escapes = map[byte]string{
	'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ",
	'"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads one escape in double quotes.
func (r *reader) escape(b *builder, parent, open int) error {
	at := r.at
	c := r.byteAt(at + 1)
	if c == '\n' {
		// An escaped line break is none at all; blank lines after it count.
		r.at++
		breaks, err := r.quotedBreaks(parent, open)
		if breaks > 1 {
			b.fold(breaks, at)
		}
		return err
	}
	if text, ok := escapes[c]; ok {
		r.at += 2
		b.add(text, at, r.at)
		return nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	code, ok := r.hex(at+2, digits)
	r.at = at + 2 + digits
	if ok && utf16.IsSurrogate(code) && r.byteAt(r.at) == '\\' && r.byteAt(r.at+1) == 'u' {
		// JSON writes characters beyond the first plane as two escapes.
		low, _ := r.hex(r.at+2, 4)
		code = utf16.DecodeRune(code, low)
		ok = code != utf8.RuneError
		r.at += 6
	}
	if c == '0' || ok && code == 0 {
		return r.fail(at, "%s is a zero byte, and no value can hold one", r.shown(at, digits))
	}
	if !ok || !utf8.ValidRune(code) {
		return r.fail(at, "%s is no escape YAML knows; write \\\\ for a backslash, or use single quotes", r.shown(at, digits))
	}
	b.add(string(code), at, r.at)
	return nil
}

// hex reads a number of hexadecimal digits.
func (r *reader) hex(at, digits int) (rune, bool) {
	if digits == 0 || at+digits > len(r.text) {
		return 0, false
	}
	code, err := strconv.ParseUint(r.text[at:at+digits], 16, 32)
	return rune(code), err == nil
}

// shown returns an escape as a message shows it.
func (r *reader) shown(at, digits int) string {
	rest := r.text[at:]
	end := 0
	for n := 0; end < len(rest) && n < 2+digits && rest[end] != '\n'; n++ {
		_, size := utf8.DecodeRuneInString(rest[end:])
		end += size
	}
	return rest[:end]
}
