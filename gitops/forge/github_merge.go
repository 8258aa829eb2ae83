package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/belay-ci/belay/policy"
)

// Get returns one pull request as it is now, with its readiness. It fails with an [*Error], or with ctx's cause when ctx
// ended.
func (g *GitHub) Get(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		pr, _, err = g.get(ctx, number)
		return err
	})
	return pr, err
}

// get returns the pull request also as GitHub names it for GraphQL.
func (g *GitHub) get(ctx context.Context, number int) (pr PullRequest, node string, err error) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p, resp, err := g.client().PullRequests.Get(callCtx, g.owner, g.name, number)
	if err != nil {
		return PullRequest{}, "", g.failure(ctx, "read pull request", fmt.Sprintf("#%d", number), resp, err)
	}
	pr = fromGitHub(p)
	pr.Readiness = readinessOnGitHub(p)
	return pr, p.GetNodeID(), nil
}

// readinessOnGitHub reads mergeable_state, whose values are those of GraphQL's MergeStateStatus in lower case.
// https://docs.github.com/graphql/reference/enums#mergestatestatus
func readinessOnGitHub(p *github.PullRequest) Readiness {
	if p.GetState() != "open" {
		return ""
	}
	if p.GetDraft() {
		return IsDraft
	}
	switch p.GetMergeableState() {
	case "clean", "has_hooks", "unstable": // unstable: checks fail that nothing requires
		return Ready
	case "blocked", "behind":
		return Blocked
	case "dirty":
		return Conflicting
	}
	return Checking
}

// Merge merges a pull request, and returns it merged. One that is merged already is success: a merge whose answer was lost
// is found and not repeated. The kind is forge.closed for one that was closed, and forge.not-mergeable where the
// forge refuses it as it stands, also because its head is not at m.Head, or because its base moved in that very moment:
// Get then tells what stands in the way.
func (g *GitHub) Merge(ctx context.Context, number int, m Merge) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		if pr, _, err = g.get(ctx, number); err != nil {
			return err
		}
		if done, err := settled(pr, m); done || err != nil {
			return err
		}
		pr, err = g.merge(ctx, pr, m)
		return err
	})
	return pr, err
}

func (g *GitHub) merge(ctx context.Context, pr PullRequest, m Merge) (PullRequest, error) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	merged, resp, err := g.client().PullRequests.Merge(callCtx, g.owner, g.name, pr.Number, m.Message, &github.PullRequestOptions{
		CommitTitle: m.Title, SHA: pr.HeadSHA, MergeMethod: m.Method,
	})
	if err != nil {
		return pr, notMergeable(g.failure(ctx, "merge pull request", fmt.Sprintf("#%d", pr.Number), resp, err), pr)
	}
	pr.State, pr.MergeSHA, pr.Readiness = "merged", merged.GetSHA(), ""
	return pr, nil
}

// AutoMerge asks GitHub to merge the pull request as soon as it may be merged, by a merge queue where the branch has
// one. What can be merged now is merged now: GitHub refuses to wait for nothing. The repository must allow auto-merge.
func (g *GitHub) AutoMerge(ctx context.Context, number int, m Merge) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		now, node, err := g.get(ctx, number)
		if err != nil {
			return err
		}
		pr = now
		if done, err := settled(pr, m); done || err != nil || pr.AutoMerge {
			return err
		}
		if pr.Readiness == Ready {
			pr, err = g.merge(ctx, pr, m)
			return err
		}
		pr, err = g.enableAutoMerge(ctx, pr, node, m)
		return err
	})
	return pr, err
}

// settled reports whether a pull request is merged, and fails for one that was closed or has another head than wanted.
func settled(pr PullRequest, m Merge) (done bool, err error) {
	e := &Error{Op: "merge pull request", What: fmt.Sprintf("#%d", pr.Number)}
	switch {
	case pr.State == "merged":
		return true, nil
	case pr.State == "closed":
		e.kind, e.Err = policy.ForgeClosed, errors.New("it was closed and not merged")
		return false, e
	case m.Head != "" && pr.HeadSHA != "" && pr.HeadSHA != m.Head:
		e.kind, e.Err = policy.ForgeNotMergeable, fmt.Errorf("its head is at %s and not at %s: somebody pushed to %s", pr.HeadSHA, m.Head, pr.Head)
		return false, e
	}
	return false, nil
}

// notMergeable gives a refused merge its kind. The statuses are those in which forges say that a pull request can't be
// merged as it stands: GitHub and Gitea 405 and 409, GitLab also 406 and 422.
func notMergeable(err error, pr PullRequest) error {
	var failed *Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Status {
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusConflict, http.StatusUnprocessableEntity:
		failed.kind = policy.ForgeNotMergeable
		if pr.Readiness != "" && pr.Readiness != Ready {
			failed.advice = "As far as the forge shows, " + pr.Readiness.Means()
		}
	case http.StatusForbidden:
		if failed.kind == policy.ForgeForbidden {
			failed.advice = "Give the token what merging takes: write access to the contents, and to the branch where that is protected"
		}
	}
	return err
}
