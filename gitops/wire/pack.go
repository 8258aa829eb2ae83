package wire

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// ErrMissingBase is the cause where a thin pack builds upon objects the store lacks. Without Thin the same may be had.
var ErrMissingBase = errors.New("it builds upon objects that are not here")

// ReadPack reads the objects of a pack, to the end of r. Deltas may build upon objects of base, which is not
// written to. A pack that breaks off or is unsound is an error.
func ReadPack(r io.Reader, base storer.EncodedObjectStorer) (map[Hash]plumbing.EncodedObject, error) {
	over := overlay{base, map[Hash]plumbing.EncodedObject{}}
	parser, err := packfile.NewParserWithStorage(packfile.NewScanner(r), over)
	if err != nil {
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if _, err := parser.Parse(); err != nil {
		if errors.Is(err, packfile.ErrReferenceDeltaNotFound) || errors.Is(err, plumbing.ErrObjectNotFound) {
			err = fmt.Errorf("%w: %w", ErrMissingBase, err)
		}
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("read what follows the pack: %w", err)
	}
	return over.objects, nil
}

// overlay keeps new objects apart from a store it reads through to, so that a pack that breaks off half-way
// leaves nothing behind.
type overlay struct {
	storer.EncodedObjectStorer
	objects map[Hash]plumbing.EncodedObject
}

func (o overlay) SetEncodedObject(object plumbing.EncodedObject) (Hash, error) {
	hash := object.Hash()
	o.objects[hash] = object
	return hash, nil
}

func (o overlay) EncodedObject(t plumbing.ObjectType, hash Hash) (plumbing.EncodedObject, error) {
	if object, ok := o.objects[hash]; ok && (t == plumbing.AnyObject || t == object.Type()) {
		return object, nil
	}
	return o.EncodedObjectStorer.EncodedObject(t, hash)
}
