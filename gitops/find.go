package gitops

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	fetched := &span{commits: map[plumbing.Hash]merge.Commit{}}
	err = r.read(ctx, fetched, wire.FetchRequest{Wants: []plumbing.Hash{tip.hash()}, Depth: findDepth, Filter: "tree:0"})
	return fetched.at(tip.hash()), err
}

// recentTo reads the newest commits up to the tip of a history, as far as they are not in there, were not read before, and
// are not in a full clone.
func (r *Repo) recentTo(ctx context.Context, branch string, history view) (view, error) {
	s := r.recents[branch]
	if s == nil {
		s = r.recentHere()
	}
	if !history.cut && s.holds(history.since) { // all that came later is in the history
		maps.Copy(s.commits, history.commits)
		s.tips = append(s.tips, history.tip)
	}
	if !s.holds(history.tip) {
		request := wire.FetchRequest{Wants: []plumbing.Hash{history.tip}, Haves: s.tips, Filter: "tree:0", Most: r.most}
		if len(s.tips) == 0 {
			request.Depth, request.Most = findDepth, 0
		}
		err := r.read(ctx, s, request)
		if errors.Is(err, wire.ErrTooMany) {
			s = &span{commits: map[plumbing.Hash]merge.Commit{}}
			request.Haves, request.Depth, request.Most = nil, findDepth, 0
			err = r.read(ctx, s, request)
		}
		if err != nil {
			return view{}, err
		}
	}
	r.recents[branch] = s
	return s.at(history.tip), nil
}

// recentHere is the newest commits up to the checkout's HEAD as the run found it, where the checkout has them; else none.
func (r *Repo) recentHere() *span {
	none := &span{commits: map[plumbing.Hash]merge.Commit{}}
	if r.origin.head == "" {
		return none
	}
	s := &span{commits: map[plumbing.Hash]merge.Commit{}, tips: []plumbing.Hash{r.origin.head.hash()}}
	for next := slices.Clone(s.tips); len(next) > 0 && len(s.commits) < findDepth; next = next[1:] {
		if _, known := s.commits[next[0]]; known {
			continue
		}
		c, err := r.commit(next[0])
		if err != nil {
			return none // it is shallow
		}
		s.commits[next[0]] = c
		next = append(next, c.Parents...)
	}
	return s
}

// lookEarlier looks for the change among the newest commits of a branch, once: a commit that comes on top later is in history, the
// branch as it is read for a landing. Where the change is not there, the answer is what history has to say.
func (l landing) lookEarlier(ctx context.Context, history view, branch string, line []staged) (in view, rest []staged, found []Commit, err error) {
	rest, _ = l.lookUp(history, line)
	key := branch + " " + l.id(0)
	if l.searched[key] {
		return history, rest, nil, nil
	}
	recent, err := l.recentTo(ctx, branch, history)
	if err != nil {
		return history, nil, nil, err
	}
	if _, found = l.lookUp(recent, line); len(found) > 0 {
		return recent, nil, found, nil
	}
	l.searched[key] = true
	return history, rest, nil, nil
}
