package merge

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Commit is a commit object taken apart without loss: nothing in it is decoded, cleaned or reordered, because a
// commit that is read and written again must keep its id.
type Commit struct {
	Tree      plumbing.Hash
	Parents   []plumbing.Hash
	Author    string   // the author line after its name: "Ada <ada@example.invalid> 1767319445 +0100"
	Committer string   // the same for the committer
	Headers   []Header // every header after these, in order: encoding, mergetag, gpgsig and unknown ones
	Message   []byte   // in the commit's own encoding; nil when even the empty line before it is missing
}

// Header is one more header of a commit. Raw is all of it: name, value, continuation lines and last newline.
type Header struct {
	Name string
	Raw  string
}

// errCommit means that bytes are not a commit as git writes it.
var errCommit = errors.New("malformed commit")

// ParseCommit takes a commit object's content apart. It fails on content git itself would not have written: Encode
// gives back the same bytes wherever ParseCommit succeeds.
func ParseCommit(raw []byte) (Commit, error) {
	head, message, found := bytes.Cut(raw, []byte("\n\n"))
	var c Commit
	if found {
		c.Message = append([]byte{}, message...)
		head = raw[:len(head)+1]
	}
	if !bytes.HasSuffix(head, []byte("\n")) {
		return Commit{}, fmt.Errorf("parse commit: header without end: %w", errCommit)
	}
	return c.parseHeaders(string(head))
}

func (c Commit) parseHeaders(head string) (Commit, error) {
	var ok bool
	if c.Tree, head, ok = cutHash(head, "tree "); !ok {
		return Commit{}, fmt.Errorf("parse commit: tree: %w", errCommit)
	}
	for strings.HasPrefix(head, "parent ") {
		var parent plumbing.Hash
		if parent, head, ok = cutHash(head, "parent "); !ok {
			return Commit{}, fmt.Errorf("parse commit: parent: %w", errCommit)
		}
		c.Parents = append(c.Parents, parent)
	}
	if c.Author, head, ok = cutLine(head, "author "); !ok {
		return Commit{}, fmt.Errorf("parse commit: author: %w", errCommit)
	}
	if c.Committer, head, ok = cutLine(head, "committer "); !ok {
		return Commit{}, fmt.Errorf("parse commit: committer: %w", errCommit)
	}
	for line := range strings.Lines(head) {
		if last := len(c.Headers) - 1; strings.HasPrefix(line, " ") && last >= 0 {
			c.Headers[last].Raw += line
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		c.Headers = append(c.Headers, Header{name, line})
	}
	return c, nil
}

// cutLine takes a header's line off head.
func cutLine(head, name string) (value, rest string, ok bool) {
	rest, named := strings.CutPrefix(head, name)
	value, rest, ended := strings.Cut(rest, "\n")
	return value, rest, named && ended
}

// cutHash is cutLine for a header that holds an object's id.
func cutHash(head, name string) (id plumbing.Hash, rest string, ok bool) {
	value, rest, ok := cutLine(head, name)
	id = plumbing.NewHash(value)
	return id, rest, ok && id.String() == value
}

// Encode returns the commit object's content.
func (c Commit) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, parent := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", parent)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n", c.Author, c.Committer)
	for _, h := range c.Headers {
		b.WriteString(h.Raw)
	}
	if c.Message != nil {
		b.WriteByte('\n')
		b.Write(c.Message)
	}
	return b.Bytes()
}
