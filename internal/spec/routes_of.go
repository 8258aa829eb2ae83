package spec

import (
	"maps"
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
)

// RoutesOf returns the routes that act on a step's failures, in the order they are tried: its own, then the policy's.
//
// A step that may fail gives up quietly: of the policy's routes only the retries stand, and then the run goes on.
func (p *Policy) RoutesOf(step Step) Routes {
	all := p.Routes.with(step.OnError)
	if step.ContinueOnError {
		all.List = append(all.only(step.OnError.List, policy.Retry), policy.Route{ID: "continue-on-error", Action: policy.ContinueAction{}})
	}
	return all
}

// RoutesAside returns the routes that act on the failure of a recovery or finally step. Of the policy's only those
// stand that concern the step alone: a notification that can't be sent is no reason to roll back, and recovery that
// failed is not to be recovered from, which would never come to an end.
func (p *Policy) RoutesAside(step Step) Routes {
	all := p.RoutesOf(step)
	all.List = all.only(step.OnError.List, policy.Retry, policy.Continue, policy.Fail)
	return all
}

// with puts a step's own routes before r.
func (r Routes) with(own Routes) Routes {
	all := Routes{List: slices.Concat(own.List, r.List), Recovery: map[string][]Step{}, If: map[string]expr.Condition{}}
	for _, from := range []Routes{r, own} {
		maps.Copy(all.Recovery, from.Recovery)
		maps.Copy(all.If, from.If)
	}
	return all
}

// Under returns the routes with a prefix before their ids: those of a file that is run as a step must differ from
// those of the file that runs it.
func (r Routes) Under(prefix string) Routes {
	if prefix == "" {
		return r
	}
	under := Routes{Recovery: map[string][]Step{}, If: map[string]expr.Condition{}}
	for _, route := range r.List {
		if steps, ok := r.Recovery[route.ID]; ok {
			under.Recovery[prefix+route.ID] = steps
		}
		if condition, ok := r.If[route.ID]; ok {
			under.If[prefix+route.ID] = condition
		}
		route.ID = prefix + route.ID
		under.List = append(under.List, route)
	}
	return under
}

// only returns a step's own routes, and of the others those with one of the actions, which are named like their verbs.
func (r Routes) only(own []policy.Route, actions ...policy.Verb) []policy.Route {
	return slices.Concat(own, slices.DeleteFunc(slices.Clone(r.List[len(own):]), func(route policy.Route) bool {
		return !slices.Contains(actions, policy.Verb(route.Action.Name()))
	}))
}
