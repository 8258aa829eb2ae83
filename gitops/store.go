package gitops

import (
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

// objects is belay's own object store: what is new lies in memory, and what is not found there is read from the
// layers below, in order. The layers are the staged objects in the run's temporary folder and the checkout with its
// alternates. Only memory is ever written.
type objects struct {
	*memory.Storage
	layers []storer.EncodedObjectStorer
	fetch  func(plumbing.Hash) error // gets one object that no layer has; nil where that is not wanted
}

// EncodedObject implements storer.EncodedObjectStorer.
func (o *objects) EncodedObject(kind plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	object, err := o.find(kind, hash)
	if o.fetch == nil || !errors.Is(err, plumbing.ErrObjectNotFound) {
		return object, err
	}
	if err := o.fetch(hash); err != nil {
		return nil, err
	}
	return o.find(kind, hash)
}

func (o *objects) find(kind plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	object, err := o.Storage.EncodedObject(kind, hash)
	for _, layer := range o.layers {
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			break
		}
		object, err = layer.EncodedObject(kind, hash)
	}
	return object, err
}

// HasEncodedObject implements storer.EncodedObjectStorer. It never fetches.
func (o *objects) HasEncodedObject(hash plumbing.Hash) error {
	err := o.Storage.HasEncodedObject(hash)
	for _, layer := range o.layers {
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			break
		}
		err = layer.HasEncodedObject(hash)
	}
	return err
}

// EncodedObjectSize implements storer.EncodedObjectStorer.
func (o *objects) EncodedObjectSize(hash plumbing.Hash) (int64, error) {
	object, err := o.EncodedObject(plumbing.AnyObject, hash)
	if err != nil {
		return 0, err
	}
	return object.Size(), nil
}

// writingTo is the store with new objects going to one of its layers.
type writingTo struct {
	*objects
	layer storer.EncodedObjectStorer
}

// SetEncodedObject implements storer.EncodedObjectStorer.
func (w writingTo) SetEncodedObject(object plumbing.EncodedObject) (plumbing.Hash, error) {
	return w.layer.SetEncodedObject(object)
}
