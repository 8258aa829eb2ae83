package source

import "strings"

// flow reads a list or a mapping in brackets.
func (r *reader) flow() (*Node, error) {
	open := r.at
	n, end := r.node(Sequence, open), byte(']')
	seen := map[string]*Node{}
	if r.peek() == '{' {
		n.Kind, end = Mapping, '}'
	}
	r.at++
	for {
		if err := r.flowGap(open); err != nil {
			return nil, err
		}
		switch r.peek() {
		case end:
			r.at++
			r.extends(n, r.at, FlowStyle)
			return n, nil
		case ',':
			return nil, r.fail(r.at, "a value is missing before this comma")
		}
		var err error
		if n.Kind == Mapping {
			err = r.flowEntry(n, seen, open)
		} else {
			err = r.flowItem(n, open)
		}
		if err == nil {
			err = r.flowGap(open)
		}
		if err != nil {
			return nil, err
		}
		switch r.peek() {
		case ',':
			r.at++
		case end:
		default:
			return nil, r.fail(r.at, `expected "," or "%c" in the brackets opened at line %d, column %d`, end, n.Pos.Line, n.Pos.Col)
		}
	}
}

// flowItem reads one item of a list in brackets.
func (r *reader) flowItem(n *Node, open int) error {
	item, err := r.flowValue(open)
	if err != nil {
		return err
	}
	if err := r.flowGap(open); err != nil {
		return err
	}
	if r.flowColon() {
		at := r.doc.pos(open)
		return r.fail(r.at, `an item of a list in brackets can't be "key: value"; write { key: value }, or close the bracket opened at line %d, column %d`, at.Line, at.Col)
	}
	n.Items = append(n.Items, item)
	n.size += item.size
	return nil
}

// flowEntry reads one key and its value in braces. A key alone has the value null.
func (r *reader) flowEntry(n *Node, seen map[string]*Node, open int) error {
	at := r.at
	switch c := r.peek(); {
	case strings.HasPrefix(r.text[at-1:], "{{"):
		return r.fail(at-1, `"{{" can't stand in unquoted text; put the whole value in quotes, and write an expression as "${{ … }}"`)
	case strings.HasPrefix(r.text[at:], "//"):
		return r.fail(at, "a comment begins with #")
	case c == '?' && r.spaceAt(at+1), c == '[', c == '{', c == '*', c == '&', c == '!':
		return r.fail(at, "a key must be plain or quoted text")
	case r.flowColon():
		return r.fail(at, "the key before this colon is missing")
	}
	key, err := r.flowValue(open)
	if err != nil {
		return err
	}
	if r.doc.pos(r.at).Line != key.Pos.Line {
		return r.fail(at, "a key must stand on one line")
	}
	key.Kind = String
	empty := r.at
	if err := r.flowGap(open); err != nil {
		return err
	}
	value := r.node(Null, empty)
	// After a quoted key the colon needs no space (YAML 1.2.2, 7.4.2), so that JSON is YAML.
	if r.peek() == ':' && (r.flowColon() || r.text[at] == '"' || r.text[at] == '\'') {
		r.at++
		empty = r.at
		if err := r.flowGap(open); err != nil {
			return err
		}
		value = r.node(Null, empty)
		if c := r.peek(); c != ',' && c != '}' {
			if value, err = r.flowValue(open); err != nil {
				return err
			}
		}
	}
	r.put(n, seen, at, key, value)
	return nil
}

// flowValue reads one value inside of brackets.
func (r *reader) flowValue(open int) (*Node, error) {
	if err := r.enter(1); err != nil {
		return nil, err
	}
	defer r.leave()
	var props properties
	for r.peek() == '&' || r.peek() == '!' {
		var err error
		from := r.at
		if r.peek() == '!' {
			err = r.skipTag()
		} else {
			props.anchor, err = r.name("an anchor")
		}
		if err == nil {
			props.add(r, from)
			err = r.flowGap(open)
		}
		if err != nil {
			return nil, err
		}
	}
	if c := r.peek(); c == ',' || c == ']' || c == '}' {
		return r.complete(props, r.node(Null, r.at), nil)
	}
	var n *Node
	var err error
	switch r.peek() {
	case '*':
		n, err = r.alias()
	case '"', '\'':
		n, err = r.quoted(-1)
	case '[', '{':
		n, err = r.flow()
	default:
		n, err = r.plain(-1, true)
	}
	return r.complete(props, n, err)
}

// flowColon reports whether the colon after a key stands here.
func (r *reader) flowColon() bool {
	return r.peek() == ':' && (r.spaceAt(r.at+1) || flowIndicator(r.byteAt(r.at+1)))
}

// flowIndicator reports whether c means something to a list or mapping in brackets wherever it stands.
func flowIndicator(c byte) bool {
	return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'
}

// flowGap skips white space, line breaks and comments inside of the brackets opened at open.
func (r *reader) flowGap(open int) error {
	for {
		r.blanks()
		r.skipComment()
		if r.peek() != '\n' {
			break
		}
		r.newline()
	}
	if r.peek() == 0 || r.marker() {
		return r.fail(open, `this "%c" is never closed`, r.text[open])
	}
	return nil
}
