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
	var anchor string
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
				return r.anchored(anchor, r.node(Null, empty), nil)
			}
			fresh, gap = true, r.at
			continue
		case r.peek() == '&':
			if anchor != "" {
				return nil, r.fail(r.at, "a value can have one anchor only")
			}
			var err error
			if anchor, err = r.name("an anchor"); err != nil {
				return nil, err
			}
			fresh = false
			continue
		case r.peek() == '!':
			r.skipTag()
			continue
		}
		break
	}
	if r.dash() || r.keyAhead() {
		if !fresh {
			return nil, r.misplaced(anchor)
		}
		if tab := strings.IndexByte(r.text[gap:r.at], '\t'); tab >= 0 {
			return nil, r.fail(gap+tab, "a tab can't indent; use spaces")
		}
		n, err := r.collection()
		return r.anchored(anchor, n, err)
	}
	if anchor != "" && r.peek() == '*' {
		return nil, r.fail(r.at, "an alias can't have an anchor of its own")
	}
	n, err := r.inline(parent)
	if err == nil {
		err = r.endLine()
	}
	return r.anchored(anchor, n, err)
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

// anchored gives a complete node its name.
func (r *reader) anchored(name string, n *Node, err error) (*Node, error) {
	if err != nil {
		return nil, err
	}
	if name != "" {
		r.anchors[name] = n
	}
	return n, nil
}

// collection reads the list or mapping that starts here.
func (r *reader) collection() (*Node, error) {
	if r.dash() {
		return r.sequence()
	}
	return r.mapping()
}

// dash reports whether a list item starts here.
func (r *reader) dash() bool { return r.peek() == '-' && r.spaceAt(r.at+1) }

func (r *reader) sequence() (*Node, error) {
	n, col := r.node(Sequence, r.at), r.at-r.bol
	for {
		r.at++ // the dash
		item, err := r.value(col, '-')
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
		n.size += item.size
		// A list may stand at the column of its key: what is no item there is the next key.
		if more, err := r.sibling(col); err != nil || !more || !r.dash() {
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
		switch more, err := r.sibling(col); {
		case err != nil || !more:
			return n, err
		case r.dash():
			return nil, r.fail(r.at, "a list item can't stand among the keys of a mapping; check the indentation")
		case !r.keyAhead():
			return nil, r.fail(r.at, `expected "key: value" like the lines above`)
		}
	}
}

// put adds an entry to a mapping, once.
func (r *reader) put(n *Node, seen map[string]*Node, at int, key, value *Node) {
	if first := seen[key.Text]; first != nil {
		r.report(at, "duplicate-key", "key %q is there twice; the first is at line %d, column %d", key.Text, first.Pos.Line, first.Pos.Col)
		return
	}
	if key.Text == "<<" {
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
	if r.peek() == 0 || r.marker() || here < col {
		return false, nil
	}
	if here > col {
		return false, r.fail(r.at, "this line is indented more than those it belongs to, which start at column %d", col+1)
	}
	return true, nil
}

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
		n, err = r.scalar(String, at, &b)
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

// endLine demands that nothing but a comment is left of the value's last line, and goes on to the next
// content. Where a line begins, the value was a block, which ends with its last line break.
func (r *reader) endLine() error {
	block := r.at == r.bol
	r.blanks()
	if !block && !r.lineEnds() {
		return r.fail(r.at, "the value ends before this; put all of it in quotes (a comment begins with a space and a #)")
	}
	return r.nextContent()
}

// nextContent goes to the next thing that is neither white space nor a comment, and checks what indents it.
func (r *reader) nextContent() error {
	for {
		r.blanks()
		if r.comment() {
			r.skipLine()
		}
		if r.peek() != '\n' {
			break
		}
		r.newline()
	}
	if tab := strings.IndexByte(r.text[r.bol:r.at], '\t'); tab >= 0 && r.peek() != 0 && strings.Trim(r.text[r.bol:r.at], " \t") == "" {
		return r.fail(r.bol+tab, "a tab can't indent; use spaces")
	}
	return nil
}
