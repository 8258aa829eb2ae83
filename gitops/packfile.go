package gitops

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// pack is one pack of the checkout, gitformat-pack(5).
type pack struct {
	path  string // without .idx or .pack
	once  sync.Once
	index *packIndex
	data  *os.File
	err   error
	*shelf
}

// shelf is what the packs of a folder share.
type shelf struct {
	inflaters inflaters
	bases     bases
}

// openPacks lists the packs of an objects folder. They are opened when first asked.
func openPacks(objects string) ([]*pack, error) {
	found, err := filepath.Glob(filepath.Join(globbed(objects), "pack", "*.idx"))
	packs := make([]*pack, len(found))
	shelf := &shelf{}
	for i, path := range found {
		packs[i] = &pack{path: strings.TrimSuffix(path, ".idx"), shelf: shelf}
	}
	return packs, err
}

// globbed is a path as a pattern that matches it alone.
func globbed(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(path)
}

func (p *pack) open() error {
	p.once.Do(func() {
		if p.index, p.err = openPackIndex(p.path + ".idx"); p.err == nil {
			p.data, p.err = os.Open(p.path + ".pack")
		}
	})
	return p.err
}

// close gives up the files: git removes packs, which some systems refuse for open ones.
func (p *pack) close() {
	p.once.Do(func() { p.err = os.ErrClosed })
	if p.index != nil {
		_ = p.index.file.Close() // it was only read
	}
	if p.data != nil {
		_ = p.data.Close() // as well
	}
}

// find returns where in the pack an object is: plumbing.ErrObjectNotFound where it is not.
func (p *pack) find(hash plumbing.Hash) (int64, error) {
	if err := p.open(); err != nil {
		return 0, err
	}
	return p.index.find(hash)
}

// packed is an object as it lies in a pack: whole, or as the difference to another.
type packed struct {
	kind   plumbing.ObjectType
	base   int64         // for an OFSDeltaObject
	ref    plumbing.Hash // for a REFDeltaObject
	length int64
	data   *inflater // at what is compressed
}

// whole reports whether the object is no difference.
func (o packed) whole() bool {
	return o.kind != plumbing.OFSDeltaObject && o.kind != plumbing.REFDeltaObject
}

// mostHead is how many bytes may come before what is compressed: ten for kind and length, and the name of a base.
const mostHead = 10 + hashSize

// at reads the head of the object at an offset.
func (p *pack) at(offset int64) (packed, error) {
	z := p.inflaters.at(p.data, offset)
	head, err := z.in.Peek(mostHead)
	if err == io.EOF && len(head) > 0 {
		err = nil // the last one may be shorter
	}
	var o packed
	if err == nil {
		var size int
		o, size, err = readHead(head, offset)
		_, _ = z.in.Discard(size) // it is in the buffer
	}
	if err != nil {
		p.inflaters.put(z)
		return packed{}, err
	}
	o.data = z
	return o, nil
}

// readHead reads the head of the object at an offset, and how many bytes it has.
func readHead(head []byte, offset int64) (o packed, size int, err error) {
	o = packed{kind: plumbing.ObjectType(head[0] >> 4 & 7), length: int64(head[0] & 15)}
	size = 1
	for shift := 4; head[size-1]&0x80 != 0; shift += 7 {
		if size == len(head) || shift > 56 {
			return o, 0, errors.New("malformed object length")
		}
		o.length |= int64(head[size]&0x7f) << shift
		size++
	}
	switch o.kind {
	case plumbing.REFDeltaObject:
		if len(head) < size+hashSize {
			return o, 0, io.ErrUnexpectedEOF
		}
		size += copy(o.ref[:], head[size:])
	case plumbing.OFSDeltaObject:
		back, n := varint(head[size:])
		if o.base = offset - back; n == 0 || back == 0 || o.base <= 0 {
			return o, 0, errors.New("malformed delta")
		}
		size += n
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	default:
		return o, 0, fmt.Errorf("malformed object of type %d", o.kind)
	}
	return o, size, nil
}

// inflate returns the object's or the difference's bytes.
func (p *pack) inflate(o packed) ([]byte, error) {
	defer p.inflaters.put(o.data)
	in, err := o.data.stream()
	if err != nil {
		return nil, err
	}
	return readExactly(in, o.length)
}

// difference is one of the differences that lead from an object to a whole one.
type difference struct {
	offset int64
	data   []byte
}

// read returns an object of the pack, and only the way to it where it is whole and has that many bytes; other finds the
// base of a difference that is not in this pack.
func (p *pack) read(offset, most int64, other func(plumbing.Hash) (stored, error)) (stored, error) {
	failed := func(err error) (stored, error) {
		return stored{}, fmt.Errorf("read %s.pack at %d: %w", p.path, offset, err)
	}
	var chain []difference
	base, known := p.bases.get(place{p, offset})
	for !known {
		o, err := p.at(offset)
		if err != nil {
			return failed(err)
		}
		if len(chain) == 0 && o.whole() && o.length >= most {
			p.inflaters.put(o.data)
			return stored{kind: o.kind, size: o.length, open: func() (io.ReadCloser, error) { return p.stream(offset) }}, nil
		}
		data, err := p.inflate(o)
		if err != nil {
			return failed(err)
		}
		switch o.kind {
		case plumbing.OFSDeltaObject:
			chain, offset = append(chain, difference{offset, data}), o.base
			base, known = p.bases.get(place{p, offset})
		case plumbing.REFDeltaObject:
			chain, known = append(chain, difference{offset, data}), true
			if base, err = other(o.ref); err != nil {
				return failed(fmt.Errorf("base %s: %w", o.ref, err))
			}
		default:
			base, known = stored{kind: o.kind, data: data}, true
			p.bases.put(place{p, offset}, base)
		}
	}
	for _, d := range slices.Backward(chain) {
		offset = d.offset
		data, err := packfile.PatchDelta(base.data, d.data)
		if err != nil {
			return failed(err)
		}
		base.data = data
		p.bases.put(place{p, offset}, base)
	}
	return base, nil
}

// stream reads what is compressed at an offset from where it lies.
func (p *pack) stream(offset int64) (io.ReadCloser, error) {
	o, err := p.at(offset)
	if err != nil {
		return nil, fmt.Errorf("read %s.pack at %d: %w", p.path, offset, err)
	}
	return o.data.stream() // which does not go back: nobody says when it was read
}
