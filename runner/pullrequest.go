package runner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Powers that a forge may have beside those of [Forge]. A step asks for the ones it needs.
type (
	// getter reads one pull request, with its readiness.
	getter interface {
		Get(ctx context.Context, number int) (forge.PullRequest, error)
	}
	// merger merges one.
	merger interface {
		Merge(ctx context.Context, number int, m forge.Merge) (forge.PullRequest, error)
	}
	// closer closes one.
	closer interface {
		Close(ctx context.Context, number int) (forge.PullRequest, error)
	}
	// allower knows beforehand whether one may be opened.
	allower interface {
		MayOpen(ctx context.Context, base string) error
	}
)

// power returns the forge as one that can do P, or an error that says it can't do what is named.
func power[P any](c *conductor, what string) (P, error) {
	var none P
	if c.job.Forge == nil {
		return none, fmt.Errorf("%s: %w", what, c.job.NoForge)
	}
	able, ok := c.job.Forge.(P)
	if !ok {
		return none, fmt.Errorf("%s: there is no forge that could: this remote's pull requests are kept in a file", what)
	}
	return able, nil
}

// forgeFailure is a failure of a forge's, or of git's on the way, as the policy sees it.
func forgeFailure(err error) execution {
	f := gitFailure(err)
	var failed *forge.Error
	if errors.As(err, &failed) {
		f.RetryAfter = failed.RetryAfter
	}
	return failedExecution(f)
}

// whichKeys name a pull request that is there.
func whichKeys() []source.Key {
	return append([]source.Key{
		{Name: "number", Type: source.TypeText, Example: "${{ steps.pr.outputs.number }}", Means: "The pull request's number. Default: the newest one from `head` into `base`."},
		{Name: "head", Type: source.TypeText, Example: "bump/shop", Means: "The branch it comes from, where there is no `number`."},
		{Name: "base", Type: source.TypeText, Example: "main", Means: "The branch it goes to, where there is no `number`. Default: the branch the run was started from."},
	}, elsewhereKeys()...)
}

// which finds the pull request that a step's `with` names: its number, or its branches, of which an open one goes first.
func (c *conductor) which(ctx context.Context, with map[string]any) (int, error) {
	if given := word(with["number"]); given != "" {
		number, err := strconv.Atoi(given)
		if err != nil || number < 1 {
			return 0, fmt.Errorf("number: %q is not the number of a pull request", given)
		}
		return number, nil
	}
	head, base := text(with["head"]), c.base(with)
	if head == "" || base == "" {
		return 0, errors.New("which pull request? Name it with `number`, or with `head` and `base`")
	}
	if c.job.Forge == nil {
		return 0, c.job.NoForge
	}
	found, err := c.job.Forge.Find(ctx, head, base)
	if err != nil {
		return 0, err
	}
	for _, pr := range found {
		if pr.State == "open" {
			return pr.Number, nil
		}
	}
	if len(found) == 0 {
		return 0, fmt.Errorf("there is no pull request from %s into %s", head, base)
	}
	return found[0].Number, nil
}

// base is the branch a pull request goes to.
func (c *conductor) base(with map[string]any) string {
	if base := text(with["base"]); base != "" {
		return base
	}
	return c.job.Facts.Branch
}

// word is a value that was written as text or as a number, or that an expression came to.
func word(v any) string {
	if v == nil {
		return ""
	}
	return text(fmt.Sprint(v))
}

// yes is a value that was written as true or false, or that an expression came to.
func yes(v any, otherwise bool) (bool, error) {
	switch w := word(v); w {
	case "":
		return otherwise, nil
	case "true", "false":
		return w == "true", nil
	default:
		return false, fmt.Errorf("%q is not true or false", w)
	}
}

// texts reads a list, one word, or nothing.
func texts(v any) []string {
	if v == nil {
		return nil
	}
	return paths(v)
}

// pullOutputs are what every step about a pull request leaves.
func pullOutputs() []spec.Output {
	return []spec.Output{
		{Name: "number", Means: "the pull request's number"},
		{Name: "url", Means: "its page; not set where there is none"},
		{Name: "state", Means: "`open`, `closed` or `merged`"},
		{Name: "head", Means: "the branch it comes from"},
		{Name: "base", Means: "the branch it goes to"},
		{Name: "head-sha", Means: "the commit `head` is at, where the forge knows commits"},
		{Name: "sha", Means: "the commit on `base` that it became; not set unless it is merged"},
	}
}

// withPull is a success that leaves a pull request.
func (c *conductor) withPull(k call, pr forge.PullRequest, outcome string) execution {
	var e execution
	e.effects.Outputs = map[string]string{
		"outcome": outcome, "number": strconv.Itoa(pr.Number), "state": pr.State, "head": pr.Head, "base": pr.Base,
	}
	for name, value := range map[string]string{"url": pr.URL, "head-sha": pr.HeadSHA, "sha": pr.MergeSHA} {
		if value != "" {
			e.effects.Outputs[name] = value
		}
	}
	if pr.Warning != "" {
		c.note(k, true, "%s", pr.Warning)
	}
	c.note(k, false, "pull request #%d %s %s", pr.Number, outcome, pr.URL)
	return e
}

// note tells the user something about a step.
func (c *conductor) note(k call, warning bool, format string, args ...any) {
	c.show(report.Noted{Warning: warning, Text: c.job.Masks.String(k.row.Ref() + ": " + fmt.Sprintf(format, args...))})
}

// pollKey says how often a step asks the forge.
func pollKey(usual string) source.Key {
	return source.Key{Name: "poll-interval", Type: source.TypeDuration, Default: usual, Positive: true, Means: "How long to wait before asking the forge again. The step's `timeout` ends the waiting."}
}

func pollInterval(v any, usual time.Duration) (time.Duration, error) {
	given := word(v)
	if given == "" {
		return usual, nil
	}
	every, err := time.ParseDuration(given)
	if err != nil || every <= 0 {
		return 0, fmt.Errorf("poll-interval: %q is not a duration such as 30s or 1m", given)
	}
	return every, nil
}

// errNotYet is why a poll goes on.
var errNotYet = errors.New("not yet")

// poll calls f until it ends in something else than errNotYet, or ctx does.
func poll(ctx context.Context, every time.Duration, f func(ctx context.Context) error) error {
	return retry.Do(ctx, f, func(_ int, err error) (time.Duration, bool) { return every, errors.Is(err, errNotYet) })
}

// deleteHead deletes a pull request's branch where it is still at the commit the pull request was for. What could not be
// deleted is a warning: the step has done what it was asked before.
func (c *conductor) deleteHead(ctx context.Context, k call, pr forge.PullRequest) {
	if c.job.Repository == nil {
		c.note(k, true, "the branch %s stays: %v", pr.Head, c.job.NoRepository)
		return
	}
	at := gitops.ID(pr.HeadSHA)
	if at == "" { // the forge knows no commits
		tip, err := c.job.Repository.Tip(ctx, pr.Head)
		if err != nil {
			c.note(k, true, "the branch %s stays: %v", pr.Head, err)
			return
		}
		at = tip
	}
	gone, err := c.job.Repository.DeleteBranch(ctx, pr.Head, at)
	switch {
	case err != nil:
		c.note(k, true, "the branch %s stays: %v", pr.Head, err)
	case !gone:
		c.note(k, true, "the branch %s stays: somebody pushed to it since", pr.Head)
	}
}

// closed is the failure of waiting for a pull request that was closed and not merged.
func closed(pr forge.PullRequest) execution {
	return failedExecution(policy.Failure{Kind: policy.ForgeClosed, ExitCode: -1, Message: fmt.Sprintf("pull request #%d was closed and not merged %s", pr.Number, pr.URL)})
}
