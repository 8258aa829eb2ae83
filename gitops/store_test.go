package gitops

import (
	"context"
	"errors"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestWhatAPartialCloneLeftOutIsFetchedWhenNeeded(t *testing.T) {
	for name, what := range map[string]string{"a file": "HEAD:a.txt", "a folder": "HEAD:env"} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--filter=tree:0", "--no-checkout")
			hash := plumbing.NewHash(s.git("rev-parse", "main"+what[len("HEAD"):]))
			s.work = gittest.Clone(t, s.url, "--filter=tree:0", "--no-checkout")
			tree := plumbing.NewHash(s.git("rev-parse", "main^{tree}"))
			r := s.open()
			if _, err := r.store.EncodedObject(plumbing.AnyObject, hash); !errors.Is(err, plumbing.ErrObjectNotFound) {
				t.Fatalf("%s is there before: %v", what, err)
			}
			for _, hash := range []plumbing.Hash{tree, hash} {
				if o, err := r.fetching(context.Background()).EncodedObject(plumbing.AnyObject, hash); err != nil || o.Hash() != hash {
					t.Errorf("%s: %v", hash, err)
				}
			}
		})
	}
}

func TestAnObjectNobodyHasIsAnError(t *testing.T) {
	s := newShop(t)
	store := s.open().fetching(context.Background())
	if _, err := store.EncodedObject(plumbing.BlobObject, plumbing.NewHash("1111111111111111111111111111111111111111")); err == nil {
		t.Error("no error")
	}
}
