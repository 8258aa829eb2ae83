package gitops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
)

// disk is the objects of a repository folder. What is in there when it is opened is read without a copy of any index in
// memory, by several goroutines at once; what is written goes through go-git.
type disk struct {
	storer.EncodedObjectStorer // for writing
	objects                    string
	packs                      []*pack
	last                       atomic.Pointer[pack] // where an object was found: the next one is likely there, too
}

// openObjects opens the objects of a repository folder without reading its configuration: go-git's PlainOpen refuses
// repositories with extensions it does not know, such as every sparse checkout, though their objects are like any other.
func openObjects(repository string) (*disk, error) {
	writer, err := server.DefaultLoader.Load(&transport.Endpoint{Path: repository})
	if err != nil {
		return nil, fmt.Errorf("open objects of %s: %w", repository, err)
	}
	d := &disk{EncodedObjectStorer: writer, objects: filepath.Join(repository, "objects")}
	d.packs, err = openPacks(d.objects)
	return d, err
}

// close gives up the packs.
func (d *disk) close() {
	for _, p := range d.packs {
		p.close()
	}
}

// stored is an object as it was found on disk: its bytes, or the way to them where they are too many for the memory.
type stored struct {
	kind plumbing.ObjectType
	data []byte // shared: nobody changes it
	size int64  // where open is set
	open func() (io.ReadCloser, error)
}

// EncodedObject implements storer.EncodedObjectStorer.
func (d *disk) EncodedObject(want plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	s, err := d.read(hash, largeAt)
	switch {
	case err != nil:
		return nil, err
	case want != plumbing.AnyObject && want != s.kind:
		return nil, plumbing.ErrObjectNotFound
	case s.open != nil:
		return &large{hash: hash, stored: s}, nil
	}
	o := &plumbing.MemoryObject{}
	o.SetType(s.kind)
	_, err = o.Write(s.data)
	return o, err
}

// HasEncodedObject implements storer.EncodedObjectStorer.
func (d *disk) HasEncodedObject(hash plumbing.Hash) error {
	_, _, err := d.find(hash)
	if err == nil {
		return nil
	}
	if _, loose := os.Stat(d.loose(hash)); !errors.Is(loose, fs.ErrNotExist) {
		return loose
	}
	return err
}

func (d *disk) loose(hash plumbing.Hash) string {
	name := hash.String()
	return filepath.Join(d.objects, name[:2], name[2:])
}

func (d *disk) find(hash plumbing.Hash) (*pack, int64, error) {
	if p := d.last.Load(); p != nil {
		if at, err := p.find(hash); err == nil {
			return p, at, nil
		}
	}
	for _, p := range d.packs {
		at, err := p.find(hash)
		switch {
		case err == nil:
			d.last.Store(p)
			return p, at, nil
		case errors.Is(err, plumbing.ErrObjectNotFound):
		case errors.Is(err, fs.ErrNotExist): // a repack took the pack away, and put what was in it somewhere else
		default:
			return nil, 0, err
		}
	}
	return nil, 0, plumbing.ErrObjectNotFound
}

// read returns an object, and only the way to it where it has at least most bytes. As git does, it looks into the packs
// first: in a full clone nearly everything is there. What they have not, or have damaged, may lie in a file of its own.
func (d *disk) read(hash plumbing.Hash, most int64) (stored, error) {
	s, err := d.readPacked(hash, most)
	if err == nil {
		return s, nil
	}
	s, loose := readLoose(d.loose(hash), most)
	if errors.Is(loose, fs.ErrNotExist) {
		return s, err
	}
	return s, loose
}

func (d *disk) readPacked(hash plumbing.Hash, most int64) (stored, error) {
	p, at, err := d.find(hash)
	if err != nil {
		return stored{}, err
	}
	return p.read(at, most, func(base plumbing.Hash) (stored, error) { return d.read(base, math.MaxInt64) })
}
