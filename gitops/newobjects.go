package gitops

import (
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// newObjects lists what the server lacks of commit and those below it, down to the first commit it is known to have:
// the commits, and of each what its tree has and its first parent's has not.
func (r *Repo) newObjects(store *objects, commit plumbing.Hash) ([]plumbing.Hash, error) {
	found := map[plumbing.Hash]bool{}
	var list []plumbing.Hash
	add := func(hash plumbing.Hash) {
		// What belay made is in its store: what is missing there, a partial clone left on the server.
		if !found[hash] && !r.uploaded[hash] && store.HasEncodedObject(hash) == nil {
			found[hash] = true
			list = append(list, hash)
		}
	}
	next := []plumbing.Hash{commit}
	for len(next) > 0 {
		commit := next[0]
		next = next[1:]
		if r.whole[commit] || r.seen[commit] || found[commit] {
			continue
		}
		c, err := r.commit(commit)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue // it can only be the server's
		}
		if err != nil {
			return nil, err
		}
		if len(c.Parents) == 0 {
			return nil, fmt.Errorf("commit %s has no parents, and is not on the server", commit)
		}
		parent, err := readCommit(store, c.Parents[0])
		if err != nil {
			return nil, err
		}
		add(commit)
		d := treeDifference{store: store, old: map[plumbing.Hash]bool{}}
		if err := d.walk(parent.Tree, c.Tree); err != nil {
			return nil, err
		}
		for _, hash := range d.added {
			if !d.old[hash] {
				add(hash)
			}
		}
		next = append(next, c.Parents...)
	}
	return list, nil
}

// treeDifference collects what a walk over two trees meets: what is in the new one, and what the old one had in the
// same folders, so that a renamed file is not taken for a new one.
type treeDifference struct {
	store *objects
	old   map[plumbing.Hash]bool
	added []plumbing.Hash
}

func (d *treeDifference) walk(before, after plumbing.Hash) error {
	if before == after {
		return nil
	}
	d.added = append(d.added, after)
	was, err := d.entries(before)
	if err != nil {
		return err
	}
	for _, e := range was {
		d.old[e.Hash] = true
	}
	now, err := d.entries(after)
	if err != nil {
		return err
	}
	for name, e := range now {
		switch e.Mode {
		case filemode.Submodule: // a commit of another repository
		case filemode.Dir:
			from := plumbing.ZeroHash
			if was[name].Mode == filemode.Dir {
				from = was[name].Hash
			}
			if d.old[e.Hash] {
				continue
			}
			if err := d.walk(from, e.Hash); err != nil {
				return err
			}
		default:
			if was[name].Hash != e.Hash {
				d.added = append(d.added, e.Hash)
			}
		}
	}
	return nil
}

func (d *treeDifference) entries(tree plumbing.Hash) (map[string]object.TreeEntry, error) {
	if tree.IsZero() {
		return nil, nil
	}
	read, err := object.GetTree(d.store, tree)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", tree, err)
	}
	entries := make(map[string]object.TreeEntry, len(read.Entries))
	for _, e := range read.Entries {
		entries[e.Name] = e
	}
	return entries, nil
}
