package gitops

import (
	"context"

	"github.com/belay-ci/belay/policy"
)

// LandRequest says where a change goes and under whose name.
type LandRequest struct {
	Branch      string   // without refs/heads/
	Identity    Identity // its Branch is set from Branch, its N is the newest commit's number
	Since       ID       // the commit the run was started for, the same over all its attempts; empty: the checkout's HEAD at the start
	Earlier     bool     // Since may be later than an earlier attempt of the run: what that landed is looked for among the branch's newest thousand commits
	Queue       *Queue   // who lands each other's changes; nil: nobody does. A try may then leave the push to another run, see Outcome.Turn
	Reread      bool     // the branch is likely to have moved since it was last read, if it was
	Look        bool     // the branch is read once more before the push, which is left out where it moved on: a race lost for less
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
	again := l.lookAgain(ctx)
	defer again.end()
	made, history, err := l.prepare(ctx, line)
	if !l.looked[branch] && (err != nil || made.State != "" && made.State != Empty) {
		// The tip is what a refusal told, or what an earlier landing left. That is good enough to push to, and for nothing else.
		delete(l.tips, branch)
		again = nil
		made, history, err = l.prepare(ctx, line)
	}
	switch {
	case err != nil || made.State != "":
		return made, err
	case l.joins():
		l.queue.waited[l.ownEntry()]++
		made.Turn = l.turn()
		return raced(made), nil
	case l.movedOn(again, made):
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

// rewritten is the outcome for a branch that is gone, or has lost the anchor.
func (l landing) rewritten(anchor, tip ID) Outcome {
	return Outcome{State: Rejected, Kind: policy.GitRewritten, Branch: l.req.Branch, Before: anchor, Tip: tip}
}
