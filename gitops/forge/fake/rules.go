package fake

import (
	"net/http"
	"slices"
)

// Protect puts a rule on a branch: a type of GitHub's rulesets, or "protected" for classic protection.
func (g *GitHub) Protect(branch, rule string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rules == nil {
		g.rules = map[string][]string{}
	}
	g.rules[branch] = append(g.rules[branch], rule)
}

func (g *GitHub) branchRules(r *http.Request) answer {
	rules := []any{}
	for _, rule := range g.rules[r.PathValue("branch")] {
		if rule != "protected" {
			rules = append(rules, map[string]any{
				"type": rule, "ruleset_source_type": "Repository", "ruleset_source": g.opts.Repository, "ruleset_id": 42,
			})
		}
	}
	return answer{status: http.StatusOK, body: rules}
}

// protectedBranches lists those with classic protection; the fake does not know of others.
func (g *GitHub) protectedBranches(*http.Request) answer {
	branches := []any{}
	for branch, rules := range g.rules {
		if slices.Contains(rules, "protected") {
			branches = append(branches, map[string]any{
				"name": branch, "protected": true, "commit": map[string]any{"sha": g.tip(branch), "url": "https://api.github.com/repos/" + g.opts.Repository + "/commits/" + g.tip(branch)},
			})
		}
	}
	return answer{status: http.StatusOK, body: branches}
}
