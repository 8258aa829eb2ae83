package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// What readCommits holds beside the commits themselves.
const (
	mostInCommit = 16 << 20 // bytes of one commit
	mostWaiting  = 8 << 20  // bytes of differences to objects that have not come yet
)

// readCommits reads the commits of a pack, to the end of r, and passes over all else as it comes: a server without filters
// sends files along, and a repository has more of them than memory. More than most commits are ErrTooMany; 0 is no bound.
//
// The pack must be whole: no difference in it is to an object outside of it. A pack that breaks off or is unsound is an error.
func readCommits(r io.Reader, most int) (map[Hash]plumbing.EncodedObject, error) {
	c := commitsOf{scanner: packfile.NewScanner(r), most: most, at: map[int64]Hash{}, found: map[Hash]plumbing.EncodedObject{}}
	err := c.read()
	if err != nil {
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("read what follows the pack: %w", err)
	}
	return c.found, nil
}

// commitsOf are the commits of a pack that is being read.
type commitsOf struct {
	scanner *packfile.Scanner
	most    int
	at      map[int64]Hash // by where in the pack they begin
	found   map[Hash]plumbing.EncodedObject
	waiting []difference
	waits   int // bytes
}

// difference is what makes another object of one that may still come.
type difference struct {
	at   int64
	base Hash
	data []byte
}

func (c *commitsOf) read() error {
	_, objects, err := c.scanner.Header()
	if err != nil {
		return err
	}
	for range objects {
		header, err := c.scanner.NextObjectHeader() // this reads past what was not asked for
		if err != nil {
			return err
		}
		switch header.Type {
		case plumbing.CommitObject:
			err = c.whole(header)
		case plumbing.OFSDeltaObject:
			if base, ok := c.at[header.OffsetReference]; ok {
				err = c.differs(header, base)
			}
		case plumbing.REFDeltaObject:
			err = c.differs(header, header.Reference)
		}
		if err != nil {
			return err
		}
	}
	if _, err := c.scanner.Checksum(); err != nil {
		return err
	}
	return c.settle()
}

// whole keeps a commit.
func (c *commitsOf) whole(header *packfile.ObjectHeader) error {
	raw, err := c.inflate(header)
	if err != nil {
		return err
	}
	return c.keep(header.Offset, raw)
}

// differs keeps what is a difference to a commit. A base that did not come yet may be one; git sends bases first.
func (c *commitsOf) differs(header *packfile.ObjectHeader, base Hash) error {
	_, known := c.found[base]
	if c.waits += int(header.Length); !known && c.waits > mostWaiting {
		return fmt.Errorf("%w: differences to what has not come", ErrTooMany)
	}
	data, err := c.inflate(header)
	if err != nil {
		return err
	}
	d := difference{header.Offset, base, data}
	if !known {
		c.waiting = append(c.waiting, d)
		return nil
	}
	c.waits -= int(header.Length)
	return c.apply(d)
}

// settle applies the differences whose base came after them. What is left builds upon no commit.
func (c *commitsOf) settle() error {
	for again := true; again; {
		again = false
		var rest []difference
		for _, d := range c.waiting {
			if _, ok := c.found[d.base]; !ok {
				rest = append(rest, d)
				continue
			}
			if err := c.apply(d); err != nil {
				return err
			}
			again = true
		}
		c.waiting = rest
	}
	return nil
}

func (c *commitsOf) apply(d difference) error {
	reader, err := c.found[d.base].Reader()
	if err != nil {
		return err
	}
	base, err := io.ReadAll(reader)
	if err = errors.Join(err, reader.Close()); err != nil {
		return err
	}
	raw, err := packfile.PatchDelta(base, d.data)
	if err != nil {
		return err
	}
	return c.keep(d.at, raw)
}

func (c *commitsOf) inflate(header *packfile.ObjectHeader) ([]byte, error) {
	if header.Length > mostInCommit {
		return nil, fmt.Errorf("%w: a commit of %d bytes", ErrTooMany, header.Length)
	}
	var raw bytes.Buffer
	n, _, err := c.scanner.NextObject(&raw)
	if err == nil && n != header.Length {
		err = fmt.Errorf("%w: an object of %d bytes has %d", packfile.ErrMalformedPackFile, header.Length, n)
	}
	return raw.Bytes(), err
}

func (c *commitsOf) keep(at int64, raw []byte) error {
	if c.most > 0 && len(c.found) == c.most {
		return fmt.Errorf("%w: more than %d commits", ErrTooMany, c.most)
	}
	object := &plumbing.MemoryObject{}
	object.SetType(plumbing.CommitObject)
	if _, err := object.Write(raw); err != nil {
		return err
	}
	hash := object.Hash()
	c.found[hash], c.at[at] = object, hash
	return nil
}
