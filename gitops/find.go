package gitops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
)

// findDepth is how far back from a branch's tip commits are looked for, in commits on the longest line.
const findDepth = 1000

// Landed looks on a branch for the commits that a run landed and that nothing has reverted since, oldest first. It looks
// at the newest thousand commits. None is no error.
func (r *Repo) Landed(ctx context.Context, branch, run string) ([]Commit, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	v, err := r.recent(ctx, branch)
	if err != nil {
		return nil, failed("look for run "+run+" on "+branch, err)
	}
	var found []Commit
	for _, hash := range slices.Backward(v.newestFirst()) {
		c := v.commits[hash]
		if slices.Contains(c.Trailer(trailerRun), run) && len(c.Trailer(trailerReverts)) == 0 && !v.reverted(hash) {
			found = append(found, describe(hash, c))
		}
	}
	return found, nil
}

// FindCommit looks on a branch for a commit by its hash, or by the first seven or more digits of it, among the newest
// thousand commits.
func (r *Repo) FindCommit(ctx context.Context, branch, prefix string) (Commit, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	c, err := r.findCommit(ctx, branch, strings.ToLower(prefix))
	return c, failed("look for commit "+prefix+" on "+branch, err)
}

func (r *Repo) findCommit(ctx context.Context, branch, prefix string) (Commit, error) {
	const enough = 7
	if len(prefix) < enough || strings.Trim(prefix, "0123456789abcdef") != "" {
		return Commit{}, fmt.Errorf("a commit is named by %d or more digits of its hash", enough)
	}
	v, err := r.recent(ctx, branch)
	if err != nil {
		return Commit{}, err
	}
	var found []plumbing.Hash
	for hash := range v.on {
		if strings.HasPrefix(hash.String(), prefix) {
			found = append(found, hash)
		}
	}
	switch len(found) {
	case 0:
		return Commit{}, fmt.Errorf("it is not among the newest %d commits", findDepth)
	case 1:
		return describe(found[0], v.commits[found[0]]), nil
	}
	return Commit{}, fmt.Errorf("%d commits begin with it: give more digits", len(found))
}

// recent reads the newest commits of a branch, and none of their files.
func (r *Repo) recent(ctx context.Context, branch string) (view, error) {
	tip, err := r.readTip(ctx, branch)
	if err != nil {
		return view{}, err
	}
	if tip == "" {
		return view{}, gone()
	}
	fetched := apart()
	if _, err := r.conn.Fetch(ctx, wire.FetchRequest{Wants: []plumbing.Hash{tip.hash()}, Depth: findDepth, Filter: "tree:0"}, fetched); err != nil {
		return view{}, err
	}
	s := &span{commits: map[plumbing.Hash]merge.Commit{}}
	for hash := range fetched.Commits {
		if s.commits[hash], err = readCommit(fetched, hash); err != nil {
			return view{}, err
		}
	}
	return s.at(tip.hash()), nil
}
