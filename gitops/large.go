package gitops

import (
	"errors"
	"io"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

// largeAt is from how many bytes on an object stays where it lies: what is large is pushed from there, and never held in
// memory. Of a loose one the file has that many, of one in a pack that is no difference the object.
const largeAt = 1 << 20

// large is an object that stays on disk. It can be read any number of times, and not be written.
type large struct {
	hash plumbing.Hash
	stored
}

// Hash implements plumbing.EncodedObject, and so do the others.
func (l *large) Hash() plumbing.Hash             { return l.hash }
func (l *large) Type() plumbing.ObjectType       { return l.kind }
func (l *large) SetType(plumbing.ObjectType)     {}
func (l *large) Size() int64                     { return l.size }
func (l *large) SetSize(int64)                   {}
func (l *large) Reader() (io.ReadCloser, error)  { return l.open() }
func (l *large) Writer() (io.WriteCloser, error) { return nil, errors.ErrUnsupported }

// openStagedPacks opens the packs that `git add` has made: it puts a file larger than core.bigFileThreshold, 512 MiB by
// default, into one.
func (r *Repo) openStagedPacks() error {
	packs, err := openPacks(filepath.Join(r.staging, "objects"))
	if err != nil || len(packs) == 0 {
		return err
	}
	return r.openLayers()
}
