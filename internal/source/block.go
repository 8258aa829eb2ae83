package source

import "strings"

// document reads the whole file: one document.
func (r *reader) document() (*Node, error) {
	if err := r.nextContent(); err != nil {
		return nil, err
	}
	if r.peek() == '%' && r.at == r.bol {
		return nil, r.fail(r.at, "directives such as %%YAML are not read; remove the line")
	}
	after := byte('-')
	if r.marker() && r.peek() == '-' {
		r.at += len("---")
		after = ':'
	}
	root, err := r.value(-1, after)
	if err != nil {
		return nil, err
	}
	if r.marker() && r.peek() == '.' {
		r.at += len("...")
		if err := r.endLine(); err != nil {
			return nil, err
		}
	}
	switch {
	case r.marker():
		return nil, r.fail(r.at, "a second document begins here; a file holds one")
	case r.peek() != 0:
		return nil, r.fail(r.at, "this is outside of the value the file began with; check the indentation")
	}
	return root, nil
}

// value reads what follows a "-" or a "key:" whose column is parent, and goes on to the next content.
func (r *reader) value(parent int, after byte) (*Node, error) {
	if err := r.enter(1); err != nil {
		return nil, err
	}
	defer r.leave()
	empty, gap := r.at, r.at
	fresh := after == '-' // a list or mapping may start here
	var props properties
	r.blanks()
	for {
		switch {
		case r.lineEnds() || r.marker():
			if err := r.nextContent(); err != nil {
				return nil, err
			}
			col := r.at - r.bol
			zeroIndented := after == ':' && col == parent && r.dash()
			if r.peek() == 0 || r.marker() || col <= parent && !zeroIndented {
				return r.complete(props, r.node(Null, empty), nil)
			}
			fresh, gap = true, r.at
			continue
		case r.peek() == '&':
			if props.anchor != "" {
				return nil, r.fail(r.at, "a value can have one anchor only")
			}
			var err error
			from := r.at
			if props.anchor, err = r.name("an anchor"); err != nil {
				return nil, err
			}
			props.add(r, from)
			fresh = false
			continue
		case r.peek() == '!':
			from := r.at
			if err := r.skipTag(); err != nil {
				return nil, err
			}
			props.add(r, from)
			continue
		}
		break
	}
	if r.dash() || r.keyAhead() {
		if !fresh {
			return nil, r.misplaced(props.anchor)
		}
		if tab := strings.IndexByte(r.text[gap:r.at], '\t'); tab >= 0 {
			return nil, r.fail(gap+tab, "a tab can't indent; use spaces")
		}
		n, err := r.collection(parent)
		return r.complete(props, n, err)
	}
	if props.anchor != "" && r.peek() == '*' {
		return nil, r.fail(r.at, "an alias can't have an anchor of its own")
	}
	n, err := r.inline(parent)
	if err == nil {
		err = r.endLine()
	}
	return r.complete(props, n, err)
}

// misplaced says why a list or a mapping can't start where one does.
func (r *reader) misplaced(anchor string) error {
	switch {
	case anchor != "":
		return r.fail(r.at, "put the anchor &%s on the line before, to name what follows as a whole", anchor)
	case r.dash():
		return r.fail(r.at, "a list can't start on the line of its key; start it on the next line")
	case r.peek() == '?':
		return r.complexKey()
	}
	return r.fail(r.colonAhead(), `": " can't stand in unquoted text; put the whole value in quotes`)
}

// collection reads the list or mapping that starts here, in a value whose column is parent.
func (r *reader) collection(parent int) (*Node, error) {
	if r.dash() {
		return r.sequence(parent)
	}
	return r.mapping()
}

// dash reports whether a list item starts here.
func (r *reader) dash() bool { return r.peek() == '-' && r.spaceAt(r.at+1) }

func (r *reader) sequence(parent int) (*Node, error) {
	n, col := r.node(Sequence, r.at), r.at-r.bol
	for {
		if r.outline {
			n.Extent.Dashes = append(n.Extent.Dashes, r.at)
		}
		r.at++ // the dash
		item, err := r.value(col, '-')
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
		r.encloses(n, item)
		n.size += item.size
		more, err := r.sibling(col)
		switch {
		case err == nil && more && r.dash():
		case err == nil && more && col > parent:
			return nil, r.fail(r.at, `expected "- " as in the list above; a key of its last item stands further in, at column %d`, item.Pos.Col)
		default:
			// A list may stand at the column of its key: what is no item there is the next key.
			return n, err
		}
	}
}

func (r *reader) mapping() (*Node, error) {
	n, col := r.node(Mapping, r.at), r.at-r.bol
	seen := map[string]*Node{}
	for {
		at := r.at
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		value, err := r.value(col, ':')
		if err != nil {
			return nil, err
		}
		r.put(n, seen, at, key, value)
		r.encloses(n, value)
		switch more, err := r.sibling(col); {
		case err != nil || !more:
			return n, err
		case r.dash():
			return nil, r.fail(r.at, "a list item can't stand among the keys of a mapping; check the indentation")
		case !r.keyAhead():
			return nil, r.fail(r.at, `expected "key: value" like the lines above; what belongs to the last of them stands further in than its key`)
		}
	}
}

// put adds an entry to a mapping, once.
func (r *reader) put(n *Node, seen map[string]*Node, at int, key, value *Node) {
	if first := seen[key.Text]; first != nil {
		r.report(at, "duplicate-key", "key %q is there twice; the first is at line %d, column %d", key.Text, first.Pos.Line, first.Pos.Col)
		return
	}
	if key.Text == "<<" && !r.outline {
		r.report(at, "yaml", "merge keys (<<) are not read; write the keys out")
		return
	}
	seen[key.Text] = key
	n.Entries = append(n.Entries, Entry{key, value})
	n.size += 1 + value.size
}

// sibling reports whether the content reached belongs to the collection at column col.
func (r *reader) sibling(col int) (bool, error) {
	here := r.at - r.bol
	switch {
	case r.peek() == 0 || r.marker():
		return false, nil
	case here < col:
		r.left.at, r.left.col = r.at, col
		return false, nil
	case here > col && r.left.at == r.at:
		return false, r.fail(r.at, "this line is indented less than those above, which start at column %d, and more than those around them, which start at column %d", r.left.col+1, col+1)
	case here > col:
		return false, r.fail(r.at, "this line is indented more than those it belongs to, which start at column %d", col+1)
	}
	return true, nil
}

// inline reads a value that starts and, but for text over several lines, ends on this line.
func (r *reader) inline(parent int) (*Node, error) {
	switch r.peek() {
	case '*':
		return r.alias()
	case '|', '>':
		return r.blockScalar(parent)
	case '"', '\'':
		return r.quoted(parent)
	case '[', '{':
		return r.flow()
	}
	return r.plain(parent, false)
}
