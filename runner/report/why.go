package report

import (
	"fmt"
	"slices"

	"github.com/belay-ci/belay/policy"
)

// Why says in sentences why the policy chose what it chose: which route it was, whom it is for, how long it lets belay
// wait, and which routes above it could not act.
func (d Decision) Why() []string {
	var why []string
	add := func(format string, args ...any) { why = append(why, OneLine(fmt.Sprintf(format, args...))) }
	for _, p := range d.Passed {
		add("%s (%s) matched, and was passed over: %s.", p.Route, p.Action, p.Reason)
	}
	switch {
	case d.Route == "":
		add("No route was left that takes this failure, so the run fails.")
	case d.For != "" && d.Plan != "":
		add("%s is for %s: %s.", d.Route, d.For, d.Plan)
	default:
		add("%s says %s.", d.Route, d.Action)
	}
	switch {
	case d.Hinted:
		add("It waited %s because the step or the server asked for that long, which is longer than the route's own wait.", Duration(d.Delay))
	case d.Delay > 0 && d.Max > 0:
		add("This was re-run %d of %d; with the jitter drawn, its wait came to %s.", d.N, d.Max, Duration(d.Delay))
	case d.Max > 0:
		add("This was number %d of %d.", d.N, d.Max)
	}
	return why
}

// Decided is a decision as the report has it, with what the route that made it says; routes are those it was made of.
func Decided(routes []policy.Route, d policy.Decision) *Decision {
	decided := &Decision{
		Action: d.Action, Route: d.Route, N: d.N, Max: d.Max, Delay: d.Delay, Hinted: d.Hinted, Passed: PassedOver(d.Passed),
	}
	at := slices.IndexFunc(routes, func(r policy.Route) bool { return r.ID == d.Route })
	if at >= 0 {
		decided.For, decided.Plan = routes[at].Match.String(), routes[at].Action.String()
	}
	return decided
}

// PassedOver is the routes that a decision passed over, as the report has them.
func PassedOver(from []policy.Passed) []Passed {
	var to []Passed
	for _, p := range from {
		to = append(to, Passed{Route: p.Route, Action: p.Action, Reason: p.Reason})
	}
	return to
}
