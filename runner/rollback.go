package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// RollbackPrefix begins the name of every branch a rollback makes.
const RollbackPrefix = "belay/rollback/"

// A rollback's outcomes, as the report names them.
const (
	rollbackOpened     = "opened"     // a pull request was opened
	rollbackAdopted    = "adopted"    // an open one was found
	rollbackAlready    = "already"    // the change is taken back already
	rollbackPushed     = "pushed"     // the revert is on the branch itself
	rollbackClosed     = "closed"     // a person closed the pull request and keeps the change: respected
	rollbackSuperseded = "superseded" // a later run of the stage succeeded with the change in it
	rollbackRefused    = "refused"    // it can't be done by itself: nothing was changed
	rollbackFailed     = "failed"     // it should have worked and did not
)

// rollback undoes what this run landed, as one pull request a branch, in each repository. It happens at most once a run, and
// never while nobody knows what landed. One that fails keeps the others from nothing.
func (c *conductor) rollback(ctx context.Context, p progress) progress {
	var all []report.Rollback
	var linked []linkable
	worst := 0 // is the run's
	for _, l := range slices.Backward(p.byBranch()) {
		started := time.Now()
		there, r := c.revertAt(ctx, p, l)
		r.Base, r.Started, r.Ended = l.branch, started, time.Now()
		c.show(report.RollbackEnded{Rollback: r})
		all = append(all, r)
		if !undone(r) {
			worst = len(all) - 1
		}
		if r.Number != 0 && r.Proposed() {
			linked = append(linked, linkable{r, there.job.Forge})
		}
	}
	c.link(ctx, linked)
	p.rollback = &all[worst]
	p.beside = slices.Delete(slices.Clone(all), worst, worst+1)
	return p
}

// revertAt undoes one branch's commits where that branch is.
func (c *conductor) revertAt(ctx context.Context, p progress, l landed) (*conductor, report.Rollback) {
	there, err := c.at(ctx, l.where, c.values(p, nil, 0).Env)
	if err != nil {
		r := report.Rollback{Repository: l.where.Checkout, Reverts: c.linked(l.commits)}
		return c, c.refused(r, rollbackFailed, err)
	}
	r := there.revert(ctx, p, l)
	r.Repository = there.called
	return there, r
}

// linkable is one of several pull requests that belong together.
type linkable struct {
	report.Rollback
	forge Forge
}

// commenter is a forge on which one can comment on a pull request, once for each mark.
type commenter interface {
	Comment(ctx context.Context, number int, c forge.Comment) error
}

// link tells each of several pull requests of the others: whoever merges one should think of the rest. That it can't be
// told is no failure of the rollback.
func (c *conductor) link(ctx context.Context, all []linkable) {
	if len(all) < 2 {
		return
	}
	text := "The run landed on several branches. These pull requests belong together:\n\n"
	for _, r := range all {
		text += fmt.Sprintf("- %s: %s\n", forge.Code(r.Where()), r.URL)
	}
	for _, r := range all {
		forges, ok := r.forge.(commenter)
		if !ok {
			continue
		}
		if err := forges.Comment(ctx, r.Number, forge.Comment{Text: text, Mark: "rollbacks of one run"}); err != nil {
			c.show(report.Noted{Warning: true, Text: c.job.Masks.String(fmt.Sprintf("pull request #%d was not told of the others: %v", r.Number, err))})
		}
	}
}

// undone reports whether a rollback is on its way, done, or a person's decision.
func undone(r report.Rollback) bool {
	return r.Outcome != rollbackRefused && r.Outcome != rollbackFailed
}

// stays reports whether the change is to stay after all, by a person's word or a later run's.
func stays(r report.Rollback) bool {
	return r.Outcome == rollbackClosed || r.Outcome == rollbackSuperseded
}

// revert opens, or finds, the pull request that undoes one branch's commits, where nothing speaks against it.
func (c *conductor) revert(ctx context.Context, p progress, l landed) report.Rollback {
	t, err := c.target(ctx, l)
	r := c.rollbackOf(l, t)
	settings := c.job.Policy.Rollback
	switch age := time.Since(l.at); {
	case err != nil:
		return c.refused(r, rollbackFailed, err)
	case settings.MaxAge > 0 && age > settings.MaxAge:
		return c.refused(r, rollbackRefused, fmt.Errorf("the change landed %s ago, longer than rollback.max-age, %s: others may rely on it by now", age.Round(time.Second), settings.MaxAge))
	case t.superseded:
		r.Outcome = rollbackSuperseded
		r.Message = fmt.Sprintf("a later run of %s succeeded with this change in it, at %s", t.good.Stage, t.good.Commit.Short())
		return r
	}
	return c.takeBack(ctx, p, l, t, r)
}

// rollbackOf is a rollback of which nothing is done yet.
func (c *conductor) rollbackOf(l landed, t target) report.Rollback {
	return report.Rollback{
		Branch: RollbackPrefix + c.rollbackIdentity(l, t).ID(), Reverts: c.linked(l.commits), To: string(t.restoredTo()),
	}
}

// takeBack builds the reverts, and puts them where the policy wants them.
func (c *conductor) takeBack(ctx context.Context, p progress, l landed, t target, r report.Rollback) report.Rollback {
	byPush := c.job.Policy.Rollback.Via == viaPush
	if !byPush {
		if c.job.Forge == nil {
			return c.refused(r, rollbackFailed, c.job.NoForge)
		}
		found, done := c.adopt(ctx, r, l.branch)
		if done {
			return found
		}
		r = found
	}
	reversal, err := c.reverse(ctx, l, t)
	r, done := c.built(r, l, t, reversal, err)
	switch {
	case done:
		return r
	}
	r.Verified = c.verify(ctx, p, reversal.Tip)
	if byPush {
		pushed := c.pushRevert(ctx, l, t, r, reversal)
		if pushed.Kind != policy.GitRejectedProtected || c.job.Forge == nil {
			return pushed
		}
		c.show(report.Noted{Warning: true, Text: l.branch + " is protected against a push: the rollback opens a pull request instead"})
		found, done := c.adopt(ctx, r, l.branch)
		if done {
			return found
		}
	}
	if _, err := c.job.Repository.CreateBranch(ctx, r.Branch, reversal.Tip); err != nil {
		return c.refused(r, rollbackFailed, err)
	}
	r.CompareURL = c.job.Forge.CompareURL(l.branch, r.Branch) // not before there is such a branch
	return c.open(ctx, p, l, t, reversal, r)
}

// built says what came of building the reverts. done means that there is nothing to put anywhere.
func (c *conductor) built(r report.Rollback, l landed, t target, made gitops.Reversal, err error) (_ report.Rollback, done bool) {
	switch {
	case err != nil:
		return c.refused(r, rollbackFailed, err), true
	case len(made.Conflicts) > 0:
		for _, conflict := range made.Conflicts {
			r.Paths = append(r.Paths, conflict.Path)
		}
		for _, later := range made.Later {
			r.Later = append(r.Later, c.linked([]gitops.Commit{later.Commit})...)
		}
		r.Commands = t.byHand(l, made, r.Branch)
		return c.refused(r, rollbackRefused, made.Err()), true
	case made.Tip == "":
		r.Outcome, r.Message = rollbackAlready, "the change is not on the branch any more: somebody reverted it"
		if t.restore {
			r.Message = "the files are as they were in " + t.good.Commit.Short()
		}
		return r, true
	}
	r.Reverts, r.Structured = c.linked(made.Reverted), byKey(made.Structured)
	return r, false
}

// rollbackIdentity is the same whoever wants these commits reverted: two jobs that roll back the same change meet on one
// branch. Once a rollback was merged, or pushed, and a job landed its change anew, those are other commits, which the old
// revert says nothing of.
func (c *conductor) rollbackIdentity(l landed, t target) gitops.Identity {
	id := gitops.Identity{Repo: c.repo(), Branch: l.branch, Step: "rollback", Item: string(t.restoredTo())}
	for _, hash := range slices.Sorted(slices.Values(hashes(l.commits))) {
		id.Item += string(hash)
	}
	return id
}

// adopt looks for a pull request that is there already: an open one is ours, one that a person closed or
// merged is their decision (ClickHouse#109249: a bot that opened a new one each time).
func (c *conductor) adopt(ctx context.Context, r report.Rollback, base string) (report.Rollback, bool) {
	found, err := c.job.Forge.Find(ctx, r.Branch, base)
	if err != nil {
		return c.refused(r, rollbackFailed, err), true
	}
	if c.wish != nil { // a person may ask for what a person closed
		found = slices.DeleteFunc(found, func(pr forge.PullRequest) bool { return pr.State == "closed" })
	}
	for _, pr := range found {
		r.URL, r.Number = pr.URL, pr.Number
		switch pr.State {
		case "open":
			r.Outcome, r.Message = rollbackAdopted, "an open pull request was found"
			return r, true
		case "merged":
			r.Outcome, r.Message = rollbackAlready, fmt.Sprintf("pull request #%d was merged", pr.Number)
			return r, true
		}
		r.Outcome, r.Message = rollbackClosed, fmt.Sprintf("a person closed pull request #%d: belay opens no other", pr.Number)
	}
	return r, len(found) > 0
}

func (c *conductor) open(ctx context.Context, p progress, l landed, t target, made gitops.Reversal, r report.Rollback) report.Rollback {
	settings := c.job.Policy.Rollback
	r.Body = c.rollbackBody(p, l, t, made, r.Verified)
	pr, created, err := c.job.Forge.Open(ctx, forge.NewPullRequest{
		Head: r.Branch, Base: l.branch, Title: c.rollbackTitle(p, l, t), Body: r.Body,
		Labels: settings.Labels, Draft: settings.Draft, Again: c.wish != nil,
	})
	if err != nil {
		if r.CompareURL != "" {
			r.Commands = []string{"open " + shellWord(r.CompareURL)}
		}
		return c.refused(r, rollbackFailed, fmt.Errorf("the branch %s with the revert is pushed, but no pull request could be opened for it: %w", r.Branch, err))
	}
	r.Outcome, r.URL = rollbackOpened, pr.URL
	if !created {
		r.Outcome = rollbackAdopted
	}
	if pr.URL != "" { // a number without a forge is a line in a file
		r.Number = pr.Number
	}
	return c.autoMerge(ctx, r, pr)
}

// autoMerger is a forge that merges a pull request by itself once it may be merged.
type autoMerger interface {
	AutoMerge(ctx context.Context, number int, m forge.Merge) (forge.PullRequest, error)
}

// autoMerge turns on the forge's auto-merge where the policy asks for it and nothing that was to be verified failed. That
// it could not be turned on leaves a pull request for a person to merge, and is no failure of the rollback.
func (c *conductor) autoMerge(ctx context.Context, r report.Rollback, pr forge.PullRequest) report.Rollback {
	if !c.job.Policy.Rollback.AutoMerge || pr.State != "open" {
		return r
	}
	if unverified(r.Verified) {
		r.Message = "auto-merge stays off: the verification failed"
		return r
	}
	if pr.Draft {
		r.Message = "auto-merge stays off: a draft is not meant to be merged"
		return r
	}
	forges, ok := c.job.Forge.(autoMerger)
	if !ok {
		r.Message = "auto-merge stays off: there is no forge that could do it"
		return r
	}
	merged, err := mergedByItself(ctx, forges, pr, "")
	if err != nil {
		r.Message = c.job.Masks.String(fmt.Sprintf("auto-merge could not be turned on: %v", err))
		c.show(report.Noted{Warning: true, Text: r.Message})
		return r
	}
	r.AutoMerge, r.Merged = merged.AutoMerge, merged.State == "merged"
	return r
}

// kindOf reads an error's kind; an error without one is the engine's own and has none.
func kindOf(err error) policy.Kind {
	var kinded interface{ Kind() policy.Kind }
	if errors.As(err, &kinded) {
		return kinded.Kind()
	}
	return ""
}

// refused is a rollback that did not happen, and why.
func (c *conductor) refused(r report.Rollback, outcome string, err error) report.Rollback {
	r.Outcome, r.Kind, r.Message = outcome, kindOf(err), c.job.Masks.String(err.Error())
	return r
}

func hashes(commits []gitops.Commit) []gitops.ID {
	var ids []gitops.ID
	for _, commit := range commits {
		ids = append(ids, commit.Hash)
	}
	return ids
}
