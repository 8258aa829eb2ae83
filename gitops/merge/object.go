package merge

import (
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
)

// Store holds git objects. Every go-git storage is one. Objects are only added to it, and only new trees, merged
// blobs and new commits; nothing is written when nothing merges differently from what is there.
type Store interface {
	EncodedObject(plumbing.ObjectType, plumbing.Hash) (plumbing.EncodedObject, error)
	NewEncodedObject() plumbing.EncodedObject
	SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error)
}

func readObject(s Store, kind plumbing.ObjectType, id plumbing.Hash) ([]byte, error) {
	o, err := openObject(s, kind, id)
	if err != nil {
		return nil, err
	}
	return content(o)
}

func openObject(s Store, kind plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := s.EncodedObject(kind, id)
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return o, nil
}

func content(o plumbing.EncodedObject) ([]byte, error) {
	r, err := o.Reader()
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", o.Type(), o.Hash(), err)
	}
	raw, err := io.ReadAll(r)
	if closing := r.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", o.Type(), o.Hash(), err)
	}
	return raw, nil
}

func writeObject(s Store, kind plumbing.ObjectType, content []byte) (plumbing.Hash, error) {
	o := s.NewEncodedObject()
	o.SetType(kind)
	o.SetSize(int64(len(content)))
	w, err := o.Writer()
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write %s: %w", kind, err)
	}
	_, err = w.Write(content)
	if closing := w.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write %s: %w", kind, err)
	}
	id, err := s.SetEncodedObject(o)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write %s: %w", kind, err)
	}
	return id, nil
}
