package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// Hold says what of an answer goes to the store. What else comes is passed over and never held in memory, for a server without
// filters sends all files along, and a repository has more of them than there is memory.
type Hold struct {
	Commits int   // how many commits are too many: the error is ErrTooMany; 0 for no bound
	Trees   bool  // the trees are held
	File    int64 // and with them the files of at most so many bytes
	Files   int64 // until they come to so many bytes together
}

const (
	mostInObject = 64 << 20 // bytes of one commit, or of one tree
	mostWaiting  = 8 << 20  // bytes of differences to objects that have not come yet
)

// held is a pack that is being read for a part of it. A difference is held as the object it makes, where its base is held.
type held struct {
	Hold
	scanner *packfile.Scanner
	below   storer.EncodedObjectStorer // may have what a thin pack builds upon; nil for a pack that is whole
	at      map[int64]Hash             // by where in the pack they begin
	found   map[Hash]plumbing.EncodedObject
	commits int
	files   int64 // bytes
	left    bool  // something was passed over
	waiting []difference
	waits   int64 // bytes
}

// difference is what makes another object of one that may still come.
type difference struct {
	at   int64
	base Hash
	data []byte
}

// read reads a pack to the end of r. One that breaks off or is unsound is an error, and so is one that builds upon objects that
// are neither in it nor below: ErrMissingBase.
func (h Hold) read(r io.Reader, below storer.EncodedObjectStorer) (found map[Hash]plumbing.EncodedObject, left bool, err error) {
	p := held{Hold: h, scanner: packfile.NewScanner(r), below: below, at: map[int64]Hash{}, found: map[Hash]plumbing.EncodedObject{}}
	if err := p.read(); err != nil {
		return nil, false, fmt.Errorf("read pack: %w", err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, false, fmt.Errorf("read what follows the pack: %w", err)
	}
	return p.found, p.left, nil
}

func (p *held) read() error {
	_, objects, err := p.scanner.Header()
	if err != nil {
		return err
	}
	for range objects {
		header, err := p.scanner.NextObjectHeader() // this reads past what was not asked for
		if err != nil {
			return err
		}
		switch header.Type {
		case plumbing.OFSDeltaObject:
			base, ok := p.at[header.OffsetReference]
			if !ok {
				p.left = true
				continue
			}
			err = p.differs(header, base)
		case plumbing.REFDeltaObject:
			err = p.differs(header, header.Reference)
		default:
			err = p.whole(header)
		}
		if err != nil {
			return err
		}
	}
	if _, err := p.scanner.Checksum(); err != nil {
		return err
	}
	return p.settle()
}

// holds reports whether an object of a kind and of so many bytes is to be held.
func (p *held) holds(kind plumbing.ObjectType, size int64) (bool, error) {
	switch kind {
	case plumbing.BlobObject:
		return p.Trees && size <= p.File && p.files+size <= p.Files, nil
	case plumbing.TreeObject:
		if !p.Trees {
			return false, nil
		}
	case plumbing.CommitObject:
	case plumbing.TagObject:
		return false, nil // nobody asks for them
	default:
		return false, fmt.Errorf("%w: an object of type %d", packfile.ErrMalformedPackFile, kind)
	}
	if size > mostInObject {
		return false, fmt.Errorf("%w: a %s of %d bytes", ErrTooMany, kind, size)
	}
	return true, nil
}

// whole holds an object that the pack has as it is.
func (p *held) whole(header *packfile.ObjectHeader) error {
	holds, err := p.holds(header.Type, header.Length)
	if err != nil || !holds {
		p.left = true
		return err
	}
	raw, err := p.inflate(header)
	if err != nil {
		return err
	}
	return p.keep(header.Offset, header.Type, raw)
}

// differs holds what is a difference to another object. One that did not come yet may still do so, though git sends it first.
func (p *held) differs(header *packfile.ObjectHeader, hash Hash) error {
	base, err := p.base(hash)
	if err != nil {
		return err
	}
	if base == nil {
		if p.waits += header.Length; p.waits > mostWaiting {
			return fmt.Errorf("%w: differences to what has not come", ErrTooMany)
		}
	} else if holds, err := p.holds(base.Type(), max(header.Length, base.Size())); err != nil || !holds {
		p.left = true
		return err
	}
	data, err := p.inflate(header)
	if err != nil {
		return err
	}
	if base == nil {
		p.waiting = append(p.waiting, difference{header.Offset, hash, data})
		return nil
	}
	return p.apply(difference{header.Offset, hash, data}, base)
}

// base is the object that a difference builds upon, nil where it is not here.
func (p *held) base(hash Hash) (plumbing.EncodedObject, error) {
	if base, ok := p.found[hash]; ok || p.below == nil {
		return base, nil
	}
	base, err := p.below.EncodedObject(plumbing.AnyObject, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, nil
	}
	return base, err
}

// settle applies the differences whose base came after them. Those of a thin pack must have one.
func (p *held) settle() error {
	for again := true; again; {
		again = false
		var rest []difference
		for _, d := range p.waiting {
			base, ok := p.found[d.base]
			if !ok {
				rest = append(rest, d)
				continue
			}
			if err := p.apply(d, base); err != nil {
				return err
			}
			again = true
		}
		p.waiting = rest
	}
	if len(p.waiting) > 0 && p.below != nil {
		return fmt.Errorf("%w: %s", ErrMissingBase, p.waiting[0].base)
	}
	p.left = p.left || len(p.waiting) > 0
	return nil
}

// apply holds what a difference makes of its base.
func (p *held) apply(d difference, base plumbing.EncodedObject) error {
	size, err := resultSize(d.data)
	if err != nil {
		return err
	}
	if holds, err := p.holds(base.Type(), size); err != nil || !holds {
		p.left = true
		return err
	}
	reader, err := base.Reader()
	if err != nil {
		return err
	}
	from, err := io.ReadAll(reader)
	if err = errors.Join(err, reader.Close()); err != nil {
		return err
	}
	raw, err := packfile.PatchDelta(from, d.data)
	if err != nil {
		return err
	}
	return p.keep(d.at, base.Type(), raw)
}

// resultSize reads how long the object is that a difference makes: the second number in it (gitformat-pack(5)).
func resultSize(delta []byte) (int64, error) {
	_, n := binary.Uvarint(delta)
	if n <= 0 {
		return 0, packfile.ErrInvalidDelta
	}
	size, n := binary.Uvarint(delta[n:])
	if n <= 0 || size > 1<<62 {
		return 0, packfile.ErrInvalidDelta
	}
	return int64(size), nil
}

func (p *held) inflate(header *packfile.ObjectHeader) ([]byte, error) {
	var raw bytes.Buffer // the length is only believed as the bytes come
	n, _, err := p.scanner.NextObject(&raw)
	if err == nil && n != header.Length {
		err = fmt.Errorf("%w: an object of %d bytes has %d", packfile.ErrMalformedPackFile, header.Length, n)
	}
	return raw.Bytes(), err
}

func (p *held) keep(at int64, kind plumbing.ObjectType, raw []byte) error {
	object := &plumbing.MemoryObject{}
	object.SetType(kind)
	if _, err := object.Write(raw); err != nil {
		return err
	}
	hash := object.Hash()
	p.at[at] = hash
	if _, ok := p.found[hash]; ok {
		return nil
	}
	p.found[hash] = object
	switch kind {
	case plumbing.CommitObject:
		if p.commits++; p.Commits > 0 && p.commits > p.Commits {
			return fmt.Errorf("%w: more than %d commits", ErrTooMany, p.Commits)
		}
	case plumbing.BlobObject:
		p.files += int64(len(raw))
	}
	return nil
}
