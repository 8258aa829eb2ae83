package runner

import (
	"maps"
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// Routes are the routes for the failures of a step, in the order they are tried: its own, then the policy's.
//
// A step that may fail (continue-on-error) gives up quietly: of the policy's routes only the retries stand, and then
// the run goes on. So it is with recovery and finally steps: a notification that can't be sent is no reason to roll
// back, and recovery that failed is not to be recovered from, which would have no end.
func Routes(step spec.Step, main bool, all spec.Routes) spec.Routes {
	shared := all.List
	if step.ContinueOnError || !main {
		shared = slices.DeleteFunc(slices.Clone(shared), func(r policy.Route) bool { return r.Action.Name() != string(policy.Retry) })
	}
	routes := spec.Routes{
		List:     slices.Concat(step.OnError.List, shared),
		Recovery: map[string][]spec.Step{},
		If:       map[string]expr.Condition{},
	}
	for _, from := range []spec.Routes{all, step.OnError} {
		maps.Copy(routes.Recovery, from.Recovery)
		maps.Copy(routes.If, from.If)
	}
	if step.ContinueOnError {
		routes.List = append(routes.List, policy.Route{ID: "continue-on-error", Action: policy.ContinueAction{}})
	}
	return routes
}

func (c *conductor) routes(at place, step spec.Step) spec.Routes {
	return Routes(step, at.section == mainSection, c.job.Policy.Routes)
}
