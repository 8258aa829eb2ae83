package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// landStep puts what changed on a branch.
func landStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "land",
			Means: "Commits what changed under `paths` (and takes commits the steps made themselves), and puts it on the tip of the branch, exactly once, whatever other jobs push meanwhile.",
			With:  landKeys(),
			Outputs: []spec.Output{
				{Name: "outcome", Means: "`landed`, `already-landed` (an earlier attempt did it), `absorbed` (others made the same change), `empty` (nothing had changed) or `proposed` (a pull request waits, see `on-protected`)"},
				{Name: "branch", Means: "the branch; with `targets`, the last one with commits of this run"},
				{Name: "repository", Means: "that branch's repository; not set where it is the run's own"},
				{Name: "targets", Means: "with `targets`: the outputs for each, as JSON by branch (`acme/deploy main` for another repository's); `outcome` is then `mixed` where they differ"},
				{Name: "landed", Means: "whether this run has commits on the branch: true or false"},
				{Name: "sha", Means: "the last of those commits; not set when there is none"},
				{Name: "number", Means: "the pull request's number; set when it is `proposed`"},
				{Name: "url", Means: "its page"},
				{Name: "head", Means: "the branch it comes from"},
				{Name: "tags", Means: "the tags that are on it, separated by spaces; not set when there is none"},
			},
		},
		do: (*conductor).land,
	}
}

// landing is one land step under way: what it was asked, and what it has cost so far.
type landing struct {
	branch  string
	base    string // a pull request's: the change is proposed to it, on a branch of its own
	as      string // the branch whose ids its commits carry; empty: its own
	change  gitops.Change
	request gitops.LandRequest
	report  report.Landing
}

// where is the branch as people are told of it.
func (l landing) where() string {
	return report.Landing{Repository: l.report.Repository, Branch: l.branch}.Where()
}

// land stages what changed and lands it. A lost race is not a failure: it is tried again by the policy's
// `land` settings. Everything else is, and the step's routes decide. A change that is empty is looked up too:
// an earlier attempt of the run may have landed it, and then it is this run's to roll back.
func (c *conductor) land(ctx context.Context, k call) execution {
	// Items that run at the same time land one after the other: what one has landed is not staged by the next again.
	select {
	case c.landing <- struct{}{}:
		defer func() { <-c.landing }()
	case <-ctx.Done():
		return cancelledExecution()
	}
	several, err := targets(k)
	switch {
	case err != nil:
		return failedExecution(notStarted(err))
	case several != nil:
		return c.landTargets(ctx, k, several)
	}
	there, err := c.placeOf(ctx, k)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	l, err := there.stage(ctx, k)
	if err != nil {
		return failedExecution(gitFailure(err))
	}
	return there.landOne(ctx, k, l)
}

// placeOf is the conductor at the repository that a step lands on.
func (c *conductor) placeOf(ctx context.Context, k call) (*conductor, error) {
	there, err := c.at(ctx, k.elsewhere(), k.env)
	switch {
	case err != nil:
		return nil, fmt.Errorf("land: %w", err)
	case there.job.Repository == nil:
		return nil, fmt.Errorf("land: %w", c.job.NoRepository)
	}
	return there, nil
}

// landOne lands what was staged for one branch.
func (c *conductor) landOne(ctx context.Context, k call, l landing) execution {
	e := c.landStaged(ctx, k, l)
	e.where = c.where
	return e
}

func (c *conductor) landStaged(ctx context.Context, k call, l landing) execution {
	outcome, err := c.race(ctx, k.row, &l)
	if err != nil && outcome.Kind == policy.GitRejectedProtected && word(k.with["on-protected"]) == protectedProposes {
		return c.landByProposal(ctx, k, l, outcome, err)
	}
	if err != nil {
		return c.notLanded(l, outcome, err)
	}
	e := c.landed(l, outcome)
	if k.with["paths"] != nil {
		e.paths = paths(k.with["paths"])
	}
	return e
}

// stage makes commits in belay's own store of what the steps changed.
func (c *conductor) stage(ctx context.Context, k call) (landing, error) {
	branch := text(k.with["branch"])
	if branch == "" {
		branch = c.job.Facts.Branch
	}
	if branch == "" {
		return landing{}, errors.New("land: which branch? The run was not started from one: name it with `branch`")
	}
	if err := gitops.CheckBranchName(branch); err != nil {
		return landing{}, fmt.Errorf("land: `branch`: %w", err)
	}
	message := text(k.with["message"])
	if message == "" {
		message = c.run.Name
	}
	if message == "" {
		message = "belay: " + k.step.ID
	}
	l := landing{branch: branch, report: report.Landing{
		Step: k.row.Ref(), Repository: c.called, Branch: branch, Remote: c.job.Facts.RemoteURL, Started: time.Now(),
	}}
	author, err := c.author(ctx, text(k.with["author"]))
	if err != nil {
		return landing{}, err
	}
	change, err := c.job.Repository.Stage(ctx, gitops.StageRequest{
		Paths: paths(k.with["paths"]), Message: message, Author: author, Branch: branch, Queue: c.queue() != nil,
	})
	if err != nil {
		return landing{}, err
	}
	l.change = change
	l.request = gitops.LandRequest{
		Branch: branch, Identity: c.identity(k.step.ID, branch), Since: gitops.ID(c.job.Facts.Commit), Earlier: c.job.Facts.Earlier, Committer: author,
		Queue: c.queue(), ByKey: c.job.Policy.Land.StructuredMerge,
	}
	l.request, err = c.asked(l.request, k.with)
	return l, err
}

// flightTime is how long a push that is under way may go on after a cancellation: cutting it would leave
// nobody knowing whether it landed.
const flightTime = 3 * time.Second

// landed reports a change that is on the branch, or needs not be.
func (c *conductor) landed(l landing, out gitops.Outcome) execution {
	l.report.Outcome, l.report.Before, l.report.Ended = string(out.State), string(out.Before), time.Now()
	l.report.Tip = string(out.Tip)
	l.report.Commits = c.linked(out.Commits)
	l.report.Structured = byKey(out.Structured)
	e := execution{landing: &l.report}
	if out.Differs {
		c.show(report.Noted{Warning: true, Text: fmt.Sprintf("%s found on %s what it landed before, and left it at that, although its change is another one now. "+
			"If this is a second belay run of the same job, give it inputs, a steps file or a --run-id of its own", l.report.Step, l.where())})
	}
	c.tellLost(l, out)
	if out.State == gitops.Landed || out.State == gitops.AlreadyLanded {
		e.commits = out.Commits
	}
	e.effects.Outputs = map[string]string{
		"outcome": l.report.Outcome, "branch": l.branch, "landed": fmt.Sprint(len(out.Commits) > 0),
	}
	if c.called != "" {
		e.effects.Outputs["repository"] = c.called
	}
	if n := len(out.Commits); n > 0 {
		e.effects.Outputs["sha"] = string(out.Commits[n-1].Hash)
	}
	if len(out.Tags) > 0 {
		e.effects.Outputs["tags"] = strings.Join(out.Tags, " ")
	}
	return e
}

// byKey lists the files that were merged key by key.
func byKey(list []gitops.Structured) []report.Structured {
	var all []report.Structured
	for _, s := range list {
		all = append(all, report.Structured{Path: s.Path, Keys: s.Keys})
	}
	return all
}

// notLanded reports a landing that failed, or that nobody knows of.
func (c *conductor) notLanded(l landing, out gitops.Outcome, err error) execution {
	f := gitFailure(err)
	if out.State == gitops.Raced {
		f.Message = fmt.Sprintf("lost %d races for %s in a row", l.report.RacesLost, l.branch)
	}
	if c.called != "" {
		f.Message = c.called + ": " + f.Message
	}
	f.Message = c.job.Masks.String(f.Message)
	l.report.Outcome, l.report.Kind, l.report.Message, l.report.Ended = string(out.State), f.Kind, f.Message, time.Now()
	for _, conflict := range out.Conflicts {
		l.report.Paths = append(l.report.Paths, conflict.Path)
	}
	e := execution{failure: &f, landing: &l.report}
	if out.State == gitops.AlreadyLanded { // a tag it lacks could not be made
		l.report.Before, l.report.Tip, l.report.Commits = string(out.Before), string(out.Tip), c.linked(out.Commits)
		e.commits = out.Commits
	}
	return e
}

// gitFailure is a failure of git's, as the policy sees it.
func gitFailure(err error) policy.Failure {
	f := policy.Failure{Kind: kindOf(err), Message: err.Error(), ExitCode: -1}
	if f.Kind == "" {
		f.Kind = policy.StepStart
	}
	var failed *gitops.Error
	if errors.As(err, &failed) {
		f.RetryAfter = failed.RetryAfter
	}
	return f
}

// identity is what makes a landing exactly-once: the same for every attempt and re-run of the job.
func (c *conductor) identity(step, branch string) gitops.Identity {
	f := c.job.Facts
	id := gitops.Identity{
		Repo: strings.TrimSpace(c.home + " " + c.repo()), Branch: branch, RunID: f.RunID, Job: f.Job, Matrix: f.Matrix,
		Step: c.job.Key + "#" + c.in.Rows + step,
	}
	if c.item != nil {
		id.Item = c.item.Name
	}
	return id
}

// repo names the repository in identities.
func (c *conductor) repo() string { return cmp.Or(c.job.Facts.Repository, c.job.Facts.RemoteURL) }

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// paths reads a list, or one path; without any, everything counts.
func paths(v any) []string {
	var list []string
	switch v := v.(type) {
	case string:
		list = append(list, v)
	case []any:
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
	default:
		list = []string{"."}
	}
	return list
}
