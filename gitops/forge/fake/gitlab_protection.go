package fake

import (
	"net/http"
	"slices"
	"strings"
)

// protectedBranch is a rule for branches: a name, or a beginning with * after it.
type protectedBranch struct {
	name  string
	level int // the role that may push: 0 nobody, 30 developers, 40 maintainers
}

// Protect puts a rule on a branch, or on all that begin with what is before a * at the end. It lets maintainers push, or
// nobody; the fake's user is a maintainer. Branches without a rule take pushes of developers.
func (g *GitLab) Protect(name string, maintainers bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	rule := protectedBranch{name: name}
	if maintainers {
		rule.level = 40
	}
	g.rules = append(g.rules, rule)
}

func (p protectedBranch) covers(branch string) bool {
	start, wild := strings.CutSuffix(p.name, "*")
	return p.name == branch || wild && strings.HasPrefix(branch, start)
}

// branch is as https://docs.gitlab.com/api/branches/ shows it.
func (g *GitLab) branch(r *http.Request) answer {
	name := r.PathValue("branch")
	if !g.exists(name) {
		return gitlabRefusal(http.StatusNotFound, "404 Branch Not Found")
	}
	protected := slices.ContainsFunc(g.rules, func(p protectedBranch) bool { return p.covers(name) })
	let := slices.ContainsFunc(g.rules, func(p protectedBranch) bool { return p.covers(name) && p.level > 0 })
	const at = "2026-01-02T03:04:05.000+00:00"
	return answer{status: http.StatusOK, body: object{
		"name": name, "merged": false, "protected": protected, "default": name == "main",
		"developers_can_push": !protected, "developers_can_merge": !protected, "can_push": !protected || let,
		"web_url": "https://gitlab.example/" + g.opts.Repository + "/-/tree/" + name,
		"commit": object{
			"id": g.tip(name), "short_id": g.tip(name)[:8], "title": "first", "message": "first", "parent_ids": []string{},
			"author_name": "Ada", "author_email": "ada@example.com", "authored_date": at,
			"committer_name": "Ada", "committer_email": "ada@example.com", "committed_date": at,
		},
	}}
}

// protectedBranches is as https://docs.gitlab.com/api/protected_branches/ shows it.
func (g *GitLab) protectedBranches(r *http.Request) answer {
	list := []any{}
	words := map[int]string{0: "No one", 40: "Maintainers"}
	for i, p := range g.rules {
		level := object{"id": i + 1, "access_level": p.level, "access_level_description": words[p.level]}
		list = append(list, object{"id": i + 1, "name": p.name, "push_access_levels": []any{level}, "merge_access_levels": []any{level}, "allow_force_push": false, "code_owner_approval_required": false})
	}
	return gitlabPage(r, list)
}
