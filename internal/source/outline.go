package source

// Extent says where a node stands in the text, for whoever changes it. Offsets count bytes of the text Outline was
// given, with "\n" for every line ending.
type Extent struct {
	From, To int    // the value itself, without its properties; the same for a value that is not written
	Style    Style  // how it is written
	Props    string // its anchor and tag as written, "&a !!str"; empty for none
	Dashes   []int  // of a sequence in block style: where the dash of each item is
}

// Style is how a value is written.
type Style byte

// The styles. An alias is a leaf whose Text is the name; Absent is a value that is not written, as in "key:".
const (
	Absent Style = iota
	Plain
	SingleQuoted
	DoubleQuoted
	BlockText  // | or >
	BlockStyle // a sequence or mapping by indentation
	FlowStyle  // in brackets
	Alias
)

// Comment is one comment, from its # to the end of its line.
type Comment struct {
	From int
	Text string
}

// Outline reads one document as Parse does and says of every node where it stands. It takes the document as it is
// written: an alias stays one, a merge key (<<) is a key like others, and anchors and tags are properties of their
// nodes. Line endings are "\n" alone. The comments come in the order of the text.
func Outline(f File) (*Node, []Comment, Diagnostics) {
	r := &reader{file: f.Name, anchors: map[string]*Node{}, outline: true}
	if err := r.open(f.Data); err != nil {
		return nil, nil, r.problems
	}
	root, err := r.document()
	if err != nil {
		return nil, nil, r.problems
	}
	return root, r.comments, r.problems
}

// extends says where a node ends and how it is written.
func (r *reader) extends(n *Node, to int, style Style) {
	if r.outline {
		n.Extent.To, n.Extent.Style = to, style
	}
}

// encloses ends a collection in block style with the last value in it.
func (r *reader) encloses(n, last *Node) {
	if r.outline {
		r.extends(n, max(n.Extent.To, last.Extent.To), BlockStyle)
	}
}

// styleAt is the style of the scalar that starts at a byte.
func (r *reader) styleAt(at int) Style {
	switch r.byteAt(at) {
	case '"':
		return DoubleQuoted
	case '\'':
		return SingleQuoted
	case '|', '>':
		return BlockText
	}
	return Plain
}

// skipComment goes past a comment, if one starts here.
func (r *reader) skipComment() {
	if !r.comment() {
		return
	}
	from := r.at
	r.skipLine()
	if r.outline {
		r.comments = append(r.comments, Comment{from, r.text[from:r.at]})
	}
}

// properties are what may stand before a value: an anchor, a tag.
type properties struct {
	anchor    string
	from, end int // as written; an end of 0 is none
}

// add notes a property that reaches from a byte to here.
func (p *properties) add(r *reader, from int) {
	if p.end == 0 {
		p.from = from
	}
	for p.end = r.at; blank(r.text[p.end-1]); {
		p.end--
	}
}

// complete gives a node that was read its properties, and the anchor its node.
func (r *reader) complete(p properties, n *Node, err error) (*Node, error) {
	if err != nil {
		return nil, err
	}
	if p.anchor != "" {
		r.anchors[p.anchor] = n
	}
	if r.outline && p.end > 0 {
		n.Extent.Props = r.text[p.from:p.end]
		if n.Extent.Style == Absent {
			n.Extent.From, n.Extent.To = p.end, p.end
		}
	}
	return n, nil
}
