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

// rollback undoes what this run landed, as one pull request a branch. It happens at most once a run, and
// never while nobody knows what landed.
func (c *conductor) rollback(ctx context.Context, p progress) progress {
	for _, l := range slices.Backward(p.byBranch()) {
		r := c.revert(ctx, p, l)
		c.show(report.RollbackEnded{Rollback: r})
		if p.rollback == nil || !undone(r) { // the worst is the run's
			p.rollback = &r
		}
	}
	return p
}

// undone reports whether a rollback is on its way, done, or a person's decision.
func undone(r report.Rollback) bool {
	return r.Outcome != rollbackRefused && r.Outcome != rollbackFailed
}

// stays reports whether the change is to stay after all, by a person's word or a later run's.
func stays(r report.Rollback) bool {
	return r.Outcome == rollbackClosed || r.Outcome == rollbackSuperseded
}

// revert opens, or finds, the pull request that undoes one branch's commits.
func (c *conductor) revert(ctx context.Context, p progress, l landed) report.Rollback {
	r := report.Rollback{Branch: RollbackPrefix + c.rollbackIdentity(l).ID(), Reverts: c.linked(l.commits)}
	settings := c.job.Policy.Rollback
	if age := time.Since(l.at); settings.MaxAge > 0 && age > settings.MaxAge {
		return c.refused(r, rollbackRefused, fmt.Errorf("the change landed %s ago, longer than rollback.max-age, %s: others may rely on it by now", age.Round(time.Second), settings.MaxAge))
	}
	if settings.Via != viaPush {
		if c.job.Forge == nil {
			return c.refused(r, rollbackFailed, c.job.NoForge)
		}
		if found, done := c.adopt(ctx, r, l.branch); done {
			return found
		}
	}
	target, err := c.target(ctx, l)
	if err != nil {
		return c.refused(r, rollbackFailed, err)
	}
	if target.superseded {
		r.Outcome = rollbackSuperseded
		r.Message = fmt.Sprintf("a later run of %s succeeded with this change in it, at %s", target.good.Stage, target.good.Commit.Short())
		return r
	}
	reversal, err := c.reverse(ctx, l, target)
	switch {
	case err != nil:
		return c.refused(r, rollbackFailed, err)
	case len(reversal.Conflicts) > 0:
		for _, conflict := range reversal.Conflicts {
			r.Paths = append(r.Paths, conflict.Path)
		}
		for _, later := range reversal.Later {
			r.Later = append(r.Later, c.linked([]gitops.Commit{later.Commit})...)
		}
		r.Commands = byHand(l, r.Branch)
		return c.refused(r, rollbackRefused, reversal.Err())
	case reversal.Tip == "":
		r.Outcome, r.Message = rollbackAlready, "the change is not on the branch any more: somebody reverted it"
		return r
	}
	r.To = string(target.restoredTo())
	r.Reverts = c.linked(reversal.Reverted)
	if settings.Via == viaPush {
		return c.pushRevert(ctx, l, r, reversal)
	}
	if _, err := c.job.Repository.CreateBranch(ctx, r.Branch, reversal.Tip); err != nil {
		return c.refused(r, rollbackFailed, err)
	}
	r.CompareURL = c.job.Forge.CompareURL(l.branch, r.Branch) // not before there is such a branch
	return c.open(ctx, p, l, target, reversal, r)
}

// rollbackIdentity is the same whenever these commits are to be reverted, also by a re-run of the job. Once a rollback was
// merged, or pushed, and the job landed its change anew, those are other commits, which the old revert says nothing of.
func (c *conductor) rollbackIdentity(l landed) gitops.Identity {
	id := c.identity("rollback", l.branch)
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
	r.Body = c.rollbackBody(p, l, t, made)
	pr, created, err := c.job.Forge.Open(ctx, forge.NewPullRequest{
		Head: r.Branch, Base: l.branch, Title: c.rollbackTitle(p, l, t), Body: r.Body,
		Labels: settings.Labels, Draft: settings.Draft,
	})
	if err != nil {
		r.Commands = []string{"open " + r.CompareURL}
		return c.refused(r, rollbackFailed, fmt.Errorf("the branch %s with the revert is pushed, but no pull request could be opened for it: %w", r.Branch, err))
	}
	r.Outcome, r.URL = rollbackOpened, pr.URL
	if !created {
		r.Outcome = rollbackAdopted
	}
	if pr.URL != "" { // a number without a forge is a line in a file
		r.Number = pr.Number
	}
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

// byHand is what a person can type to revert what belay could not.
func byHand(l landed, branch string) []string {
	lines := []string{"git fetch origin " + l.branch, "git switch -c " + branch + " FETCH_HEAD"}
	for _, commit := range slices.Backward(l.commits) {
		lines = append(lines, "git revert "+string(commit.Hash))
	}
	return append(lines, "git push origin "+branch)
}

func hashes(commits []gitops.Commit) []gitops.ID {
	var ids []gitops.ID
	for _, commit := range commits {
		ids = append(ids, commit.Hash)
	}
	return ids
}
