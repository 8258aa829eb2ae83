package forge

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// Protection tells whether the branch is protected, whom its protection lets push, and whether it lets the token's user.
// https://docs.gitlab.com/api/branches/ and https://docs.gitlab.com/api/protected_branches/
func (g *GitLab) Protection(ctx context.Context, branch string) (p Protection, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		var found *gitlab.Branch
		err := g.call(ctx, "read branch", branch, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (resp *gitlab.Response, err error) {
			found, resp, err = c.Branches.GetBranch(g.project, branch, o)
			return resp, err
		})
		if err != nil {
			return err
		}
		p = Protection{Token: leave(found.CanPush)}
		if !found.Protected {
			return nil
		}
		who, err := g.pushers(ctx, branch)
		if allowed(err, http.StatusForbidden, http.StatusNotFound) != nil {
			return err
		}
		p.Rules = []string{"protected"}
		if len(who) > 0 {
			p.Rules = []string{"protected (may push: " + strings.Join(who, ", ") + ")"}
		}
		return nil
	})
	return p, err
}

// pushers names whom the rules for a branch let push, as GitLab describes them: "Maintainers", "No one". Of several rules
// each lets somebody in. Who may not see the rules is refused.
func (g *GitLab) pushers(ctx context.Context, branch string) ([]string, error) {
	opts := &gitlab.ListProtectedBranchesOptions{ListOptions: gitlab.ListOptions{PerPage: 100, Page: 1}}
	var who []string
	for opts.Page != 0 {
		err := g.call(ctx, "list protected branches", "for "+branch, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			page, resp, err := c.ProtectedBranches.ListProtectedBranches(g.project, opts, o)
			if err != nil {
				return resp, err
			}
			for _, rule := range page {
				if !wildcard(rule.Name).MatchString(branch) {
					continue
				}
				for _, level := range rule.PushAccessLevels {
					who = append(who, oneLine(level.AccessLevelDescription))
				}
			}
			opts.Page = resp.NextPage
			return resp, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return who, nil
}

// wildcard is a rule's name as a pattern: its one special character is *, which also takes slashes.
// https://docs.gitlab.com/user/project/repository/branches/protected/#use-wildcard-rules
func wildcard(name string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, ".*") + "$")
}
