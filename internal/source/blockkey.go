package source

import "strings"

// key reads a key and its colon.
func (r *reader) key() (*Node, error) {
	at := r.at
	if err := r.enter(1); err != nil {
		return nil, err
	}
	r.leave()
	if r.peek() == '?' && r.spaceAt(at+1) {
		return nil, r.complexKey()
	}
	colon := r.colonAhead()
	if colon == at {
		return nil, r.fail(at, "the key before this colon is missing")
	}
	var n *Node
	var err error
	if c := r.peek(); c == '"' || c == '\'' {
		n, err = r.quoted(-1)
	} else if err = r.checkPlain(false); err == nil {
		var b builder
		b.add(strings.TrimRight(r.text[at:colon], " \t"), at, colon)
		if n, err = r.scalar(String, at, &b); err == nil {
			r.extends(n, at+len(n.Text), Plain)
		}
	}
	r.at = colon + 1
	return n, err
}

func (r *reader) complexKey() error {
	return r.fail(r.at, `keys that begin with "? " are not read; write "key: value"`)
}

// keyAhead reports whether a "key:" starts here.
func (r *reader) keyAhead() bool {
	return r.colonAhead() >= 0 || r.peek() == '?' && r.spaceAt(r.at+1)
}

// colonAhead returns where the colon of the key that starts here is, -1 when none does.
func (r *reader) colonAhead() int {
	i := r.at
	switch quote := r.peek(); quote {
	case '"', '\'':
		if i = r.closing(i); i < 0 {
			return -1
		}
		for i++; blank(r.byteAt(i)); i++ {
		}
		if r.byteAt(i) == ':' && r.spaceAt(i+1) {
			return i
		}
		return -1
	case '[', '{', '*', '|', '>':
		return -1
	}
	for ; ; i++ {
		switch c := r.byteAt(i); {
		case c == 0 || c == '\n' || c == '#' && i > r.at && blank(r.text[i-1]):
			return -1
		case c == ':' && r.spaceAt(i+1):
			return i
		}
	}
}

// closing returns where, on the same line, the quote that opens at i closes, -1 when it does not.
func (r *reader) closing(i int) int {
	quote := r.text[i]
	for i++; ; i++ {
		switch c := r.byteAt(i); {
		case c == 0 || c == '\n':
			return -1
		case c == '\\' && quote == '"' && r.byteAt(i+1) != '\n':
			i++
		case c == quote && quote == '\'' && r.byteAt(i+1) == quote:
			i++
		case c == quote:
			return i
		}
	}
}
