package runner

import (
	"context"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/spec"
)

// waitPullRequestStep waits for people, checks or a merge queue.
func waitPullRequestStep() builtin {
	return builtin{
		Builtin: spec.Builtin{
			Name:  "wait-pull-request",
			Means: "Waits until a pull request is merged, by whomever: a person, auto-merge or a merge queue. One that is closed instead is a failure of the kind forge.closed.",
			With:  append(whichKeys(), pollKey("30s")),
			Outputs: append([]spec.Output{
				{Name: "outcome", Means: "`merged`"},
			}, pullOutputs()...),
		},
		do: atCheckout((*conductor).waitPullRequest),
	}
}

func (c *conductor) waitPullRequest(ctx context.Context, k call) execution {
	forges, err := power[getter](c, "wait for a pull request")
	if err != nil {
		return failedExecution(notStarted(err))
	}
	every, err := pollInterval(k.with["poll-interval"], 30*time.Second)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	number, err := c.which(ctx, k.with)
	if err != nil {
		return forgeFailure(err)
	}
	var pr forge.PullRequest
	err = poll(ctx, every, func(ctx context.Context) (err error) {
		before := pr.HeadSHA
		if pr, err = forges.Get(ctx, number); err != nil {
			return err
		}
		if pr.State != "open" {
			return nil
		}
		if pr.HeadSHA != before || before == "" {
			c.note(k, false, "waiting for pull request #%d to be merged %s", number, pr.URL)
		}
		return errNotYet
	})
	switch {
	case err != nil:
		return c.waited(ctx, err)
	case pr.State == "closed":
		return closed(pr)
	}
	return c.withPull(k, pr, "merged")
}
