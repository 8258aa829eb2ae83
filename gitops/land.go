package gitops

import (
	"cmp"
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// LandRequest says where a change goes and under whose name.
type LandRequest struct {
	Branch      string   // without refs/heads/
	Identity    Identity // its Branch is set from Branch, its N is the newest commit's number
	Since       ID       // the commit the run was started for, the same over all its attempts; empty: the checkout's HEAD at the start
	Earlier     bool     // Since may be later than an earlier attempt of the run: what that landed is looked for among the branch's newest thousand commits
	Queue       *Queue   // who lands each other's changes; nil: nobody does. Every try then reads the branch, and may leave the push to who waits
	Reread      bool     // the branch is likely to have moved since it was last read, if it was
	Committer   Person   // of commits that have to be replayed; zero: each commit's own
	Integrate   Integrate
	Tags        []Tag    // to be put on the last commit in the same step; refused where a server can't do that (git's atomic)
	PushOptions []string // push options (git-push(1) -o), one line each
	ByKey       bool     // merge YAML and JSON key by key where lines conflict
}

// Land tries once to put a change on a branch: it replays the commits on the tip, if that moved, and pushes once,
// naming the tip it expects. Landing the same change again, after whatever outcome, is safe: a change that is on the
// branch is found there and not landed twice.
//
// Each commit gets a Belay-Id trailer, by which later tries and later attempts of the run know it. Signed commits, and
// those under them, are left as they are where the tip did not move, and are known by their hash; a signed commit that
// has to be replayed loses its signature, which the outcome says.
//
// An error means that nothing was pushed, and is an *Error. What the push came to is in the outcome, and so are a
// conflict and a branch that is gone or rewritten. Let the context outlive the push: when it ends during one, all
// that is left to say is Unknown.
//
// A rewrite of the branch is noticed where a commit is known to have been on it: the tip Land saw before, or, at
// first, the checkout's HEAD if its remote-tracking branch agrees. Elsewhere the run's own commits alone are replayed,
// so that what a rewrite took away never comes back.
func (r *Repo) Land(ctx context.Context, change Change, req LandRequest) (Outcome, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	req.Identity.Branch = req.Branch
	l := landing{Repo: r, req: req}
	outcome, err := l.try(ctx, change.line)
	if err == nil {
		outcome, err = l.tagged(ctx, outcome)
	}
	l.endUpload(ctx, outcome)
	if err != nil {
		delete(r.tips, req.Branch) // it may be what is wrong
		return Outcome{}, failed("land on "+req.Branch, err)
	}
	if outcome.Ended() {
		r.took(change)
	}
	return outcome, nil
}

// landing is one try.
type landing struct {
	*Repo
	req LandRequest
}

func (l landing) try(ctx context.Context, line []staged) (Outcome, error) {
	branch := l.req.Branch
	delete(l.looked, branch)
	if err := l.arrive(ctx); err != nil {
		return Outcome{}, err
	}
	if l.leaves() {
		tip := l.tips[branch]
		return raced(Outcome{Branch: branch, Before: tip, Tip: tip, Commits: Change{line: line}.Commits()}), nil
	}
	made, history, err := l.prepare(ctx, line)
	if !l.looked[branch] && (err != nil || made.State != "" && made.State != Empty) {
		// The tip is what a refusal told, or what an earlier landing left. That is good enough to push to, and for nothing else.
		delete(l.tips, branch)
		made, history, err = l.prepare(ctx, line)
	}
	switch {
	case err != nil || made.State != "":
		return made, err
	case l.joins():
		l.queue.waited[l.ownEntry()]++
		made.Turn = l.turn()
		return raced(made), nil
	}
	if made, err = l.byForge(ctx, line, made); err != nil || made.State != "" {
		return made, err
	}
	return l.push(ctx, made, l.combine(ctx, history, made))
}

// prepare looks for the change on the branch and, where it is not there, puts its commits on the tip. The outcome has no
// state when they are ready to be pushed.
func (l landing) prepare(ctx context.Context, line []staged) (Outcome, view, error) {
	rest, history, seen, err := l.look(ctx, line)
	if err != nil || seen.State != "" {
		return seen, history, err
	}
	if err := l.fetchWhole(ctx, seen.Tip); err != nil {
		return Outcome{}, history, err
	}
	l.anchors[l.req.Branch] = seen.Tip
	made, err := l.integrate(ctx, l.fetching(ctx), rest, seen.Tip)
	made.Moved = seen.Moved
	return made, history, err
}

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

// arrive forgets where the branch was, if that is likely to be wrong now. With a queue the two are read together, but for a
// change that is about to join it: any tip is good enough for that.
func (l landing) arrive(ctx context.Context) error {
	branch := l.req.Branch
	switch {
	case l.joins() && l.tips[branch] != "":
	case l.combines():
		var err error
		if !l.queue.ahead[branch] {
			err = l.readQueue(ctx, branch)
		}
		delete(l.queue.ahead, branch)
		l.queue.crowded[branch] = l.queue.crowded[branch] || len(l.others()) > 0
		return err
	case l.req.Reread:
		delete(l.tips, branch)
	}
	return nil
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

// anchor is a commit the branch must not lose, empty where none is known.
func (l landing) anchor() ID {
	if anchor, ok := l.anchors[l.req.Branch]; ok {
		return anchor
	}
	if l.origin.tracks(l.req.Branch) {
		return l.origin.head
	}
	return ""
}

// id is the Belay-Id of the n-th commit, counted from the newest: a re-run may have other commits below the same ones,
// pulled ones, that fall away.
func (l landing) id(n int) string {
	identity := l.req.Identity
	identity.N += n
	return identity.ID()
}

// replay puts the line on the tip. The outcome has no state when its commits are ready to be pushed.
func (l landing) replay(ctx context.Context, store *objects, line []staged, tip ID) (Outcome, error) {
	o := Outcome{Branch: l.req.Branch, Before: tip, Tip: tip}
	onto := tip.hash()
	for n, own := range line {
		replayed, err := l.replayOne(ctx, store, own, onto, l.id(len(line)-1-n))
		if err != nil {
			return Outcome{}, err
		}
		switch {
		case len(replayed.Conflicts) > 0:
			return l.conflicted(line, tip, replayed.Conflicts), nil
		case replayed.Empty:
			o.Absorbed = append(o.Absorbed, own.Commit)
			continue
		case replayed.SignatureDropped && !l.signs():
			o.Unsigned = append(o.Unsigned, own.Commit)
		case replayed.SignatureDropped:
			o.Resigned = append(o.Resigned, own.Commit)
		}
		onto = replayed.Commit
		o.Structured = append(o.Structured, structuredOf(replayed.Resolved)...)
		c, err := readCommit(store, onto)
		if err != nil {
			return Outcome{}, err
		}
		o.Commits = append(o.Commits, describe(onto, c))
	}
	if len(o.Commits) == 0 {
		o.State = Absorbed
	}
	return o, nil
}

// mark adds the trailers to a message: the run for people and for `belay rollback`, the id for landing exactly once.
func (l landing) mark(id string) func([]byte) []byte {
	return func(message []byte) []byte {
		if run := l.req.Identity.RunID; run != "" {
			message = merge.AddTrailer(message, trailerRun, run)
		}
		return merge.AddTrailer(message, trailerID, id)
	}
}

// replayOne puts one commit on top of another. Where that one has the tree the commit was made on there is nothing to
// merge: then a commit that has to stay as it is does, and any other changes by its trailer and keeps its committer.
func (l landing) replayOne(ctx context.Context, store *objects, own staged, onto plumbing.Hash, id string) (merge.Replayed, error) {
	c, err := readCommit(store, own.Hash.hash())
	if err != nil {
		return merge.Replayed{}, err
	}
	tip, err := readCommit(store, onto)
	if err != nil {
		return merge.Replayed{}, err
	}
	mark := l.mark(id)
	if own.keep && len(c.Parents) == 1 && c.Parents[0] == onto {
		return merge.Replayed{Commit: own.Hash.hash(), Tree: c.Tree}, nil
	}
	if tip.Tree == own.base && !own.keep {
		c.Parents, c.Message = []plumbing.Hash{onto}, mark(c.Message)
		c.Headers = slices.DeleteFunc(c.Headers, merge.Header.Signs) // a revert is signed when it is built
		hash, err := writeObject(store, plumbing.CommitObject, c.Encode())
		if err == nil {
			hash, err = l.sign(store, hash)
		}
		return merge.Replayed{Commit: hash, Tree: c.Tree}, err
	}
	committer := l.req.Committer
	if committer == (Person{}) {
		committer = personOf(c.Committer)
	}
	replayed, err := merge.Replay(store, own.Hash.hash(), onto, merge.ReplayOptions{
		Options: mergeBy(l.req.ByKey, l.arbitrating(ctx)), BaseTree: &own.base, Committer: committer.signature(), Message: mark,
	})
	if err != nil || replayed.Commit.IsZero() {
		return replayed, err
	}
	replayed.SignatureDropped = replayed.SignatureDropped && !l.ownSignature(c)
	replayed.Commit, err = l.sign(store, replayed.Commit)
	return replayed, err
}

// conflicted is the outcome for a line that does not fit on the tip.
func (l landing) conflicted(line []staged, tip ID, list []merge.Conflict) Outcome {
	return Outcome{
		State: Conflicted, Kind: policy.GitConflict, Branch: l.req.Branch, Before: tip, Tip: tip,
		Commits: Change{line: line}.Commits(), Conflicts: conflictsOf(list),
	}
}

func conflictsOf(list []merge.Conflict) []Conflict {
	conflicts := make([]Conflict, len(list))
	for i, c := range list {
		conflicts[i] = Conflict{Path: c.Path, Reason: c.Reason.Explain()}
	}
	return conflicts
}

// rewritten is the outcome for a branch that is gone, or has lost the anchor.
func (l landing) rewritten(anchor, tip ID) Outcome {
	return Outcome{State: Rejected, Kind: policy.GitRewritten, Branch: l.req.Branch, Before: anchor, Tip: tip}
}
