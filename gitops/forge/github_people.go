package forge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"
)

// complete adds to an open pull request what it lacks of n: labels, assignees, reviewers. GitHub takes none of them when
// one is made.
func (g *GitHub) complete(ctx context.Context, start time.Time, pr PullRequest, n NewPullRequest) PullRequest {
	if pr.State != "open" {
		return pr
	}
	var warnings []string
	add := func(lacking []string, f func(ctx context.Context, names []string) error) {
		if len(lacking) == 0 {
			return
		}
		if err := persist(ctx, start, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, callTimeout)
			defer cancel()
			return f(ctx, lacking)
		}); err != nil {
			warnings = append(warnings, err.Error())
		}
	}
	name := fmt.Sprintf("#%d", pr.Number)
	add(missing(n.Labels, pr.Labels), func(callCtx context.Context, names []string) error {
		all, resp, err := g.client().Issues.AddLabelsToIssue(callCtx, g.owner, g.name, pr.Number, names)
		if err == nil {
			pr.Labels = labelNames(all)
			return nil
		}
		return g.failure(ctx, "label pull request", name, resp, err)
	})
	add(missing(n.Assignees, pr.Assignees), func(callCtx context.Context, names []string) error {
		issue, resp, err := g.client().Issues.AddAssignees(callCtx, g.owner, g.name, pr.Number, names)
		if err != nil {
			return g.failure(ctx, "assign pull request", name, resp, err)
		}
		pr.Assignees = logins(issue.Assignees)
		if left := missing(names, pr.Assignees); len(left) > 0 { // GitHub passes over who can't be assigned
			return fmt.Errorf("assign pull request %s: %s may not be assigned here", name, strings.Join(left, ", "))
		}
		return nil
	})
	add(missing(n.Reviewers, pr.Reviewers), func(callCtx context.Context, names []string) error {
		asked, resp, err := g.client().PullRequests.RequestReviewers(callCtx, g.owner, g.name, pr.Number, reviewersRequest(names))
		if err == nil {
			pr.Reviewers = reviewerNames(asked)
			return nil
		}
		return g.failure(ctx, "ask for a review of pull request", name, resp, err)
	})
	pr.Warning = strings.Join(warnings, "; ")
	return pr
}

// reviewersRequest parts people from teams, which GitHub names without their organization.
func reviewersRequest(names []string) github.ReviewersRequest {
	var request github.ReviewersRequest
	for _, name := range names {
		if _, team, ok := strings.Cut(name, "/"); ok {
			request.TeamReviewers = append(request.TeamReviewers, team)
		} else {
			request.Reviewers = append(request.Reviewers, name)
		}
	}
	return request
}

// reviewerNames names teams as they were asked for, org/team: a team belongs to the repository's organization.
func reviewerNames(p *github.PullRequest) []string {
	names := logins(p.RequestedReviewers)
	for _, team := range p.RequestedTeams {
		names = append(names, p.GetBase().GetRepo().GetOwner().GetLogin()+"/"+team.GetSlug())
	}
	return names
}

func logins(users []*github.User) []string {
	var names []string
	for _, u := range users {
		names = append(names, u.GetLogin())
	}
	return names
}

func labelNames(labels []*github.Label) []string {
	var names []string
	for _, l := range labels {
		names = append(names, l.GetName())
	}
	return names
}
