package spec

import "github.com/belay-ci/belay/internal/expr"

// LandsOn lists the branches a step names to land on, as the file has them: its `branch`, or those of its `targets`.
func (s Step) LandsOn() []string {
	var branches []string
	add := func(v any) {
		if branch, ok := v.(expr.Text); ok {
			branches = append(branches, branch.Source())
		}
	}
	add(s.With["branch"])
	targets, _ := s.With["targets"].([]any)
	for _, target := range targets {
		if t, ok := target.(map[string]any); ok {
			add(t["branch"])
		}
	}
	return branches
}
