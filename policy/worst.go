package policy

import "time"

// repeater is an action that runs the step again within its visit.
type repeater interface {
	Repeats() (executions int, sleep time.Duration)
}

// restarter is an action that starts the run again.
type restarter interface {
	Restarts() int
}

// WorstCase returns how often one visit of a step with these routes (its own, then the policy's) can execute
// it, and how long its waits can be in all. Tiers add up. Waits that a step or server asks for come on top,
// and every restart of the run is another visit: see MostRestarts.
func WorstCase(routes []Route) (executions int, sleep time.Duration) {
	executions = 1
	for _, r := range reachable(routes) {
		if a, ok := r.Action.(repeater); ok {
			more, wait := a.Repeats()
			executions, sleep = executions+more, sum(sleep, wait)
		}
	}
	return executions, sleep
}

// MostRestarts returns how often these routes can start one run again. A policy's routes count once for the
// run, however many steps share them.
func MostRestarts(routes []Route) int {
	restarts := 0
	for _, r := range reachable(routes) {
		if a, ok := r.Action.(restarter); ok {
			restarts += a.Restarts()
		}
	}
	return restarts
}

func reachable(routes []Route) []Route {
	var out []Route
	for i, r := range routes {
		if _, hidden := Unreachable(routes, i); !hidden {
			out = append(out, r)
		}
	}
	return out
}
