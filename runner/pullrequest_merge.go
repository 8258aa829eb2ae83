package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// methodKey is how a pull request is merged.
func methodKey() source.Key {
	return source.Key{Name: "method", Type: source.TypeEnum, Enum: []string{"merge", "squash", "rebase"}, Default: "merge", Means: "How it is merged. The repository has to allow it."}
}

// mergePullRequestStep merges one as soon as that is possible.
func mergePullRequestStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "merge-pull-request",
			Means: "Merges a pull request, once. A base that moved in that very moment, or a forge that has not looked yet, is tried again; so are missing checks and reviews, with `wait`. A conflict, a draft, or another head than `head-sha` is a failure of the kind forge.not-mergeable.",
			With: append(whichKeys(),
				methodKey(),
				source.Key{Name: "head-sha", Type: source.TypeText, Example: "${{ steps.pr.outputs.head-sha }}", Means: "The commit that `head` must be at: what somebody pushed later is not merged. Default: wherever it is."},
				source.Key{Name: "title", Type: source.TypeText, Means: "The title of the commit that merging makes. Default: the forge's own."},
				source.Key{Name: "message", Type: source.TypeText, Means: "The text below that title."},
				source.Key{Name: "wait", Type: source.TypeBool, Default: "true", Means: "Whether to wait for checks and reviews that are missing."},
				source.Key{Name: "delete-branch", Type: source.TypeBool, Default: "false", Means: "Whether to delete `head` afterwards, unless somebody pushed to it since."},
				pollKey("10s"),
			),
			Outputs: append([]spec.Output{
				{Name: "outcome", Means: "`merged`, or `already-merged` where somebody, or an earlier attempt, did it"},
			}, pullOutputs()...),
		},
		do: atCheckout((*conductor).mergePullRequest),
	}
}

// merging is a merge-pull-request step under way.
type merging struct {
	forge interface {
		getter
		merger
	}
	number   int
	how      forge.Merge
	wait     bool
	every    time.Duration
	told     forge.Readiness // what the user was told last
	unknown  int             // how often in a row the forge had not looked yet
	refusals int             // how often in a row the forge refused what it shows as ready
}

// A forge that has not looked after that many polls never will: Gitea means a conflict by that. And a merge it refuses that
// often, though nothing it shows is in the way, is refused for a reason that does not pass, such as a method that is not allowed.
const (
	maxUnknown  = 12
	maxRefusals = 10
)

func (c *conductor) mergePullRequest(ctx context.Context, k call) execution {
	m, remove, err := c.merging(ctx, k)
	if err != nil {
		return forgeFailure(err)
	}
	outcome := "merged"
	var pr forge.PullRequest
	err = poll(ctx, m.every, func(ctx context.Context) (err error) {
		pr, err = m.forge.Get(ctx, m.number)
		switch {
		case err != nil:
			return err
		case pr.State == "merged":
			outcome = "already-merged"
			return nil
		}
		pr, err = c.mergeOnce(ctx, k, m, pr)
		return err
	})
	if err != nil {
		return c.waited(ctx, err)
	}
	if remove {
		c.deleteHead(ctx, k, pr)
	}
	return c.withPull(k, pr, outcome)
}

func (c *conductor) merging(ctx context.Context, k call) (m *merging, remove bool, err error) {
	m = &merging{how: forge.Merge{
		Method: word(k.with["method"]), Head: text(k.with["head-sha"]), Title: text(k.with["title"]), Message: text(k.with["message"]),
	}}
	if m.forge, err = power[interface {
		getter
		merger
	}](c, "merge a pull request"); err != nil {
		return nil, false, err
	}
	if m.every, err = pollInterval(k.with["poll-interval"], 10*time.Second); err != nil {
		return nil, false, err
	}
	if m.wait, err = yes(k.with["wait"], true); err != nil {
		return nil, false, fmt.Errorf("wait: %w", err)
	}
	if remove, err = yes(k.with["delete-branch"], false); err != nil {
		return nil, false, fmt.Errorf("delete-branch: %w", err)
	}
	m.number, err = c.which(ctx, k.with)
	return m, remove, err
}

// mergeOnce merges what can be merged now, and says by errNotYet that it may be later.
func (c *conductor) mergeOnce(ctx context.Context, k call, m *merging, pr forge.PullRequest) (forge.PullRequest, error) {
	blocked := &notMergeable{pr: pr, why: pr.Readiness.Means()}
	if pr.Readiness != forge.Checking {
		m.unknown = 0
	}
	switch pr.Readiness {
	case forge.Checking:
		if m.unknown++; m.unknown > maxUnknown {
			blocked.why = "the forge does not come to say that it can be merged: it may conflict with " + pr.Base
			return pr, blocked
		}
		return pr, errNotYet
	case forge.Blocked:
		if !m.wait {
			return pr, blocked
		}
		if m.told != pr.Readiness {
			c.note(k, false, "waiting to merge pull request #%d: %s %s", pr.Number, blocked.why, pr.URL)
			m.told = pr.Readiness
		}
		return pr, errNotYet
	case forge.Conflicting, forge.IsDraft:
		return pr, blocked
	}
	merged, err := m.forge.Merge(ctx, m.number, m.how)
	var failed *forge.Error
	if err == nil || !errors.As(err, &failed) || failed.Kind() != policy.ForgeNotMergeable || failed.Status == 0 {
		return merged, err // also a head that is not the one wanted: that does not pass
	}
	if m.refusals++; m.refusals >= maxRefusals {
		return pr, err
	}
	return pr, errNotYet
}

// notMergeable is why a pull request is not merged.
type notMergeable struct {
	pr  forge.PullRequest
	why string
}

func (e *notMergeable) Error() string {
	return fmt.Sprintf("merge pull request #%d: %s %s", e.pr.Number, e.why, e.pr.URL)
}

// Kind is forge.not-mergeable.
func (e *notMergeable) Kind() policy.Kind { return policy.ForgeNotMergeable }

// waited is the failure that waiting ended with. Where the run was cancelled, or the time was over, that is the cause.
func (c *conductor) waited(ctx context.Context, err error) execution {
	if context.Cause(ctx) != nil {
		return execution{failure: &policy.Failure{ExitCode: -1, Message: "the pull request was still open"}, cancelled: true}
	}
	return forgeFailure(err)
}
