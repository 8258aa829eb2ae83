package forge

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/go-github/v66/github"
)

// Rules names what stands on a branch in the way of a push: the types of the rules of its rulesets, as GitHub's API names
// them, and "protected" where classic protection is on. It is empty for a branch without. Whether this token may pass a
// rule by, GitHub tells nobody beforehand.
func (g *GitHub) Rules(ctx context.Context, branch string) ([]string, error) {
	var rules []string
	err := persist(ctx, time.Now(), func(ctx context.Context) error {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		client := g.client()
		// Not GetRulesForBranch: it reads every rule's parameters, and panics where there are none.
		req, err := client.NewRequest(http.MethodGet, "repos/"+g.owner+"/"+g.name+"/rules/branches/"+url.PathEscape(branch), nil)
		if err != nil {
			return err
		}
		var found []struct {
			Type string `json:"type"`
		}
		resp, err := client.Do(callCtx, req, &found)
		if err != nil {
			return g.failure(ctx, "read rules", "of "+branch, resp, err)
		}
		rules = nil
		for _, rule := range found {
			rules = append(rules, rule.Type)
		}
		protected, resp, err := client.Repositories.ListBranches(callCtx, g.owner, g.name, &github.BranchListOptions{
			Protected: github.Bool(true), ListOptions: github.ListOptions{PerPage: 100},
		})
		if err != nil {
			return g.failure(ctx, "list protected branches", "of "+g.name, resp, err)
		}
		for _, b := range protected {
			if b.GetName() == branch {
				rules = append(rules, "protected")
			}
		}
		return nil
	})
	slices.Sort(rules)
	return slices.Compact(rules), err
}
