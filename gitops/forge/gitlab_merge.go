package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/belay-ci/belay/policy"
)

// Get does as [GitHub.Get] does.
func (g *GitLab) Get(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		pr, err = g.get(ctx, number)
		return err
	})
	return pr, err
}

func (g *GitLab) get(ctx context.Context, number int) (pr PullRequest, err error) {
	err = g.call(ctx, "read merge request", fmt.Sprintf("!%d", number), func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
		m, resp, err := c.MergeRequests.GetMergeRequest(g.project, int64(number), nil, o)
		if err == nil {
			pr = fromGitLab(&m.BasicMergeRequest)
			pr.Readiness = readinessOnGitLab(&m.BasicMergeRequest)
		}
		return resp, err
	})
	return pr, err
}

// readinessOnGitLab reads detailed_merge_status: what is not one of these words is something that is missing.
// https://docs.gitlab.com/api/merge_requests/#merge-status
func readinessOnGitLab(m *gitlab.BasicMergeRequest) Readiness {
	if m.State != "opened" {
		return ""
	}
	switch m.DetailedMergeStatus {
	case "mergeable":
		return Ready
	case "unchecked", "checking", "preparing", "approvals_syncing", "":
		return Checking
	case "conflict", "broken_status":
		return Conflicting
	case "draft_status":
		return IsDraft
	}
	return Blocked
}

// Merge does as [GitHub.Merge] does. Whether that makes a merge commit is the project's setting; the method rebase is
// refused.
func (g *GitLab) Merge(ctx context.Context, number int, m Merge) (PullRequest, error) {
	return g.merge(ctx, number, m, false)
}

// AutoMerge does as [GitHub.AutoMerge] does, by a merge train where the project has one.
func (g *GitLab) AutoMerge(ctx context.Context, number int, m Merge) (PullRequest, error) {
	return g.merge(ctx, number, m, true)
}

func (g *GitLab) merge(ctx context.Context, number int, m Merge, wait bool) (pr PullRequest, err error) {
	name := fmt.Sprintf("!%d", number)
	if m.Method == "rebase" {
		return pr, &Error{
			Op: "merge merge request", What: name + " in " + g.project, kind: policy.ForgeRejected,
			Err: errors.New("on GitLab the project's settings say whether it is rebased, not the request"), advice: "Write the method merge or squash",
		}
	}
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		if pr, err = g.get(ctx, number); err != nil {
			return err
		}
		if done, err := settled(pr, m); done || err != nil || wait && pr.AutoMerge {
			return err
		}
		options := &gitlab.AcceptMergeRequestOptions{SHA: &pr.HeadSHA, Squash: gitlab.Ptr(m.Method == "squash")}
		if wait && pr.Readiness != Ready {
			options.AutoMerge = gitlab.Ptr(true)
		}
		if message := mergeMessage(m); message != "" && m.Method == "squash" {
			options.SquashCommitMessage = &message
		} else if message != "" {
			options.MergeCommitMessage = &message
		}
		before := pr
		err = g.call(ctx, "merge merge request", name, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			accepted, resp, err := c.MergeRequests.AcceptMergeRequest(g.project, int64(number), options, o)
			if err == nil {
				pr = fromGitLab(&accepted.BasicMergeRequest)
			}
			return resp, err
		})
		var failed *Error
		if errors.As(err, &failed) && failed.Status == http.StatusUnauthorized { // it has just let us read: the token is known
			failed.kind, failed.advice = policy.ForgeForbidden, "GitLab says so where the token's role may not merge into "+before.Base+": allow it under Settings > Repository > Protected branches"
		}
		return notMergeable(err, before)
	})
	return pr, err
}

// mergeMessage is title and message in one, as GitLab takes them.
func mergeMessage(m Merge) string {
	if m.Title == "" || m.Message == "" {
		return m.Title + m.Message
	}
	return m.Title + "\n\n" + m.Message
}

// Close does as [GitHub.Close] does.
func (g *GitLab) Close(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		if pr, err = g.get(ctx, number); err != nil || pr.State != "open" {
			return err
		}
		pr, err = g.update(ctx, "close merge request", pr, &gitlab.UpdateMergeRequestOptions{StateEvent: gitlab.Ptr("close")})
		return err
	})
	return pr, err
}
