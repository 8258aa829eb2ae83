package source

import "strings"

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
		breaks, err := r.continues(parent, flow)
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
	switch {
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

// continues goes to the next line of the same text and returns how many line breaks were passed: 0 when the
// text ended, and then it stays where it is.
func (r *reader) continues(parent int, flow bool) (int, error) {
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
		return 0, r.fail(r.at, "this line is indented under a value that is text already; check the indentation")
	}
	return breaks, nil
}
