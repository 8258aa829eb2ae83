package source

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// plain reads unquoted text, over several lines where they are indented more than parent.
func (r *reader) plain(parent int, flow bool) (*Node, error) {
	if err := r.checkPlain(flow); err != nil {
		return nil, err
	}
	at := r.at
	var b builder
	for {
		end := r.plainEnd(flow)
		b.add(r.text[r.at:end], r.at, end)
		r.at = end
		breaks, err := r.continues(at, parent, flow)
		if err != nil {
			return nil, err
		}
		if breaks == 0 {
			break
		}
		b.fold(breaks, end)
	}
	if flow && r.peek() == '{' && r.text[r.at-1] == '$' {
		return nil, r.fail(r.at-1, "inside of brackets an expression must be in quotes: \"${{ … }}\"")
	}
	n, err := r.scalar(String, at, &b)
	if err == nil {
		n.Kind = resolve(n.Text)
	}
	return n, err
}

// checkPlain says why unquoted text can't start here, if it can't.
func (r *reader) checkPlain(flow bool) error {
	c := r.peek()
	space := r.otherSpace()
	switch {
	case space >= 0:
		return r.fail(space, "this is no ordinary space but %U, which is part of the text; type a space", r.runeAt(space))
	case flow && c == '-' && r.spaceAt(r.at+1):
		return r.fail(r.at, `inside of brackets commas stand between the items, and no "- " before them`)
	case c == '@' || c == '`' || c == '%':
		return r.fail(r.at, "unquoted text can't begin with %q; put it in quotes", c)
	case c == '&' || c == '!' || c == '*':
		return r.fail(r.at, "a key can't begin with %q; put it in quotes if it is text", c)
	case c == ']' || c == '}' || c == ',':
		return r.fail(r.at, "nothing is open that this %q could belong to; put it in quotes if it is text", c)
	case (c == '?' || c == ':' || c == '-') && (r.spaceAt(r.at+1) || flow && flowIndicator(r.byteAt(r.at+1))):
		return r.fail(r.at, "unquoted text can't begin with %q; put it in quotes", c)
	case c == '#' || c == '|' || c == '>' || c == '"' || c == '\'':
		return r.fail(r.at, "unquoted text can't begin with %q here; put it in quotes", c)
	}
	return nil
}

// otherSpace returns where a space that is none to YAML stands in the place of one: at the start, behind a dash, or
// behind the colon of a key. It is -1 when none does.
func (r *reader) otherSpace() int {
	if at := otherSpace.FindStringIndex(r.text[r.at:]); at != nil {
		_, size := utf8.DecodeLastRuneInString(r.text[r.at : r.at+at[1]])
		return r.at + at[1] - size
	}
	return -1
}

func (r *reader) runeAt(at int) rune {
	c, _ := utf8.DecodeRuneInString(r.text[at:])
	return c
}

// otherSpace matches up to a no-break space and its like, as pages and word processors put them into what is copied.
var otherSpace = regexp.MustCompile(`^(-|[A-Za-z0-9_-]+:)?[\x{a0}\x{1680}\x{2000}-\x{200b}\x{202f}\x{205f}\x{3000}]`)

// plainEnd returns where the unquoted text on this line ends.
func (r *reader) plainEnd(flow bool) int {
	i := r.at
	for ; ; i++ {
		c := r.byteAt(i)
		switch {
		case c == 0 || c == '\n':
		case c == '#' && i > r.at && blank(r.text[i-1]):
		case c == ':' && (r.spaceAt(i+1) || flow && flowIndicator(r.byteAt(i+1))):
		case flow && flowIndicator(c):
		default:
			continue
		}
		return r.at + len(strings.TrimRight(r.text[r.at:i], " \t"))
	}
}

// continues goes to the next line of the text that starts at the byte start, and returns how many line breaks were
// passed: 0 when the text ended, and then it stays where it is.
func (r *reader) continues(start, parent int, flow bool) (int, error) {
	at, bol := r.at, r.bol
	breaks := 0
	for r.blanks(); r.peek() == '\n'; r.blanks() {
		r.newline()
		breaks++
	}
	indent := len(r.text[r.bol:r.at]) - len(strings.TrimLeft(r.text[r.bol:r.at], " "))
	c := r.peek()
	over := breaks == 0 || c == 0 || c == '#' || r.marker() || indent <= parent
	if flow {
		over = over || flowIndicator(c) || r.flowColon()
	}
	if over {
		r.at, r.bol = at, bol
		return 0, nil
	}
	// YAML joins these lines to the text above; whoever wrote them meant something else.
	if !flow && (r.dash() || r.keyAhead()) {
		if first := 1 + strings.LastIndexByte(r.text[:start], '\n'); start-first == r.at-r.bol && !r.dash() {
			return 0, r.fail(start, `expected "key: value" like the lines below%s`, gluedColon(r.text[start:at]))
		}
		return 0, r.fail(r.at, "this line is indented under a value that is text already; check the indentation")
	}
	return breaks, nil
}
