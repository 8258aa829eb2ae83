package gitops

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/belay-ci/belay/gitops/arbiter"
	"github.com/belay-ci/belay/gitops/merge"
)

// arbitrating returns what decides merges that belay declines: the installed git, in a repository of its own in the
// run's temporary folder. It is nil, and a declined merge a conflict, where git or the folder is missing.
func (r *Repo) arbitrating(ctx context.Context) merge.Arbiter {
	if r.child == nil || r.staging == "" {
		return nil
	}
	return func(q merge.Question) (merge.Verdict, error) {
		if err := r.openArbiter(); err != nil {
			return merge.Verdict{}, err
		}
		// Nothing is fetched for it: in a partial clone git would want more files than are worth a request each.
		return r.arbiter.Merge(ctx, r.store, q)
	}
}

// openArbiter makes the arbiter, once. Only the checkout's objects are lent to it: what is in the staging folder steps
// could take away.
func (r *Repo) openArbiter() error {
	if r.arbiter != nil {
		return nil
	}
	dirs, err := r.checkout.objectDirs()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(r.staging), "arbiter-")
	if err != nil {
		return err
	}
	r.arbiter, err = arbiter.Open(r.child.git, dir, dirs, r.lent)
	return err
}

// lent reports whether the checkout has an object.
func (r *Repo) lent(id plumbing.Hash) bool {
	return slices.ContainsFunc(r.store.layers[1:], func(layer storer.EncodedObjectStorer) bool {
		return layer.HasEncodedObject(id) == nil
	})
}
