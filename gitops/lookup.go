package gitops

import (
	"cmp"
	"context"
	"slices"
)

// look reads the branch and looks for the change there. The outcome has no state, and but a tip, where something is
// left to land: then the line is that.
func (l landing) look(ctx context.Context, line []staged) ([]staged, view, Outcome, error) {
	branch := l.req.Branch
	tip, err := l.knownTip(ctx, branch)
	if err != nil {
		return nil, view{}, Outcome{}, err
	}
	if tip == "" {
		return nil, view{}, l.rewritten(l.anchor(), ""), nil
	}
	anchor := l.anchor()
	history, err := l.historySinceStart(ctx, anchor, tip)
	if err != nil {
		return nil, view{}, Outcome{}, err
	}
	kept := true
	if anchor != "" {
		if kept, err = l.stillHolds(ctx, history, anchor); err != nil {
			return nil, view{}, Outcome{}, err
		}
	}
	rest, found := l.lookUp(history, line)
	if len(found) == 0 && l.req.Earlier {
		if history, rest, found, err = l.lookEarlier(ctx, history, branch, line); err != nil {
			return nil, view{}, Outcome{}, err
		}
	}
	switch {
	case len(found) > 0:
		if l.combines() && !l.inQueue() { // who landed it took it out
			delete(l.queue.own, l.ownEntry())
		}
		return nil, view{}, Outcome{
			State: AlreadyLanded, Branch: branch, Before: history.parent(found[0]), Tip: tip, Commits: found,
			Differs: l.differs(ctx, line, found[len(found)-1].Hash),
		}, nil
	case !kept:
		return nil, view{}, l.rewritten(anchor, tip), nil
	case len(rest) == 0:
		return nil, view{}, Outcome{State: Empty, Branch: branch, Before: tip, Tip: tip}, nil
	}
	return rest, history, Outcome{Tip: tip, Moved: history.ahead(anchor)}, nil
}

// LookUp reads the branch afresh and says whether the change is on it, without pushing anything: for who is about to give
// up after a lost race. Where it is not, the outcome is last as it is.
func (r *Repo) LookUp(ctx context.Context, change Change, req LandRequest, last Outcome) (Outcome, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	req.Identity.Branch = req.Branch
	delete(r.tips, req.Branch)
	l := landing{Repo: r, req: req}
	_, _, seen, err := l.look(ctx, change.line)
	if err != nil {
		return last, failed("look for the change on "+req.Branch, err)
	}
	l.endUpload(ctx, seen)
	if !seen.Good() {
		return last, nil
	}
	r.took(change)
	return seen, nil
}

// historySinceStart reads the branch from where the run was started to tip. Where the branch still is there, there is
// nothing to read and nothing is asked. Without a checkout and without the caller's word nothing is known of earlier
// attempts: then it begins at seen, a commit known to have been on the branch, or else at the tip.
//
// The trees that a merge needs come along where the store has those they build upon, and they are not too many.
func (l landing) historySinceStart(ctx context.Context, seen, tip ID) (view, error) {
	since := cmp.Or(l.req.Since, l.origin.head, seen, tip)
	if l.whole[since.hash()] && !l.spanFrom(since, commitsAlone).holds(tip.hash()) {
		history, err := l.historyTo(ctx, since, tip, treesIfFew, l.queuedBeside()...)
		if err == nil || !answered(err) {
			return history.at(tip.hash()), err
		}
	}
	history, err := l.historyTo(ctx, since, tip, commitsAlone)
	return history.at(tip.hash()), err
}

// stillHolds reports whether the tip of a history is old, or descends from it. A history that was cut may not tell.
func (l landing) stillHolds(ctx context.Context, history view, old ID) (bool, error) {
	if history.reaches(old.hash()) || !history.cut {
		return history.reaches(old.hash()), nil
	}
	near, err := l.historyTo(ctx, old, idOf(history.tip), commitsAlone)
	return near.at(history.tip).reaches(old.hash()), err
}

// lookUp returns the commits of the change that stand on the branch, if they are all of it, and else what is left of
// the line. Commits that a step pulled, or pushed by itself, are on the branch under their own hash: they are not the
// run's to land or to take back.
func (l landing) lookUp(history view, line []staged) (rest []staged, found []Commit) {
	rest = line
	for i, own := range line {
		hash := own.Hash.hash()
		if !history.on[hash] || own.keep && history.reverted(hash) || l.takenBack(history, hash) {
			continue
		}
		rest = line[i+1:]
		if own.keep {
			found = append(found, own.Commit)
		}
	}
	marked := l.marked(history, len(rest))
	switch {
	case len(rest) > 0 && len(marked) == 0:
		return rest, nil
	case len(marked) == 1 && history.merges(marked[0]):
		return nil, marked // the merge stands for all it brought
	}
	return nil, append(found, marked...)
}

// differs reports whether a line would change anything on top of what was landed under its ids. Where that can't be
// told, it does not claim so.
func (l landing) differs(ctx context.Context, line []staged, landed ID) bool {
	if len(line) == 0 || l.fetchWhole(ctx, landed) != nil {
		return false
	}
	made, err := l.replay(ctx, l.fetching(ctx), line, landed)
	return err == nil && made.State != Absorbed
}

// marked returns the commits on the branch that carry the change's ids, oldest first. An earlier attempt may have
// landed more commits than there are now.
func (l landing) marked(history view, now int) []Commit {
	var marked []Commit
	for n := 0; ; n++ {
		c, ok := history.standing(l.id(n))
		if ok {
			marked = append(marked, c)
		} else if n >= now {
			slices.Reverse(marked) // the numbers count from the newest
			return marked
		}
	}
}
