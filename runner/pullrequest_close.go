package runner

import (
	"context"
	"fmt"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// closePullRequestStep takes an offer back.
func closePullRequestStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "close-pull-request",
			Means: "Closes a pull request without merging it: for a recovery route, or `finally`. One that is closed or merged already stays as it is.",
			With: append(whichKeys(),
				source.Key{Name: "comment", Type: source.TypeText, Example: "'the smoke test failed: ${{ run.url }}'", Means: "What to say there first, once."},
				source.Key{Name: "delete-branch", Type: source.TypeBool, Default: "false", Means: "Whether to delete `head` too, unless somebody pushed to it since."},
			),
			Outputs: append([]spec.Output{
				{Name: "outcome", Means: "`closed`, or `already-merged` where somebody was faster"},
			}, pullOutputs()...),
		},
		do: atCheckout((*conductor).closePullRequest),
	}
}

func (c *conductor) closePullRequest(ctx context.Context, k call) execution {
	forges, err := power[closer](c, "close a pull request")
	if err != nil {
		return failedExecution(notStarted(err))
	}
	remove, err := yes(k.with["delete-branch"], false)
	if err != nil {
		return failedExecution(notStarted(fmt.Errorf("delete-branch: %w", err)))
	}
	number, err := c.which(ctx, k.with)
	if err != nil {
		return forgeFailure(err)
	}
	if said := text(k.with["comment"]); said != "" {
		c.comment(ctx, k, number, said)
	}
	pr, err := forges.Close(ctx, number)
	switch {
	case err != nil:
		return forgeFailure(err)
	case pr.State == "merged":
		return c.withPull(k, pr, "already-merged")
	case remove:
		c.deleteHead(ctx, k, pr)
	}
	return c.withPull(k, pr, "closed")
}

// comment says something on a pull request. A comment that fails is a warning: it goes along with something greater.
func (c *conductor) comment(ctx context.Context, k call, number int, said string) {
	forges, err := power[commenter](c, "comment on a pull request")
	if err == nil {
		err = forges.Comment(ctx, number, forge.Comment{
			Text: forge.Cut(c.public(k.progress)(said), c.job.Forge.MaxBody()-markRoom), Mark: c.identity(k.step.ID, fmt.Sprint(number)).ID(),
		})
	}
	if err != nil {
		c.note(k, true, "%v", err)
	}
}

// markRoom is what a comment's mark takes of its length.
const markRoom = 200
