package gitops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// goodPrefix begins the refs that remember, for each stage, the last commit a run succeeded with. They lie outside of
// refs/heads/, so that no clone fetches them and no branch rule is about them.
const goodPrefix = "refs/belay/good/"

// Good is the last good commit of a stage.
type Good struct {
	Stage  string
	Commit ID // empty: no run of the stage has succeeded yet
}

// Moved is what came of MoveGood.
type Moved struct {
	At    ID   // where the stage's last good commit is now
	Moved bool // by this call
	Newer bool // it was left where it is, because that is a later commit than the one given
	Raced bool // another run moved it at the same moment: asking again decides anew
}

// Good reads the last good commit of a stage.
func (r *Repo) Good(ctx context.Context, stage string) (Good, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	at, err := r.readRef(ctx, goodPrefix+stage)
	return Good{Stage: stage, Commit: at}, failed("read the last good commit of "+stage, err)
}

// Goods lists the stages that have a last good commit, by name.
func (r *Repo) Goods(ctx context.Context) ([]Good, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	refs, err := r.conn.Refs(ctx, goodPrefix)
	if err != nil {
		return nil, failed("list the stages", err)
	}
	var goods []Good
	for _, ref := range refs {
		if stage, ok := strings.CutPrefix(ref.Name, goodPrefix); ok {
			goods = append(goods, Good{Stage: stage, Commit: idOf(ref.Hash)})
		}
	}
	slices.SortFunc(goods, func(a, b Good) int { return strings.Compare(a.Stage, b.Stage) })
	return goods, nil
}

// MoveGood makes commit, which is on the server, the last good one of a stage. It tries once, by compare-and-swap. It
// never goes back: of two runs that end in another order than they landed in, the one that landed later is the state
// that was tested last. A commit that is not related to the old one, as after a rewrite of the branch, replaces it.
func (r *Repo) MoveGood(ctx context.Context, stage string, commit ID) (Moved, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	moved, err := r.moveGood(ctx, goodPrefix+stage, commit)
	return moved, failed("move the last good commit of "+stage, err)
}

func (r *Repo) moveGood(ctx context.Context, ref string, commit ID) (Moved, error) {
	old, err := r.readRef(ctx, ref)
	if err != nil || old == commit {
		return Moved{At: old}, err
	}
	if old != "" {
		newer, err := r.descends(ctx, old, commit)
		if err != nil || newer {
			return Moved{At: old, Newer: newer}, err
		}
	}
	result, pushErr := r.conn.Push(ctx, wire.PushRequest{
		Updates: []wire.Update{{Ref: ref, Old: old.hash(), New: commit.hash()}}, Source: r.store,
	})
	at, err := r.readRef(ctx, ref)
	switch {
	case err != nil:
		return Moved{}, &Error{Reason: policy.GitUnknown, Again: true, Err: errors.Join(pushErr, err), Message: "the ref may have moved, and could not be read back"}
	case at == commit:
		return Moved{At: at, Moved: true}, nil
	case at != old:
		return Moved{At: at, Raced: true}, nil
	case pushErr != nil:
		return Moved{}, pushErr
	}
	s := sending{status: result.Refs[ref], text: result.Text}
	why := s.why()
	return Moved{}, &Error{Reason: why.kind, Again: why.again, Message: fmt.Sprintf("the server did not move %s: %s", ref, s.words())}
}

// descends reports whether later is a descendant of earlier. Only the commits between the two are read.
func (r *Repo) descends(ctx context.Context, later, earlier ID) (bool, error) {
	if later == earlier {
		return false, nil
	}
	span, err := r.historyTo(ctx, earlier, later, commitsAlone)
	if err != nil {
		return false, err
	}
	view := span.at(later.hash())
	return view.on[later.hash()] && view.reaches(earlier.hash()), nil
}

// Superseded reports whether the last good commit of a stage holds all of commits: then a later run of the stage, with
// these commits in it, succeeded.
func (r *Repo) Superseded(ctx context.Context, stage string, commits []ID) (Good, bool, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	good := Good{Stage: stage}
	var err error
	if good.Commit, err = r.readRef(ctx, goodPrefix+stage); err != nil || good.Commit == "" {
		return good, false, failed("read the last good commit of "+stage, err)
	}
	for _, id := range commits {
		if id == good.Commit {
			continue
		}
		holds, err := r.descends(ctx, good.Commit, id)
		if err != nil || !holds {
			return good, false, failed("compare with the last good commit of "+stage, err)
		}
	}
	return good, true, nil
}

// readRef reads one ref by its full name: the empty ID where there is none.
func (r *Repo) readRef(ctx context.Context, name string) (ID, error) {
	refs, err := r.conn.Refs(ctx, name)
	if err != nil {
		return "", err
	}
	for _, ref := range refs {
		if ref.Name == name {
			return idOf(ref.Hash), nil
		}
	}
	return "", nil
}

// Since is what came after a stage's last good commit.
type Since struct {
	Good    Good
	Commits []Commit // on the branch after it, newest first
	Paths   []string // the files that differ
}

// SinceGood compares a branch with the last good commit of a stage. A stage without one has an empty Good.Commit.
func (r *Repo) SinceGood(ctx context.Context, stage, branch string) (Since, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	since, err := r.sinceGood(ctx, stage, branch)
	return since, failed("compare "+branch+" with the last good commit of "+stage, err)
}

func (r *Repo) sinceGood(ctx context.Context, stage, branch string) (Since, error) {
	s := Since{Good: Good{Stage: stage}}
	var err error
	if s.Good.Commit, err = r.readRef(ctx, goodPrefix+stage); err != nil || s.Good.Commit == "" {
		return s, err
	}
	tip, err := r.readTip(ctx, branch)
	if err != nil {
		return s, err
	}
	if tip == "" {
		return s, gone()
	}
	for _, commit := range []ID{tip, s.Good.Commit} {
		if err := r.fetchWhole(ctx, commit); err != nil {
			return s, err
		}
	}
	span, err := r.historyTo(ctx, s.Good.Commit, tip, commitsAlone)
	if err != nil {
		return s, err
	}
	v := span.at(tip.hash())
	for _, hash := range v.newestFirst() {
		s.Commits = append(s.Commits, describe(hash, v.commits[hash]))
	}
	s.Paths, err = changed(r.fetching(ctx), s.Good.Commit.hash(), tip.hash())
	return s, err
}
