package gitops

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// Tip reads where a branch is now: the empty ID where it does not exist.
func (r *Repo) Tip(ctx context.Context, branch string) (ID, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	tip, err := r.readTip(ctx, branch)
	return tip, failed("read branch "+branch, err)
}

func (r *Repo) readTip(ctx context.Context, branch string) (ID, error) {
	delete(r.tips, branch)
	begun := time.Now()
	tip, err := tipOf(ctx, r.conn, branch)
	if tip != "" {
		r.pace.read = time.Since(begun)
		r.tips[branch], r.looked[branch] = tip, true
	}
	return tip, err
}

func tipOf(ctx context.Context, conn *wire.Conn, branch string) (ID, error) {
	refs, err := conn.Refs(ctx, refOf(branch))
	if err != nil {
		return "", err
	}
	for _, ref := range refs {
		if ref.Name == refOf(branch) {
			return idOf(ref.Hash), nil
		}
	}
	return "", nil
}

// knownTip returns where the branch was when it was last read or pushed. It is asked for by name, not taken from what
// receive-pack advertises: that grows with the refs of the repository.
func (r *Repo) knownTip(ctx context.Context, branch string) (ID, error) {
	if tip, ok := r.tips[branch]; ok {
		return tip, nil
	}
	return r.readTip(ctx, branch)
}

const (
	// smallFiles are those that come without being asked for: then most merges find what they need.
	smallFiles = "blob:limit=65536"
	// mostInFile and mostInFiles are how many bytes of one file, and of all, an answer may put into memory. Servers without
	// filters send them all.
	mostInFile  = 1 << 20
	mostInFiles = 16 << 20
)

// holding is what of an answer with trees is kept. Other files are fetched one by one where they are needed, see fetching.
func (r *Repo) holding() *wire.Hold {
	return &wire.Hold{Trees: true, File: mostInFile, Files: r.inFiles}
}

// fetchWhole brings the tree of a commit into memory, without any history. Single objects may be missing, also where the tree came
// with the history: see fetching.
func (r *Repo) fetchWhole(ctx context.Context, tip ID) error {
	if r.whole[tip.hash()] || r.seen[tip.hash()] {
		return nil
	}
	all, err := r.fetchDepth(ctx, 1, tip.hash())
	if err != nil {
		return err
	}
	r.seen[tip.hash()], r.whole[tip.hash()] = true, all
	return nil
}

// fetchDepth brings commits into memory, with their files as far as they differ from those of commits the store has, and reports
// whether all of these came. To claim no more than single commits, as `shallow`, keeps the server from taking for granted what a
// shallow clone does not have, and from sending the history of old branches that were merged meanwhile.
func (r *Repo) fetchDepth(ctx context.Context, depth int, wants ...plumbing.Hash) (all bool, err error) {
	// The parent of a shallow clone's last commit is one that haves names, and the clone lacks.
	have := slices.DeleteFunc(r.haves(r.origin.head), func(hash plumbing.Hash) bool { _, err := r.commit(hash); return err != nil })
	for hash, whole := range r.whole {
		if whole {
			have = append(have, hash)
		}
	}
	got, err := r.conn.Fetch(ctx, wire.FetchRequest{
		Wants:   wants,
		Haves:   have,
		Shallow: have,
		Depth:   depth,
		Filter:  smallFiles,
		Thin:    !r.partial(), // a partial clone may lack the files that differences build upon
		Hold:    r.holding(),
	}, r.store)
	return err == nil && !got.Filtered && !got.Left, err
}

// fetching is the store, fetching single objects nobody has: those a partial clone or a filter left out.
func (r *Repo) fetching(ctx context.Context) *objects {
	store := *r.store
	store.fetch = func(hash plumbing.Hash) error {
		_, err := r.conn.Fetch(ctx, wire.FetchRequest{Wants: []plumbing.Hash{hash}, Depth: 1, Filter: "blob:none"}, r.store)
		return err
	}
	return &store
}

func (r *Repo) partial() bool { return r.checkout != nil && r.checkout.partial() }

// gone is the error for a branch that is not on the server.
func gone() error {
	return &Error{Reason: policy.GitRewritten, Message: "the branch does not exist on the server; belay never recreates a branch"}
}

func refOf(branch string) string { return "refs/heads/" + branch }

// passes reports whether an error is one that may pass by itself, and how long the server asks to wait.
func passes(err error) (again bool, after time.Duration) {
	var failure *wire.Error
	if !errors.As(err, &failure) {
		return false, 0
	}
	return failure.Kind() == policy.Network, failure.RetryAfter
}
