package gitops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/objfile"
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

// EncodedObject implements storer.EncodedObjectStorer.
func (d *disk) EncodedObject(want plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	switch l, err := d.large(hash); {
	case err != nil:
		return nil, err
	case l != nil && want != plumbing.AnyObject && want != l.kind:
		return nil, plumbing.ErrObjectNotFound
	case l != nil:
		return l, nil
	}
	kind, data, err := d.read(hash)
	if err != nil {
		return nil, err
	}
	if want != plumbing.AnyObject && want != kind {
		return nil, plumbing.ErrObjectNotFound
	}
	o := &plumbing.MemoryObject{}
	o.SetType(kind)
	_, err = o.Write(data)
	return o, err
}

// HasEncodedObject implements storer.EncodedObjectStorer.
func (d *disk) HasEncodedObject(hash plumbing.Hash) error {
	if _, err := os.Stat(d.loose(hash)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, _, err := d.find(hash)
	return err
}

func (d *disk) loose(hash plumbing.Hash) string {
	name := hash.String()
	return filepath.Join(d.objects, name[:2], name[2:])
}

func (d *disk) find(hash plumbing.Hash) (*pack, int64, error) {
	for _, p := range d.packs {
		at, err := p.find(hash)
		if errors.Is(err, plumbing.ErrObjectNotFound) || errors.Is(err, fs.ErrNotExist) {
			continue // a repack took the pack away, and put what was in it somewhere else
		}
		return p, at, err
	}
	return nil, 0, plumbing.ErrObjectNotFound
}

func (d *disk) read(hash plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	kind, data, err := readLoose(d.loose(hash))
	if !errors.Is(err, fs.ErrNotExist) {
		return kind, data, err
	}
	p, at, err := d.find(hash)
	if err != nil {
		return 0, nil, err
	}
	return p.read(at, d.read)
}

// readLoose reads an object that lies in a file of its own.
func readLoose(path string) (plumbing.ObjectType, []byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer file.Close()
	in, err := objfile.NewReader(file)
	if err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer in.Close()
	kind, size, err := in.Header()
	if err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", path, err)
	}
	data, err := io.ReadAll(in)
	if err == nil && int64(len(data)) != size {
		err = fmt.Errorf("%d bytes of %d", len(data), size)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", path, err)
	}
	return kind, data, nil
}
