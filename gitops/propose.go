package gitops

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/belay-ci/belay/policy"
)

// ProposeRequest says on which branch a change is proposed, and to which.
type ProposeRequest struct {
	LandRequest        // Branch is the one that is made for the change
	Base        string // the branch that is to take it
	As          string // the branch whose Belay-Ids the commits carry, so that Land knows them there once they are merged; empty: Branch
}

// Propose tries once to make a branch that holds the tip of Base and the change on top of it, nothing else. What an
// earlier run proposed there is replaced, if belay made all of it; where somebody else committed to the branch, the
// change goes on top, as with Land. The branch is moved in one step, from where it was read to be.
//
// The outcomes are those of Land. Absorbed also says that Base has the change, perhaps because it was proposed before and
// merged since; AlreadyLanded also that the branch holds just these files. Errors are *Error, and mean that nothing was pushed.
func (r *Repo) Propose(ctx context.Context, change Change, req ProposeRequest) (Outcome, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	req.Identity.Branch = cmp.Or(req.As, req.Branch)
	p := proposing{landing{Repo: r, req: req.LandRequest}, req.Base}
	outcome, err := p.try(ctx, change.line)
	p.endUpload(ctx, outcome)
	if err != nil {
		delete(r.tips, req.Branch)
		return Outcome{}, failed("propose on "+req.Branch, err)
	}
	if outcome.Good() {
		r.took(change)
	}
	return outcome, nil
}

// proposing is one try.
type proposing struct {
	landing
	base string
}

func (p proposing) try(ctx context.Context, line []staged) (Outcome, error) {
	branch := p.req.Branch
	base, err := p.readTip(ctx, p.base)
	if err != nil {
		return Outcome{}, err
	}
	if base == "" {
		return Outcome{}, &Error{Reason: policy.GitRewritten, Message: fmt.Sprintf("the branch %s does not exist on the server", p.base)}
	}
	head, err := p.readTip(ctx, branch)
	if err != nil {
		return Outcome{}, err
	}
	merged, err := p.historySinceStart(ctx, "", base)
	if err != nil {
		return Outcome{}, err
	}
	_, found := p.lookUp(merged, line)
	if len(found) == 0 && p.req.Earlier {
		if _, _, found, err = p.lookEarlier(ctx, merged, p.base, line); err != nil {
			return Outcome{}, err
		}
	}
	if len(found) > 0 {
		return Outcome{State: Absorbed, Branch: branch, Before: base, Tip: head, Absorbed: found}, nil
	}
	proposed := (&span{since: base.hash()}).at(base.hash())
	if head != "" {
		s, err := p.historyTo(ctx, base, head, commitsAlone)
		if err != nil {
			return Outcome{}, err
		}
		proposed = s.at(head.hash())
	}
	rest, found := p.lookUp(proposed, line)
	switch {
	case len(found) > 0:
		return Outcome{State: AlreadyLanded, Branch: branch, Before: proposed.parent(found[0]), Tip: head, Commits: found}, nil
	case len(rest) == 0:
		return Outcome{State: Empty, Branch: branch, Before: base, Tip: head}, nil
	case proposed.foreign():
		return p.landing.try(ctx, rest)
	}
	if err := p.fetchWhole(ctx, base); err != nil {
		return Outcome{}, err
	}
	made, err := p.integrate(ctx, p.fetching(ctx), rest, base)
	if err != nil || made.State != "" {
		made.Tip = head
		return made, err
	}
	tip := made.Commits[len(made.Commits)-1]
	if same, err := p.sameFiles(tip.Hash, proposed, head); same || err != nil {
		c := proposed.commits[head.hash()]
		return Outcome{State: AlreadyLanded, Branch: branch, Before: base, Tip: head, Commits: []Commit{describe(head.hash(), c)}}, err
	}
	if made, err = p.byForge(ctx, rest, made); err != nil || made.State != "" {
		made.Tip = head
		return made, err
	}
	return p.move(ctx, made, head, made.Commits[len(made.Commits)-1].Hash)
}

// foreign reports whether somebody else than belay committed to the branch.
func (v view) foreign() bool {
	for hash := range v.on {
		if len(v.commits[hash].Trailer(trailerID)) == 0 {
			return true
		}
	}
	return false
}

// sameFiles reports whether the branch holds, on the same base, the files that a new commit would put there.
func (p proposing) sameFiles(made ID, proposed view, head ID) (bool, error) {
	c, err := readCommit(p.store, made.hash())
	if err != nil || head == "" || len(proposed.on) == 0 {
		return false, err
	}
	return proposed.commits[head.hash()].Tree == c.Tree && proposed.reaches(proposed.since), nil
}

// move sends the commits and moves the branch from head, which is empty where there is none yet.
func (p proposing) move(ctx context.Context, made Outcome, head, to ID) (Outcome, error) {
	sent, err := p.send(ctx, made.Branch, head, to, alongside{options: p.req.PushOptions})
	if err != nil {
		return Outcome{}, err
	}
	if sent.reached {
		made.Pushes = 1
	}
	made.ServerText = sent.words()
	tip, err := p.readTip(ctx, made.Branch)
	made.Tip = tip
	switch {
	case err != nil && !sent.reached:
		return refused(made, sent), nil
	case err != nil:
		return p.unknown(made, sent, err), nil
	case tip == to:
		made.State = Landed
		return made, nil
	case tip == head && sent.done:
		return p.unknown(made, sent, errors.New("the server took the push, and shows the branch where it was")), nil
	case tip == head:
		return refused(made, sent), nil
	}
	made.State, made.Kind, made.Again = Raced, policy.GitRace, true // also a branch that was deleted meanwhile is made again
	return made, nil
}
