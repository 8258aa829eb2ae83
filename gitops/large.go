package gitops

import (
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/objfile"
)

// largeAt is from how many bytes on the file of a loose object is looked at before it is read: what is large is pushed
// from where it lies, and never held in memory.
const largeAt = 1 << 20

// large is an object that stays on disk. It can be read any number of times, and not be written.
type large struct {
	hash plumbing.Hash
	kind plumbing.ObjectType
	size int64
	open func() (io.ReadCloser, error)
}

// Hash implements plumbing.EncodedObject, and so do the others.
func (l *large) Hash() plumbing.Hash             { return l.hash }
func (l *large) Type() plumbing.ObjectType       { return l.kind }
func (l *large) SetType(plumbing.ObjectType)     {}
func (l *large) Size() int64                     { return l.size }
func (l *large) SetSize(int64)                   {}
func (l *large) Reader() (io.ReadCloser, error)  { return l.open() }
func (l *large) Writer() (io.WriteCloser, error) { return nil, errors.ErrUnsupported }

// large returns an object of which there is too much to hold it in memory; nil where it is of the usual size, a
// difference to another, or not there.
func (d *disk) large(hash plumbing.Hash) (*large, error) {
	path := d.loose(hash)
	switch info, err := os.Stat(path); {
	case err == nil && info.Size() < largeAt:
		return nil, nil
	case err == nil:
		return largeLoose(path, hash)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	p, at, err := d.find(hash)
	if err != nil {
		return nil, nil // reading it says why
	}
	o, err := p.at(at)
	if err != nil || o.length < largeAt || o.kind == plumbing.OFSDeltaObject || o.kind == plumbing.REFDeltaObject {
		return nil, nil
	}
	return &large{hash: hash, kind: o.kind, size: o.length, open: func() (io.ReadCloser, error) {
		o, err := p.at(at)
		if err != nil {
			return nil, fmt.Errorf("read %s.pack at %d: %w", p.path, at, err)
		}
		return zlib.NewReader(o.data)
	}}, nil
}

func largeLoose(path string, hash plumbing.Hash) (*large, error) {
	l := &large{hash: hash, open: func() (io.ReadCloser, error) {
		in, err := openLoose(path)
		if err != nil {
			return nil, err // and no reader: an interface around nil would be one
		}
		return in, nil
	}}
	in, err := openLoose(path)
	if err != nil {
		return nil, err
	}
	l.kind, l.size = in.kind, in.size
	return l, in.Close()
}

// looseReader is the contents of a loose object, with its file.
type looseReader struct {
	*objfile.Reader
	file *os.File
	kind plumbing.ObjectType
	size int64
}

// Close implements io.Closer.
func (r *looseReader) Close() error { return errors.Join(r.Reader.Close(), r.file.Close()) }

func openLoose(path string) (*looseReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := objfile.NewReader(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
	}
	r := &looseReader{Reader: in, file: file}
	if r.kind, r.size, err = in.Header(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), r.Close())
	}
	return r, nil
}

// openStagedPacks opens the packs that `git add` has made: it puts a file larger than core.bigFileThreshold, 512 MiB by
// default, into one.
func (r *Repo) openStagedPacks() error {
	packs, err := openPacks(filepath.Join(r.staging, "objects"))
	if err != nil || len(packs) == 0 {
		return err
	}
	return r.openLayers()
}
