package runner

import (
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
)

// TokenSteps lists, by id, the steps that use belay's tokens: those of the file, of finally, and of every recovery, and
// of the files these run. A rollback is not listed: it can only take back what one of these landed.
func TokenSteps(steps *spec.Steps, policy *spec.Policy) []string {
	return tokenSteps(walk.Inside{}, slices.Concat(steps.Steps, steps.Finally, recoveries(policy.Routes)))
}

func tokenSteps(in walk.Inside, steps []spec.Step) []string {
	var ids []string
	for _, step := range steps {
		for _, s := range append([]spec.Step{step}, recoveries(step.OnError)...) {
			switch {
			case s.Child != nil:
				ids = append(ids, tokenSteps(in.Of(s, nil), slices.Concat(s.Child.Steps, s.Child.Finally))...)
			case s.Uses != "" && !isLocal(s.Uses):
				ids = append(ids, in.Rows+s.ID)
			}
		}
	}
	return ids
}

// recoveries lists the recovery steps of routes, in the routes' order.
func recoveries(routes spec.Routes) []spec.Step {
	var all []spec.Step
	for _, route := range routes.List {
		all = append(all, routes.Recovery[route.ID]...)
	}
	return all
}

func isLocal(name string) bool {
	return slices.ContainsFunc(builtins(), func(b builtin) bool { return b.Name == name && b.Local })
}
