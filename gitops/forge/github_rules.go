package forge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/go-github/v66/github"
)

// blocking are the rules that refuse a push, whatever is pushed; others ask something of the commits, or forbid to
// delete or rewrite the branch. "protected" is classic protection.
// https://docs.github.com/rest/repos/rules
func blocking() []string {
	return []string{"protected", "pull_request", "update", "required_status_checks", "merge_queue", "required_signatures", "required_deployments"}
}

// Protection tells which rules stand on a branch in the way of a push: the types of those of its rulesets, as GitHub's
// API names them, and "protected" where classic protection is on. Whether this token may pass a rule by, GitHub tells
// nobody beforehand.
func (g *GitHub) Protection(ctx context.Context, branch string) (p Protection, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		rules, err := g.rules(ctx, branch)
		if err != nil {
			return err
		}
		protected, err := g.protected(ctx, branch)
		if err != nil {
			return err
		}
		if protected {
			rules = append(rules, "protected")
		}
		rules = slices.DeleteFunc(rules, func(rule string) bool { return !slices.Contains(blocking(), rule) })
		slices.Sort(rules)
		p.Rules = slices.Compact(rules)
		return nil
	})
	return p, err
}

// rules lists the types of a branch's rules. Not by GetRulesForBranch: it reads every rule's parameters, and panics
// where there are none.
func (g *GitHub) rules(ctx context.Context, branch string) ([]string, error) {
	var types []string
	for page := 1; page != 0; {
		found, next, err := g.rulesOnPage(ctx, branch, page)
		if err != nil {
			return nil, err
		}
		types, page = append(types, found...), next
	}
	return types, nil
}

func (g *GitHub) rulesOnPage(ctx context.Context, branch string, page int) (types []string, next int, err error) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client := g.client()
	path := fmt.Sprintf("repos/%s/%s/rules/branches/%s?per_page=100&page=%d", g.owner, g.name, url.PathEscape(branch), page)
	req, err := client.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, 0, err
	}
	var found []struct {
		Type string `json:"type"`
	}
	resp, err := client.Do(callCtx, req, &found)
	if err != nil {
		return nil, 0, g.failure(ctx, "read rules", "of "+branch, resp, err)
	}
	for _, rule := range found {
		types = append(types, rule.Type)
	}
	return types, resp.NextPage, nil
}

// protected reports whether a branch has classic protection. Everybody who can read may list those that have; what is in
// it is for administrators.
func (g *GitHub) protected(ctx context.Context, branch string) (bool, error) {
	opts := &github.BranchListOptions{Protected: github.Bool(true), ListOptions: github.ListOptions{PerPage: 100}}
	for {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		page, resp, err := g.client().Repositories.ListBranches(callCtx, g.owner, g.name, opts)
		cancel()
		if err != nil {
			return false, g.failure(ctx, "list protected branches", "of "+g.name, resp, err)
		}
		if slices.ContainsFunc(page, func(b *github.Branch) bool { return b.GetName() == branch }) {
			return true, nil
		}
		if opts.Page = resp.NextPage; opts.Page == 0 {
			return false, nil
		}
	}
}
