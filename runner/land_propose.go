package runner

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// LandPrefix begins the name of a branch that holds a change a protected branch did not take.
const LandPrefix = "belay/land/"

// proposedOutcome is the outcome of a landing whose change waits in a pull request.
const proposedOutcome = "proposed"

// What `on-protected` may say.
const (
	protectedFails    = "fail"
	protectedProposes = "pull-request"
)

// landByProposal opens a pull request for what a protected branch refused. Its commits carry the ids of the landing, so that a
// re-run of the job finds them on the branch once a person has merged it, and an open pull request before that. One
// that a person closed is their decision.
func (c *conductor) landByProposal(ctx context.Context, k call, l landing, refused gitops.Outcome, why error) execution {
	fail := func(err error) execution {
		e := c.notLanded(l, refused, why)
		e.failure.Kind = kindOf(err)
		e.failure.Message = c.job.Masks.String(fmt.Sprintf("%s is protected, and the change could not be proposed instead: %v", l.branch, err))
		e.landing.Kind, e.landing.Message = e.failure.Kind, e.failure.Message
		return e
	}
	if c.job.Forge == nil {
		return fail(c.job.NoForge)
	}
	n := c.landProposal(k, l, refused)
	again, err := c.mayPropose(ctx, n)
	if err != nil {
		return fail(err)
	}
	n.Again = again
	back := l
	back.base, back.as, back.branch = l.branch, l.branch, n.Head
	back.request.Branch, back.request.Tags = n.Head, nil
	out, err := c.race(ctx, k.row, &back)
	l.report.Pushes = back.report.Pushes
	switch {
	case err != nil:
		return fail(err)
	case out.State == gitops.Empty || out.State == gitops.Absorbed:
		return c.landed(l, out)
	}
	pr, _, err := c.job.Forge.Open(ctx, n)
	if err != nil {
		return fail(fmt.Errorf("the branch %s is pushed, but no pull request could be opened for it: %w %s", n.Head, err, c.job.Forge.CompareURL(n.Base, n.Head)))
	}
	if len(l.request.Tags) > 0 {
		c.note(k, true, "no tag was made, because nothing landed yet")
	}
	c.tellLost(back, out)
	return c.proposed(l, out, pr)
}

// mayPropose says whether a pull request may be opened, and whether that is to be another one, since an earlier one was merged
// and what it brought was taken back.
func (c *conductor) mayPropose(ctx context.Context, n forge.NewPullRequest) (again bool, err error) {
	if asks, ok := c.job.Forge.(allower); ok {
		if err := asks.MayOpen(ctx, n.Base); err != nil {
			return false, fmt.Errorf("nothing was pushed: %w", err)
		}
	}
	before, err := c.lastWord(ctx, n, true)
	if err != nil || before == nil {
		return false, err
	}
	if before.State == "closed" {
		return false, &gitops.Error{Op: "propose to " + n.Base, Reason: policy.ForgeClosed, Message: fmt.Sprintf("a person closed pull request #%d with this change, and belay opens no other", before.Number)}
	}
	return true, nil
}

// landProposal is the pull request: what it is, why it is there, and what merging it does.
func (c *conductor) landProposal(k call, l landing, refused gitops.Outcome) forge.NewPullRequest {
	public := c.public(k.progress)
	commits := l.change.Commits()
	var b strings.Builder
	fmt.Fprintf(&b, "%s is protected against a push, so belay could not land this change by itself.\n\n", forge.Code(l.branch))
	if refused.ServerText != "" {
		fmt.Fprintf(&b, "The server said:\n\n%s\n\n", forge.Block(public(refused.ServerText)))
	}
	if c.run.URL != "" {
		fmt.Fprintf(&b, "Run: %s\n\n", c.run.URL)
	}
	for _, commit := range commits {
		fmt.Fprintf(&b, "- %s\n", forge.Text(public(commit.Subject)))
	}
	b.WriteString("\nMerging it lands the change; a re-run of the job then finds it. Closing it is an answer too: belay opens no other one for this run.\n")
	title := "belay: " + l.branch
	if n := len(commits); n > 0 {
		title = commits[n-1].Subject
	}
	identity := l.request.Identity
	identity.Branch = l.branch
	return forge.NewPullRequest{
		Head: LandPrefix + identity.ID(), Base: l.branch, Title: forge.Title(public(title)), Body: forge.Cut(b.String(), c.job.Forge.MaxBody()),
	}
}

// proposed is a success that has landed nothing yet.
func (c *conductor) proposed(l landing, out gitops.Outcome, pr forge.PullRequest) execution {
	l.report.Outcome, l.report.Before, l.report.Ended = proposedOutcome, string(out.Before), time.Now()
	l.report.Pull = &report.Pull{Number: pr.Number, URL: pr.URL, Branch: pr.Head}
	e := execution{landing: &l.report}
	e.effects.Outputs = map[string]string{
		"outcome": proposedOutcome, "branch": l.branch, "landed": "false", "number": strconv.Itoa(pr.Number), "head": pr.Head,
	}
	if pr.URL != "" {
		e.effects.Outputs["url"] = pr.URL
	}
	if c.called != "" {
		e.effects.Outputs["repository"] = c.called
	}
	return e
}
