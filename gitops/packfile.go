package gitops

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// pack is one pack of the checkout, gitformat-pack(5). Its index is searched where it lies: to read the index of a long
// history into memory would cost more than all the rest of a landing.
type pack struct {
	path  string // without .idx or .pack
	once  sync.Once
	index *os.File
	data  *os.File
	count int64
	err   error
}

// openPacks lists the packs of an objects folder. They are opened when first asked.
func openPacks(objects string) ([]*pack, error) {
	found, err := filepath.Glob(filepath.Join(globbed(objects), "pack", "*.idx"))
	packs := make([]*pack, len(found))
	for i, path := range found {
		packs[i] = &pack{path: strings.TrimSuffix(path, ".idx")}
	}
	return packs, err
}

// globbed is a path as a pattern that matches it alone.
func globbed(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(path)
}

// The parts of an index of version 2.
const (
	indexHeader = 8
	indexFanout = indexHeader + 256*4
	hashSize    = 20
)

func (p *pack) open() error {
	p.once.Do(func() {
		if p.index, p.err = os.Open(p.path + ".idx"); p.err != nil {
			return
		}
		if p.data, p.err = os.Open(p.path + ".pack"); p.err != nil {
			return
		}
		var head [indexHeader]byte
		if _, p.err = p.index.ReadAt(head[:], 0); p.err != nil {
			return
		}
		if !bytes.Equal(head[:], []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}) {
			p.err = fmt.Errorf("%s.idx is no pack index of version 2", p.path)
			return
		}
		last, err := p.number(indexFanout - 4)
		p.count, p.err = int64(last), err
	})
	return p.err
}

// close gives up the files: git removes packs, which some systems refuse for open ones.
func (p *pack) close() {
	p.once.Do(func() { p.err = os.ErrClosed })
	for _, file := range []*os.File{p.index, p.data} {
		if file != nil {
			_ = file.Close() // it was only read
		}
	}
}

// number reads four bytes of the index.
func (p *pack) number(at int64) (uint32, error) {
	var b [4]byte
	_, err := p.index.ReadAt(b[:], at)
	return binary.BigEndian.Uint32(b[:]), err
}

// find returns where in the pack an object is: plumbing.ErrObjectNotFound where it is not.
func (p *pack) find(hash plumbing.Hash) (int64, error) {
	if err := p.open(); err != nil {
		return 0, err
	}
	var low int64
	if hash[0] > 0 {
		n, err := p.number(indexHeader + 4*int64(hash[0]-1))
		if err != nil {
			return 0, err
		}
		low = int64(n)
	}
	n, err := p.number(indexHeader + 4*int64(hash[0]))
	if err != nil {
		return 0, err
	}
	for high := int64(n); low < high; {
		middle := (low + high) / 2
		var name plumbing.Hash
		if _, err := p.index.ReadAt(name[:], indexFanout+middle*hashSize); err != nil {
			return 0, err
		}
		switch c := bytes.Compare(hash[:], name[:]); {
		case c == 0:
			return p.offset(middle)
		case c < 0:
			high = middle
		default:
			low = middle + 1
		}
	}
	return 0, plumbing.ErrObjectNotFound
}

// offset reads the n-th offset: after the names and checksums, and in a table of its own where it needs more than 31 bits.
func (p *pack) offset(n int64) (int64, error) {
	short := indexFanout + p.count*(hashSize+4)
	at, err := p.number(short + 4*n)
	if err != nil || at&0x8000_0000 == 0 {
		return int64(at), err
	}
	var long [8]byte
	_, err = p.index.ReadAt(long[:], short+4*p.count+8*int64(at&0x7fff_ffff))
	return int64(binary.BigEndian.Uint64(long[:])), err
}

// packed is an object as it lies in a pack: whole, or as the difference to another.
type packed struct {
	kind   plumbing.ObjectType
	base   int64         // for an OFSDeltaObject
	ref    plumbing.Hash // for a REFDeltaObject
	length int64
	data   io.Reader // compressed
}

// at reads the head of the object at an offset.
func (p *pack) at(offset int64) (packed, error) {
	in := bufio.NewReader(io.NewSectionReader(p.data, offset, 1<<62))
	b, err := in.ReadByte()
	if err != nil {
		return packed{}, err
	}
	o := packed{kind: plumbing.ObjectType(b >> 4 & 7), length: int64(b & 15), data: in}
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = in.ReadByte(); err != nil {
			return packed{}, err
		}
		if shift > 56 {
			return packed{}, errors.New("malformed object length")
		}
		o.length |= int64(b&0x7f) << shift
	}
	switch o.kind {
	case plumbing.REFDeltaObject:
		_, err = io.ReadFull(in, o.ref[:])
	case plumbing.OFSDeltaObject:
		number, _ := in.Peek(9) // less where the pack ends
		back, n := varint(number)
		_, err = in.Discard(n)
		if o.base = offset - back; n == 0 || o.base <= 0 || back == 0 {
			err = errors.New("malformed delta")
		}
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	default:
		err = fmt.Errorf("malformed object of type %d", o.kind)
	}
	return o, err
}

// inflate returns the object's or the delta's bytes.
func (o packed) inflate() ([]byte, error) {
	z, err := zlib.NewReader(o.data)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out bytes.Buffer // the length is only believed as the bytes come
	out.Grow(int(min(o.length, 1<<20)))
	if n, err := io.Copy(&out, io.LimitReader(z, o.length+1)); err != nil || n != o.length {
		return nil, errors.Join(err, fmt.Errorf("%d bytes of %d", n, o.length))
	}
	return out.Bytes(), nil
}

// read returns an object of the pack; other finds the base of a delta that is not in this pack.
func (p *pack) read(offset int64, other func(plumbing.Hash) (plumbing.ObjectType, []byte, error)) (plumbing.ObjectType, []byte, error) {
	var deltas [][]byte
	for {
		o, err := p.at(offset)
		if err != nil {
			return 0, nil, fmt.Errorf("read %s.pack at %d: %w", p.path, offset, err)
		}
		data, err := o.inflate()
		if err != nil {
			return 0, nil, fmt.Errorf("read %s.pack at %d: %w", p.path, offset, err)
		}
		kind := o.kind
		switch kind {
		case plumbing.OFSDeltaObject:
			deltas, offset = append(deltas, data), o.base
			continue
		case plumbing.REFDeltaObject:
			deltas = append(deltas, data)
			if kind, data, err = other(o.ref); err != nil {
				return 0, nil, fmt.Errorf("read %s.pack at %d: base %s: %w", p.path, offset, o.ref, err)
			}
		}
		for i := len(deltas) - 1; i >= 0; i-- {
			if data, err = packfile.PatchDelta(data, deltas[i]); err != nil {
				return 0, nil, fmt.Errorf("read %s.pack at %d: %w", p.path, offset, err)
			}
		}
		return kind, data, nil
	}
}
