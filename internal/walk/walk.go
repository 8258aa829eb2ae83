// Package walk has the rules by which the steps of a file are walked: which step comes next, which of them is skipped and
// why, which routes act where, and what a route can't do there. A run conducts by them and a simulation plays by them, so
// that the one foretells the other.
package walk

import (
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// The kinds of step lists that a run has.
const (
	Main     = "steps"
	Recovery = "recovery"
	Finally  = "finally"
	Verify   = "verify"
)

// Jump says where a run goes on when not at the next step. The zero value is the next step.
type Jump struct {
	To      string // a step's id
	Restart bool   // from the step To, or from the first one when that is empty
}

// From is the index of the step that comes after the i-th.
func (j Jump) From(steps []spec.Step, i int) int {
	to := slices.IndexFunc(steps, func(s spec.Step) bool { return s.ID == j.To })
	switch {
	case j.Restart && to < 0:
		return 0
	case to >= 0:
		return to
	}
	return i + 1
}

// Over are the steps that a jump from the i-th passes over, which a run skips that goes on at a later step.
func (j Jump) Over(steps []spec.Step, i int) []spec.Step {
	if j.Restart {
		return nil
	}
	return steps[i+1 : max(i+1, j.From(steps, i))]
}

// PassedOver says why such a step is skipped.
func (j Jump) PassedOver() string { return "the run went on at " + j.To }

// Routes are those that act on the failures of a step in a section.
func Routes(p *spec.Policy, section string, step spec.Step, in Inside) spec.Routes {
	routes := p.RoutesAside(step)
	if section == Main {
		routes = p.RoutesOf(step)
	}
	return routes.Under(in.Routes)
}

// ActsOnRun reports whether an action is the run's, so that a file that is run as a step leaves it to the run.
func ActsOnRun(v policy.Verb) bool {
	return v == policy.Restart || v == policy.Rerun || v == policy.RollBack
}
