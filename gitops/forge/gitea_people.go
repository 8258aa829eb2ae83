package forge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"code.gitea.io/sdk/gitea"
)

// complete adds to an open pull request what it lacks of n: labels, assignees, reviewers. One by one, so that one that
// does not exist spoils nothing else.
func (g *Gitea) complete(ctx context.Context, start time.Time, pr PullRequest, n NewPullRequest) PullRequest {
	if pr.State != "open" {
		return pr
	}
	var warnings []string
	warn := func(err error) {
		if err != nil {
			warnings = append(warnings, err.Error())
		}
	}
	again := func(f func(ctx context.Context) error) { warn(persist(ctx, start, f)) }
	if lacking := missing(n.Labels, pr.Labels); len(lacking) > 0 {
		again(func(ctx context.Context) (err error) {
			pr.Labels, err = g.label(ctx, pr, lacking)
			return err
		})
	}
	if lacking := missing(n.Assignees, pr.Assignees); len(lacking) > 0 {
		again(func(ctx context.Context) (err error) {
			pr.Assignees, err = g.assign(ctx, pr, lacking)
			return err
		})
	}
	for _, name := range missing(n.Reviewers, pr.Reviewers) {
		again(func(ctx context.Context) error {
			if err := g.ask(ctx, pr, name); err != nil {
				return err
			}
			pr.Reviewers = append(pr.Reviewers, name)
			return nil
		})
	}
	pr.Warning = strings.Join(warnings, "; ")
	return pr
}

func (g *Gitea) ask(ctx context.Context, pr PullRequest, name string) error {
	options := gitea.PullReviewRequestOptions{Reviewers: []string{name}}
	if _, team, ok := strings.Cut(name, "/"); ok {
		options = gitea.PullReviewRequestOptions{TeamReviewers: []string{team}}
	}
	return g.call(ctx, "ask "+name+" for a review of pull request", fmt.Sprintf("#%d", pr.Number), func(c *gitea.Client) (*gitea.Response, error) {
		return c.CreateReviewRequests(g.owner, g.name, int64(pr.Number), options)
	})
}

// assign sets the whole list, as Gitea wants it.
func (g *Gitea) assign(ctx context.Context, pr PullRequest, names []string) ([]string, error) {
	all := slices.Concat(pr.Assignees, names)
	var now *gitea.PullRequest
	err := g.call(ctx, "assign pull request", fmt.Sprintf("#%d", pr.Number), func(c *gitea.Client) (resp *gitea.Response, err error) {
		now, resp, err = c.EditPullRequest(g.owner, g.name, int64(pr.Number), gitea.EditPullRequestOption{Assignees: all})
		return resp, err
	})
	if err != nil {
		return pr.Assignees, err
	}
	return fromGitea(now).Assignees, nil
}

// label adds labels, and makes those that the repository and its organization lack: Gitea takes numbers alone.
func (g *Gitea) label(ctx context.Context, pr PullRequest, names []string) ([]string, error) {
	name := fmt.Sprintf("#%d", pr.Number)
	known, err := g.labels(ctx, name)
	if err != nil {
		return pr.Labels, err
	}
	var ids []int64
	for _, wanted := range names {
		i := slices.IndexFunc(known, func(l *gitea.Label) bool { return strings.EqualFold(l.Name, wanted) })
		if i >= 0 {
			ids = append(ids, known[i].ID)
			continue
		}
		err := g.call(ctx, "make the label "+wanted+" for pull request", name, func(c *gitea.Client) (*gitea.Response, error) {
			label, resp, err := c.CreateLabel(g.owner, g.name, gitea.CreateLabelOption{Name: wanted, Color: "#ededed"})
			if err == nil {
				ids = append(ids, label.ID)
			}
			return resp, err
		})
		if err != nil {
			return pr.Labels, err
		}
	}
	var all []*gitea.Label
	err = g.call(ctx, "label pull request", name, func(c *gitea.Client) (resp *gitea.Response, err error) {
		all, resp, err = c.AddIssueLabels(g.owner, g.name, int64(pr.Number), gitea.IssueLabelsOption{Labels: ids})
		return resp, err
	})
	if err != nil {
		return pr.Labels, err
	}
	labels := slices.Clone(pr.Labels)
	for _, l := range all {
		if len(missing([]string{l.Name}, labels)) > 0 {
			labels = append(labels, l.Name)
		}
	}
	return labels, nil
}

// labels are the repository's and, where an organization owns it, the organization's.
func (g *Gitea) labels(ctx context.Context, pr string) (known []*gitea.Label, err error) {
	list := func(f func(c *gitea.Client, page gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error)) error {
		for page := 1; page != 0; {
			err := g.call(ctx, "read the labels for pull request", pr, func(c *gitea.Client) (*gitea.Response, error) {
				some, resp, err := f(c, gitea.ListOptions{Page: page, PageSize: 50})
				if err == nil {
					known, page = append(known, some...), resp.NextPage
				}
				return resp, err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := list(func(c *gitea.Client, page gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
		return c.ListRepoLabels(g.owner, g.name, gitea.ListLabelsOptions{ListOptions: page})
	}); err != nil {
		return nil, err
	}
	err = list(func(c *gitea.Client, page gitea.ListOptions) ([]*gitea.Label, *gitea.Response, error) {
		return c.ListOrgLabels(g.owner, gitea.ListOrgLabelsOptions{ListOptions: page})
	})
	return known, allowed(err, 404, 403) // a person owns it, or the token may not see
}
