package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/report"
)

// RevertPrefix begins the name of every branch the revert step makes.
const RevertPrefix = "belay/revert/"

// revertStep takes commits back where the user says so; a rollback does where the policy says so. The engine is one.
func revertStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name: "revert",
			Means: "Takes commits back, newest first, each one merged onto the tip as it is now: what came later stays. As a pull request, or on the branch itself. " +
				"What was taken back already is left out. Where later commits touch the same lines, nothing is done: that is a failure of the kind rollback.conflict.",
			With: append([]source.Key{
				{Name: "branch", Type: source.TypeText, Valid: wrongBranch, Example: "main", Means: "The branch they are on. Default: the branch the run was started from."},
				{Name: "commits", Type: source.TypeWords, Example: "[${{ inputs.bad }}]", Means: "The commits, by their hash or its first digits. Default: what this run has landed on the branch."},
				{Name: "via", Type: source.TypeEnum, Enum: []string{"pull-request", viaPush}, Default: "pull-request", Means: "Whether to propose the reverts or to land them."},
			}, proposalKeys()...),
			Outputs: append([]spec.Output{
				{Name: "outcome", Means: "`opened`, `adopted`, `merged` or `closed` (the pull request), `pushed`, or `already` (nothing is left to take back)"},
				{Name: "branch", Means: "the branch they are on"},
				{Name: "reverts", Means: "how many commits are taken back"},
			}, pullOutputs()...),
		},
		do: atCheckout((*conductor).revertStep),
	}
}

func (c *conductor) revertStep(ctx context.Context, k call) execution {
	n, auto, err := c.proposal(k)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	via := word(k.with["via"])
	switch {
	case c.job.Repository == nil:
		return failedExecution(notStarted(fmt.Errorf("revert: %w", c.job.NoRepository)))
	case via != viaPush && c.job.Forge == nil:
		return failedExecution(notStarted(fmt.Errorf("revert: %w", c.job.NoForge)))
	}
	n.Base = text(k.with["branch"])
	if n.Base == "" {
		n.Base = c.job.Facts.Branch
	}
	if n.Base == "" {
		return failedExecution(notStarted(errors.New("revert: on which branch? The run was not started from one: name it with `branch`")))
	}
	if err := gitops.CheckBranchName(n.Base); err != nil {
		return failedExecution(notStarted(fmt.Errorf("revert: `branch`: %w", err)))
	}
	commits, err := c.toRevert(ctx, k, n.Base)
	if err != nil {
		return failedExecution(gitFailure(err))
	}
	id := c.revertIdentity(n.Base, commits)
	if via != viaPush {
		head, asked, err := c.revertHead(ctx, n.Base, id, commits)
		if err != nil {
			return forgeFailure(err)
		}
		n.Head = head
		if asked {
			return c.reverted(c.opened(ctx, k, n, auto), n.Base, len(commits))
		}
		if asks, ok := c.job.Forge.(allower); ok {
			if err := asks.MayOpen(ctx, n.Base); err != nil {
				return forgeFailure(fmt.Errorf("nothing was pushed: %w", err))
			}
		}
	}
	reversal, err := c.reversal(ctx, n.Base, commits)
	switch {
	case err != nil:
		return failedExecution(gitFailure(err))
	case reversal.Tip == "":
		var e execution
		e.effects.Outputs = map[string]string{"outcome": rollbackAlready}
		c.note(k, false, "nothing is left to take back on %s", n.Base)
		return c.reverted(e, n.Base, 0)
	case via == viaPush:
		return c.reverted(c.landReverts(ctx, k, id, reversal), n.Base, len(reversal.Reverts))
	}
	if text(k.with["title"]) == "" {
		n.Title = forge.Title(c.public(k.progress)(reversal.Reverts[len(reversal.Reverts)-1].Subject))
	}
	if n.Body == "" {
		n.Body = forge.Cut(c.revertBody(k, reversal), c.job.Forge.MaxBody())
	}
	if _, err := c.job.Repository.CreateBranch(ctx, n.Head, reversal.Tip); err != nil {
		return failedExecution(gitFailure(err))
	}
	return c.reverted(c.opened(ctx, k, n, auto), n.Base, len(reversal.Reverts))
}

// toRevert names the commits: those that are asked for, else what this run landed on the branch.
func (c *conductor) toRevert(ctx context.Context, k call, branch string) ([]gitops.ID, error) {
	var ids []gitops.ID
	for _, given := range texts(k.with["commits"]) {
		commit, err := c.job.Repository.FindCommit(ctx, branch, strings.TrimSpace(given))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, commit.Hash) {
			ids = append(ids, commit.Hash)
		}
	}
	if k.with["commits"] == nil {
		for _, l := range k.progress.byBranch() {
			if l.where == c.where && l.branch == branch {
				ids = hashes(l.commits)
			}
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("revert: which commits? This run has landed nothing on %s: name them with `commits`", branch)
	}
	return ids, nil
}

// reversal builds the reverts.
func (c *conductor) reversal(ctx context.Context, branch string, commits []gitops.ID) (gitops.Reversal, error) {
	made, err := c.job.Repository.Revert(ctx, gitops.RevertRequest{Branch: branch, Commits: commits, Author: belayPerson(), ByKey: c.job.Policy.Land.StructuredMerge})
	if err == nil {
		err = made.Err()
	}
	return made, err
}

// revertIdentity is the same whoever wants these commits taken back: two runs that do meet on one branch.
func (c *conductor) revertIdentity(branch string, commits []gitops.ID) gitops.Identity {
	id := gitops.Identity{Repo: c.repo(), Branch: branch, Step: "revert"}
	for _, hash := range slices.Sorted(slices.Values(commits)) {
		id.Item += string(hash)
	}
	return id
}

// revertHead names the branch of the pull request, and says whether there has been one: what is open is not made again, and what
// a person closed does not come back. After one that was merged there is a next one where its commits are on the branch again.
func (c *conductor) revertHead(ctx context.Context, base string, id gitops.Identity, commits []gitops.ID) (head string, asked bool, err error) {
	for ; ; id.N++ {
		head = RevertPrefix + id.ID()
		found, err := c.job.Forge.Find(ctx, head, base)
		if err != nil || len(found) == 0 {
			return head, false, err
		}
		if slices.ContainsFunc(found, func(pr forge.PullRequest) bool { return pr.State != "merged" }) {
			return head, true, nil
		}
		if made, err := c.reversal(ctx, base, commits); err != nil || made.Tip == "" {
			return head, true, nil // what is in the way of another one does not matter: this one was merged
		}
	}
}

// landReverts puts the reverts on the branch itself, as a land step lands a change. They are not the run's to roll back.
func (c *conductor) landReverts(ctx context.Context, k call, id gitops.Identity, reversal gitops.Reversal) execution {
	l := landing{branch: reversal.Branch, change: reversal.Change(), request: gitops.LandRequest{
		ByKey:  c.job.Policy.Land.StructuredMerge,
		Branch: reversal.Branch, Identity: id, Since: gitops.ID(c.job.Facts.Commit), Earlier: c.job.Facts.Earlier, Committer: belayPerson(),
	}, report: report.Landing{Step: k.row.Ref(), Branch: reversal.Branch, Remote: c.job.Facts.RemoteURL, Started: time.Now()}}
	out, err := c.race(ctx, k.row, &l)
	if err != nil {
		return c.notLanded(l, out, err)
	}
	e := c.landed(l, out)
	e.commits = nil
	e.effects.Outputs["outcome"] = rollbackPushed
	return e
}

// reverted adds to a success what is told of every revert.
func (c *conductor) reverted(e execution, branch string, n int) execution {
	if e.failure == nil {
		e.effects.Outputs["branch"], e.effects.Outputs["reverts"] = branch, fmt.Sprint(n)
	}
	return e
}

// revertBody says what is taken back, and what stays on top.
func (c *conductor) revertBody(k call, reversal gitops.Reversal) string {
	public := c.public(k.progress)
	var b strings.Builder
	b.WriteString("This pull request takes back what these commits did, nothing else:\n\n")
	for _, commit := range reversal.Reverted {
		fmt.Fprintf(&b, "- %s %s\n", commit.Hash, forge.Text(public(commit.Subject)))
	}
	if len(reversal.Later) > 0 {
		b.WriteString("\n### Later commits on the same files\n\nThey stay. Look whether they need what is reverted.\n\n")
	}
	for _, commit := range reversal.Later {
		fmt.Fprintf(&b, "- %s %s\n", commit.Hash, forge.Text(public(commit.Subject)))
	}
	if c.run.URL != "" {
		fmt.Fprintf(&b, "\nAsked for by the step %s of %s\n", forge.Code(k.step.ID), c.run.URL)
	}
	return b.String()
}
