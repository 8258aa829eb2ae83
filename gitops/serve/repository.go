package serve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

const head = "refs/heads/main"

// Repository is one repository in memory.
type Repository struct {
	name string

	mu    sync.RWMutex
	store *memory.Storage
	refs  map[string]wire.Hash
}

func newRepository(name string) *Repository {
	return &Repository{name: name, store: memory.NewStorage(), refs: map[string]wire.Hash{}}
}

// View calls f with the repository's refs and objects. Neither may be changed or kept, and no push is applied
// meanwhile. It returns f's error.
func (r *Repository) View(f func(refs map[string]wire.Hash, objects storer.EncodedObjectStorer) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return f(r.refs, r.store)
}

func (r *Repository) get(hash wire.Hash) (plumbing.EncodedObject, error) {
	return r.store.EncodedObject(plumbing.AnyObject, hash)
}

func (r *Repository) names() []string {
	return slices.Sorted(maps.Keys(r.refs))
}

// apply does what receive-pack does with updates whose objects have arrived: every update is a compare-and-swap,
// and with atomic one refusal refuses all. It returns the reason for each refused ref.
func (r *Repository) apply(updates []wire.Update, objects map[wire.Hash]plumbing.EncodedObject, atomic bool) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused := map[string]string{}
	for _, u := range updates {
		if reason := r.refuses(u); reason != "" {
			refused[u.Ref] = reason
		}
	}
	if len(refused) > 0 && atomic {
		for _, u := range updates {
			refused[u.Ref] = cmp.Or(refused[u.Ref], "atomic push failure")
		}
		return refused
	}
	for _, o := range objects {
		if _, err := r.store.SetEncodedObject(o); err != nil {
			return refuseAll(updates, fmt.Sprintf("store %s: %v", o.Hash(), err))
		}
	}
	for _, u := range updates {
		switch {
		case refused[u.Ref] != "":
		case u.New.IsZero():
			delete(r.refs, u.Ref)
		default:
			r.refs[u.Ref] = u.New
		}
	}
	return refused
}

// refuses says why an update can't be applied, in the words of git (2.51 and later).
func (r *Repository) refuses(u wire.Update) string {
	if err := plumbing.ReferenceName(u.Ref).Validate(); err != nil || !strings.HasPrefix(u.Ref, "refs/") {
		return "funny refname"
	}
	at, exists := r.refs[u.Ref]
	switch {
	case u.Old.IsZero() && exists:
		return "reference already exists"
	case at != u.Old:
		return "incorrect old value provided"
	}
	return ""
}
