package arbiter

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/gitops/merge"
)

// write puts what git may look at and can't borrow into the repository, with the two commits to be merged: git before
// 2.40 takes no merge base, so they get a parent that has the base's tree. It is not ok where an object is missing or
// there is too much.
func (g *Git) write(s Store, q merge.Question) (pair [2]plumbing.Hash, ok bool, err error) {
	pack := memory.NewStorage()
	size := int64(0)
	for i, id := range slices.Concat(q.Trees, q.Blobs) {
		if g.written[id] || g.lent(id) {
			continue
		}
		kind := plumbing.BlobObject
		if i < len(q.Trees) {
			kind = plumbing.TreeObject
		}
		o, err := s.EncodedObject(kind, id)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return pair, false, nil
		}
		if err != nil {
			return pair, false, err
		}
		if size += o.Size(); size > maxBytes || len(pack.Objects) >= g.maxObjects {
			return pair, false, nil
		}
		if _, err := pack.SetEncodedObject(o); err != nil {
			return pair, false, err
		}
	}
	base, err := commit(pack, q.Base)
	if err != nil {
		return pair, false, err
	}
	for i, tree := range []plumbing.Hash{q.Ours, q.Theirs} {
		if pair[i], err = commit(pack, tree, base); err != nil {
			return pair, false, err
		}
	}
	return pair, true, g.store(pack)
}

// commit adds a commit that says nothing but its tree.
func commit(pack *memory.Storage, tree plumbing.Hash, parents ...plumbing.Hash) (plumbing.Hash, error) {
	if tree.IsZero() { // git knows the empty tree
		tree = plumbing.ComputeHash(plumbing.TreeObject, nil)
	}
	const who = "belay <belay@example.invalid> 0 +0000"
	o := pack.NewEncodedObject()
	o.SetType(plumbing.CommitObject)
	w, err := o.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	raw := merge.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: []byte{}}.Encode()
	if _, err := w.Write(raw); err != nil {
		return plumbing.ZeroHash, err
	}
	return pack.SetEncodedObject(o)
}

// store writes objects as one pack.
func (g *Git) store(objects *memory.Storage) error {
	list := slices.Collect(maps.Keys(objects.Objects))
	list = slices.DeleteFunc(list, func(id plumbing.Hash) bool { return g.written[id] })
	if len(list) == 0 {
		return nil
	}
	w, err := g.objects.(storer.PackfileWriter).PackfileWriter()
	if err != nil {
		return fmt.Errorf("write objects for git: %w", err)
	}
	_, err = packfile.NewEncoder(w, objects, false).Encode(list, 0)
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("write objects for git: %w", err)
	}
	for _, id := range list {
		g.written[id] = true
	}
	return nil
}

// take copies a tree git made into s, with what s has not got. What git did not make either, a partial clone has left
// on the server.
func (g *Git) take(s Store, id plumbing.Hash) error {
	if s.HasEncodedObject(id) == nil {
		return nil
	}
	o, err := g.objects.EncodedObject(plumbing.AnyObject, id)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.Type() == plumbing.TreeObject {
		tree := &object.Tree{}
		if err := tree.Decode(o); err != nil {
			return err
		}
		for _, e := range tree.Entries {
			if e.Mode == filemode.Submodule {
				continue
			}
			if err := g.take(s, e.Hash); err != nil {
				return err
			}
		}
	}
	_, err = s.SetEncodedObject(o)
	return err
}

// layAttributes makes the .gitattributes files of the merge the only files of the work tree: git reads them there. It is
// not ok where this system can't hold such a path.
func (g *Git) layAttributes(s Store, files []merge.Change) (ok bool, err error) {
	top := filepath.Join(g.dir, "tree")
	if err := errors.Join(os.RemoveAll(top), os.Mkdir(top, 0o700)); err != nil || len(files) == 0 {
		return err == nil, err
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return false, err
	}
	defer root.Close()
	for _, file := range files {
		o, err := s.EncodedObject(plumbing.BlobObject, file.Hash)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		r, err := o.Reader()
		if err != nil {
			return false, err
		}
		raw, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return false, err
		}
		if root.MkdirAll(path.Dir(file.Path), 0o700) != nil || root.WriteFile(file.Path, raw, 0o600) != nil {
			return false, nil
		}
	}
	return true, nil
}
