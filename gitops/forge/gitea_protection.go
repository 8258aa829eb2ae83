package forge

import (
	"context"
	"net/http"
	"time"

	"code.gitea.io/sdk/gitea"
)

// Protection tells whether the branch is protected, and whether that lets the token's user push. What else the rule asks of
// a push it tells an administrator alone.
func (g *Gitea) Protection(ctx context.Context, branch string) (p Protection, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		var found *gitea.Branch
		err := g.call(ctx, "read branch", branch, func(c *gitea.Client) (resp *gitea.Response, err error) {
			found, resp, err = c.GetRepoBranch(g.owner, g.name, branch)
			return resp, err
		})
		if err != nil {
			return err
		}
		p = Protection{Token: leave(found.UserCanPush)}
		if !found.Protected {
			return nil
		}
		rules, err := g.asked(ctx, found.EffectiveBranchProtectionName)
		if allowed(err, http.StatusForbidden, http.StatusNotFound) != nil {
			return err
		}
		p.Rules = append([]string{"protected"}, rules...)
		return nil
	})
	return p, err
}

// asked names what a protection asks of every push that it lets in.
func (g *Gitea) asked(ctx context.Context, name string) (rules []string, err error) {
	if name == "" {
		return nil, nil
	}
	var rule *gitea.BranchProtection
	err = g.call(ctx, "read branch protection", name, func(c *gitea.Client) (resp *gitea.Response, err error) {
		rule, resp, err = c.GetBranchProtection(g.owner, g.name, name)
		return resp, err
	})
	if err != nil {
		return nil, err
	}
	if rule.RequireSignedCommits {
		rules = append(rules, "commits must be signed")
	}
	if rule.ProtectedFilePatterns != "" {
		rules = append(rules, "files "+oneLine(rule.ProtectedFilePatterns)+" must not change")
	}
	return rules, nil
}
