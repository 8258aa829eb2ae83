package forge

import (
	"context"
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
		found, resp, err := g.client().Repositories.GetRulesForBranch(callCtx, g.owner, g.name, branch)
		if err != nil {
			return g.failure(ctx, "read rules", "of "+branch, resp, err)
		}
		rules = nil
		for _, rule := range found {
			rules = append(rules, rule.Type)
		}
		protected, resp, err := g.client().Repositories.ListBranches(callCtx, g.owner, g.name, &github.BranchListOptions{
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
