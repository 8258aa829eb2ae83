package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// What one file may hold. They keep a hostile file cheap; a file written by hand is nowhere near them.
const (
	maxBytes  = 1 << 20
	maxScalar = 64 << 10
	maxDepth  = 64
	// maxOutlined is maxValues for Outline, which reads other people's files and counts an alias as one.
	maxOutlined = 100_000
	maxValues   = 50_000 // aliases counted each time they are used, so that no few lines stand for a million

	// maxProblems is how many problems of one file are told; nobody reads more.
	maxProblems = 200
)

// Parse reads a file. The node is nil when the file is not the YAML belay reads; then the diagnostics say so.
// An empty file is a Null node. A problem that does not hide what follows, such as a key written twice, comes
// with a node.
func Parse(f File) (*Node, Diagnostics) {
	r := &reader{file: f.Name, anchors: map[string]*Node{}}
	if err := r.open(f.Data); err != nil {
		return nil, r.problems
	}
	root, err := r.document()
	if err != nil {
		return nil, r.problems
	}
	return root, r.problems
}

// reader goes through a file once, from its first byte to its last.
type reader struct {
	file     string
	doc      *document
	text     string
	at       int // the next byte
	bol      int // the first byte of its line
	depth    int
	values   int
	left     struct{ at, col int } // the collection that ended last, by a line at the byte at that is indented less
	anchors  map[string]*Node      // those whose node is complete
	problems Diagnostics

	outline  bool // tell the extent of nodes, and take the document as it is written
	comments []Comment
}

// errStop ends the reading. What happened is among the problems already.
var errStop = fmt.Errorf("stop reading")

// open checks the bytes and makes their text the reader's.
func (r *reader) open(data []byte) error {
	if len(data) > maxBytes {
		return r.refuse(data[:maxBytes], 0, "the file is larger than 1 MiB")
	}
	for _, bom := range []struct{ mark, message string }{
		{"\xef\xbb\xbf", "the file begins with a byte order mark; save it as UTF-8 without one"},
		{"\xff\xfe", "the file is UTF-16; save it as UTF-8"},
		{"\xfe\xff", "the file is UTF-16; save it as UTF-8"},
	} {
		if bytes.HasPrefix(data, []byte(bom.mark)) {
			return r.refuse(nil, 0, bom.message)
		}
	}
	text := data
	if bytes.IndexByte(data, '\r') >= 0 {
		text = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			return r.refuse(text, i, "this byte is not UTF-8; save the file as UTF-8")
		case c == '\r':
			return r.refuse(text, i, `a carriage return stands alone; end lines with \n or \r\n`)
		case c == 0:
			return r.refuse(text, i, "a zero byte; the file is not text")
		case c < ' ' && c != '\n' && c != '\t', c >= 0x7f && c < 0xa0, c == 0xfeff:
			return r.refuse(text, i, fmt.Sprintf("control character %U; remove it, or write it as an escape in double quotes", c))
		}
		i += size
	}
	r.text = string(text)
	r.doc = newDocument(r.text)
	return nil
}

// refuse reports a problem with the bytes of a file that has no text yet.
func (r *reader) refuse(data []byte, at int, message string) error {
	head := data[:at]
	line := 1 + bytes.Count(head, []byte("\n"))
	col := 1 + utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:])
	r.problems = append(r.problems, Diagnostic{File: r.file, Pos: Pos{line, col}, Message: message, Rule: "yaml"})
	return errStop
}

// report notes a problem that does not hide what follows.
func (r *reader) report(at int, rule, format string, args ...any) {
	if len(r.problems) > maxProblems {
		return
	}
	r.problems = append(r.problems, Diagnostic{File: r.file, Pos: r.doc.pos(at), Message: fmt.Sprintf(format, args...), Rule: rule})
}

// fail notes a problem that ends the reading.
func (r *reader) fail(at int, format string, args ...any) error {
	r.report(at, "yaml", format, args...)
	return errStop
}

// enter begins a value, within the limits. Each is followed by a leave.
func (r *reader) enter(size int) error {
	r.depth++
	r.values += size
	switch {
	case r.depth > maxDepth:
		return r.fail(r.at, "values are nested more than %d deep here", maxDepth)
	case r.values > r.most():
		return r.fail(r.at, "the file holds more than %d values, counting what aliases stand for", r.most())
	}
	return nil
}

// most is how many values the file may hold.
func (r *reader) most() int {
	if r.outline {
		return maxOutlined
	}
	return maxValues
}

func (r *reader) leave() { r.depth-- }

// node makes a node that stands at the byte at.
func (r *reader) node(kind Kind, at int) *Node {
	n := &Node{Kind: kind, Pos: r.doc.pos(at), size: 1, doc: r.doc}
	if r.outline {
		n.Extent = &Extent{From: at, To: at}
	}
	return n
}

// scalar makes a node of what b holds.
func (r *reader) scalar(kind Kind, at int, b *builder) (*Node, error) {
	if b.text.Len() > maxScalar && !r.outline {
		return nil, r.fail(at, "this value is longer than 64 KiB; keep it in a file of its own")
	}
	n := r.node(kind, at)
	n.Text, n.spans = b.text.String(), b.spans
	r.extends(n, r.at, r.styleAt(at))
	return n, nil
}
