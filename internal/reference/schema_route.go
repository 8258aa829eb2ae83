package reference

import (
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// route is one route: the failures it is for, and exactly one action.
func route() Schema {
	given := shapes{"match": match()}
	var one []Schema
	for _, a := range policy.Actions() {
		given[a.Name] = action(a)
		one = append(one, Schema{"required": []string{a.Name}})
	}
	s := object(spec.RouteKeys(), given)
	s["oneOf"] = one
	return s
}

// match is a mapping, or a kind or list of kinds standing for one.
func match() Schema {
	kinds := oneOrMore(ref("kind"))
	return anyOf(object(spec.MatchKeys(), shapes{"kind": kinds, "signal": oneOrMore(ref("signal"))}), kinds)
}

// action is an action's mapping, or what may stand for it: nothing, or the value of its bare key.
func action(a policy.ActionInfo) Schema {
	keys := spec.ActionKeys(a)
	given := shapes{}
	forms := []Schema{nil}
	needs := false
	for i, k := range a.Keys {
		needs = needs || k.Required
		if k.Type == policy.TypeSteps {
			steps := list(ref("recovery-step"))
			steps["minItems"] = 1
			given[k.Name] = steps
		}
		if k.Bare {
			forms = append(forms, shapeOf(keys[i]))
		}
	}
	forms[0] = object(keys, given)
	if !needs {
		forms = append(forms, Schema{"type": "null"})
	}
	return anyOf(forms...)
}

// kind is one of belay's kinds, a name that several of them are under, or an author's own.
func kind() Schema {
	var known []Schema
	var families []string
	for _, info := range policy.Kinds() {
		known = append(known, Schema{"const": string(info.Kind), "description": info.Means})
		name := string(info.Kind)
		for i := strings.LastIndex(name, "."); i > 0; i = strings.LastIndex(name, ".") {
			name = name[:i]
			families = append(families, name)
		}
	}
	slices.Sort(families)
	return anyOf(append(known, Schema{"enum": slices.Compact(families)}, Schema{"type": "string"})...)
}

// signal is a signal that ends processes. Others may be named too, with or without SIG.
func signal() Schema {
	return anyOf(Schema{"enum": policy.SignalNames()}, Schema{"type": "string"})
}
