package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"code.gitea.io/sdk/gitea"
)

// Get does as [GitHub.Get] does. Gitea does not tell a conflict from a pull request it has not looked at yet: both are
// [Checking].
func (g *Gitea) Get(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		pr, err = g.get(ctx, number)
		return err
	})
	return pr, err
}

func (g *Gitea) get(ctx context.Context, number int) (PullRequest, error) {
	var p *gitea.PullRequest
	err := g.call(ctx, "read pull request", fmt.Sprintf("#%d", number), func(c *gitea.Client) (resp *gitea.Response, err error) {
		p, resp, err = c.GetPullRequest(g.owner, g.name, int64(number))
		return resp, err
	})
	if err != nil {
		return PullRequest{}, err
	}
	pr := fromGitea(p)
	switch {
	case pr.State != "open":
	case pr.Draft:
		pr.Readiness = IsDraft
	case !p.Mergeable:
		pr.Readiness = Checking
	default:
		pr.Readiness, err = g.protection(ctx, pr)
	}
	return pr, err
}

// protection says whether the base's protection lets the pull request in: what Gitea calls mergeable has no conflicts, no more.
func (g *Gitea) protection(ctx context.Context, pr PullRequest) (Readiness, error) {
	name := fmt.Sprintf("#%d", pr.Number)
	var base *gitea.Branch
	err := g.call(ctx, "read the base of pull request", name, func(c *gitea.Client) (resp *gitea.Response, err error) {
		base, resp, err = c.GetRepoBranch(g.owner, g.name, pr.Base)
		return resp, err
	})
	if err != nil {
		return "", err
	}
	if base.EnableStatusCheck {
		var status *gitea.CombinedStatus
		err := g.call(ctx, "read the checks of pull request", name, func(c *gitea.Client) (resp *gitea.Response, err error) {
			status, resp, err = c.GetCombinedStatus(g.owner, g.name, pr.HeadSHA)
			return resp, err
		})
		if err != nil {
			return "", err
		}
		if status.State != gitea.StatusSuccess {
			return Blocked, nil
		}
	}
	if base.RequiredApprovals > 0 {
		var reviews []*gitea.PullReview
		err := g.call(ctx, "read the reviews of pull request", name, func(c *gitea.Client) (resp *gitea.Response, err error) {
			reviews, resp, err = c.ListPullReviews(g.owner, g.name, int64(pr.Number), gitea.ListPullReviewsOptions{ListOptions: gitea.ListOptions{PageSize: 50}})
			return resp, err
		})
		if err != nil {
			return "", err
		}
		reviews = slices.DeleteFunc(reviews, func(r *gitea.PullReview) bool {
			return r.State != gitea.ReviewStateApproved || !r.Official || r.Dismissed
		})
		if int64(len(reviews)) < base.RequiredApprovals {
			return Blocked, nil
		}
	}
	return Ready, nil
}

// Merge does as [GitHub.Merge] does.
func (g *Gitea) Merge(ctx context.Context, number int, m Merge) (PullRequest, error) {
	return g.merge(ctx, number, m, false)
}

// AutoMerge does as [GitHub.AutoMerge] does. That a pull request waits to be merged is seen on its page alone: Get does
// not say so.
func (g *Gitea) AutoMerge(ctx context.Context, number int, m Merge) (PullRequest, error) {
	return g.merge(ctx, number, m, true)
}

func (g *Gitea) merge(ctx context.Context, number int, m Merge, wait bool) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		if pr, err = g.get(ctx, number); err != nil {
			return err
		}
		if done, err := settled(pr, m); done || err != nil {
			return err
		}
		scheduled := false
		err = g.call(ctx, "merge pull request", fmt.Sprintf("#%d", number), func(c *gitea.Client) (*gitea.Response, error) {
			_, resp, err := c.MergePullRequest(g.owner, g.name, int64(number), gitea.MergePullRequestOption{
				Style: gitea.MergeStyle(cmp.Or(m.Method, "merge")), Title: m.Title, Message: m.Message, HeadCommitId: pr.HeadSHA,
				MergeWhenChecksSucceed: wait && pr.Readiness == Blocked,
			})
			if err == nil {
				// It is scheduled already when it says 409 to being scheduled.
				scheduled = resp.StatusCode == http.StatusCreated || wait && pr.Readiness == Blocked && resp.StatusCode == http.StatusConflict
			}
			if scheduled {
				return nil, nil
			}
			return resp, err
		})
		if err != nil {
			return notMergeable(err, pr)
		}
		if scheduled {
			pr.AutoMerge = true
			return nil
		}
		pr, err = g.get(ctx, number)
		return err
	})
	return pr, err
}

// Close does as [GitHub.Close] does.
func (g *Gitea) Close(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		pr, err = g.close(ctx, number)
		return err
	})
	return pr, err
}

func (g *Gitea) close(ctx context.Context, number int) (PullRequest, error) {
	pr, err := g.get(ctx, number)
	if err != nil || pr.State != "open" {
		return pr, err
	}
	var p *gitea.PullRequest
	err = g.call(ctx, "close pull request", fmt.Sprintf("#%d", number), func(c *gitea.Client) (resp *gitea.Response, err error) {
		closed := gitea.StateClosed
		p, resp, err = c.EditPullRequest(g.owner, g.name, int64(number), gitea.EditPullRequestOption{State: &closed})
		return resp, err
	})
	if err != nil {
		return PullRequest{}, err
	}
	return fromGitea(p), nil
}
