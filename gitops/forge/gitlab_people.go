package forge

import (
	"context"
	"fmt"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// complete adds to an open merge request what it lacks of n. GitLab wants people by number, and in its free edition keeps
// only the first reviewer and the first assignee: who is left out is a warning.
func (g *GitLab) complete(ctx context.Context, start time.Time, pr PullRequest, n NewPullRequest) PullRequest {
	if pr.State != "open" {
		return pr
	}
	var warnings []string
	update := func(op string, lacking []string, change func(ctx context.Context) (*gitlab.UpdateMergeRequestOptions, error), has func(PullRequest) []string) {
		if len(lacking) == 0 {
			return
		}
		err := persist(ctx, start, func(ctx context.Context) error {
			options, err := change(ctx)
			if err != nil {
				return err
			}
			now, err := g.update(ctx, op, pr, options)
			if err != nil {
				return err
			}
			pr = now
			if left := missing(lacking, has(pr)); len(left) > 0 {
				return fmt.Errorf("%s !%d: GitLab left out %s", op, pr.Number, strings.Join(left, ", "))
			}
			return nil
		})
		if err != nil {
			warnings = append(warnings, err.Error())
		}
	}
	labels := missing(n.Labels, pr.Labels)
	update("label merge request", labels, func(context.Context) (*gitlab.UpdateMergeRequestOptions, error) {
		return &gitlab.UpdateMergeRequestOptions{AddLabels: labelOptions(labels)}, nil
	}, func(p PullRequest) []string { return p.Labels })

	assignees := missing(n.Assignees, pr.Assignees)
	update("assign merge request", assignees, func(ctx context.Context) (*gitlab.UpdateMergeRequestOptions, error) {
		ids, err := g.ids(ctx, append(pr.Assignees, assignees...))
		return &gitlab.UpdateMergeRequestOptions{AssigneeIDs: &ids}, err
	}, func(p PullRequest) []string { return p.Assignees })

	reviewers := missing(n.Reviewers, pr.Reviewers)
	update("ask for a review of merge request", reviewers, func(ctx context.Context) (*gitlab.UpdateMergeRequestOptions, error) {
		ids, err := g.ids(ctx, append(pr.Reviewers, reviewers...))
		return &gitlab.UpdateMergeRequestOptions{ReviewerIDs: &ids}, err
	}, func(p PullRequest) []string { return p.Reviewers })

	pr.Warning = strings.Join(warnings, "; ")
	return pr
}

func (g *GitLab) update(ctx context.Context, op string, pr PullRequest, options *gitlab.UpdateMergeRequestOptions) (now PullRequest, err error) {
	err = g.call(ctx, op, fmt.Sprintf("!%d", pr.Number), func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
		m, resp, err := c.MergeRequests.UpdateMergeRequest(g.project, int64(pr.Number), options, o)
		if err == nil {
			now = fromGitLab(&m.BasicMergeRequest)
		}
		return resp, err
	})
	return now, err
}

// ids looks people up. Somebody unknown is left out, and then missed.
func (g *GitLab) ids(ctx context.Context, names []string) ([]int64, error) {
	var ids []int64
	for _, name := range names {
		err := g.call(ctx, "look up", name, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			users, resp, err := c.Users.ListUsers(&gitlab.ListUsersOptions{Username: &name}, o)
			for _, u := range users {
				if strings.EqualFold(u.Username, name) {
					ids = append(ids, u.ID)
				}
			}
			return resp, err
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
