package spec

import (
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// lintOrder reports routes that a failure can't reach.
func (r *reader) lintOrder(routes Routes) {
	list := routes.List
	reported := map[int]bool{}
	for i, route := range list {
		by, hidden := policy.Unreachable(list, i)
		if !hidden {
			continue
		}
		above := list[by]
		if above.Match.Always() {
			if !reported[by] {
				r.Report(routes.pos[above.ID], "catch-all", "this route takes every failure, so none reaches those below; move it to the end")
			}
			reported[by] = true
			continue
		}
		r.Report(routes.pos[route.ID], "unreachable", "no failure reaches this route: the one at line %d takes all that it matches", routes.pos[above.ID].Line)
	}
}

// lintRetryEnds warns of retry routes after which nothing is said about the failure. The routes are the first
// of all, which are tried one after another.
func (r *reader) lintRetryEnds(routes Routes, all []policy.Route) {
	for i, route := range routes.List {
		later := func(other policy.Route) bool { return meet(route.Match, other.Match) }
		if route.Action.Name() == "retry" && !slices.ContainsFunc(all[i+1:], later) {
			r.Warn(routes.pos[route.ID], "retry-end", "after the last re-run no route below matches, so the run fails; say so with a route `- fail: {}`, or say what else to do")
		}
	}
}

// meet reports whether some failure may match both.
func meet(a, b policy.Match) bool {
	kinds := len(a.Kinds) == 0 || len(b.Kinds) == 0 || slices.ContainsFunc(a.Kinds, func(k policy.Kind) bool {
		return slices.ContainsFunc(b.Kinds, func(other policy.Kind) bool { return k.Under(other) || other.Under(k) })
	})
	hints := len(a.Hints) == 0 || len(b.Hints) == 0 || slices.ContainsFunc(a.Hints, func(h policy.Hint) bool { return slices.Contains(b.Hints, h) })
	return kinds && hints
}

// lintDelays warns of waits that are all cut to the longest.
func (r *reader) lintDelays(rec *source.Record, b policy.Backoff) {
	if b.MaxDelay > 0 && b.Initial > b.MaxDelay {
		r.Warn(rec.KeyPos("initial"), "value", "`initial` is %s, longer than `max-delay`, %s: no wait is longer than that", written(b.Initial), written(b.MaxDelay))
	}
}

// lintLimits warns of routes that can't be used up within the policy's limits.
func (r *reader) lintLimits(l policy.Limits, routes []policy.Route, at source.Pos, who string) {
	executions, sleep := policy.WorstCase(routes)
	if l.Executions > 0 && executions > l.Executions {
		r.Warn(at, "limits", "the routes can execute %s %d times, and the limit for the whole run is %d executions", who, executions, l.Executions)
	}
	if l.Retries > 0 && executions-1 > l.Retries {
		r.Warn(at, "limits", "the routes can retry %s %d times, and the limit for the whole run is %d retries", who, executions-1, l.Retries)
	}
	if left, none := l.Left(0); !none && sleep > left {
		r.Warn(at, "limits", "the routes can make %s wait for %s in all, and the deadline leaves %s", who, written(sleep.Round(time.Second)), written(left))
	}
}

// lintTotalTimeout warns of waits that a step's own routes can't come to within its total-timeout.
func (r *reader) lintTotalTimeout(step Step, rec *source.Record) {
	_, sleep := policy.WorstCase(step.OnError.List)
	if step.TotalTimeout > 0 && sleep >= step.TotalTimeout {
		r.Warn(rec.KeyPos("total-timeout"), "limits", "the step's routes can wait for %s in all, and `total-timeout` is %s: the last re-runs never come", written(sleep.Round(time.Second)), written(step.TotalTimeout))
	}
}

// lintRestarts warns when so many steps and the restarts of a policy can't fit its limit of executions.
func (r *reader) lintRestarts(p *Policy, steps int) {
	restarts := policy.MostRestarts(p.Routes.List)
	if limit, need := p.Limits.Executions, steps*(1+restarts); limit > 0 && need > limit {
		r.Warn(p.limitsPos, "limits", "%d steps and %d restarts can need %d executions, and the limit is %d", steps, restarts, need, limit)
	}
}

// lintLastGood warns of a policy that goes back to the last good commit of a stage the steps file does not name.
func (r *reader) lintLastGood(p *Policy, stage string) {
	if p.Rollback.To == "last-good" && stage == "" {
		r.Warn(p.toPos, "stage", "the steps file names no `stage`, so no last good commit is remembered: the rollback undoes this run's own commits")
	}
}

// onlyOnce reports whether a step may not run twice, see [Step.Once], and names the one that says so.
func onlyOnce(step *Step) (who string, once bool) {
	if !step.Once() {
		return "", false
	}
	if step.Idempotent != nil && !*step.Idempotent {
		return "this step", true
	}
	if step.Child != nil {
		inner := step.Child.first((*Step).Once)
		if inner != nil {
			return fmt.Sprintf("this step runs %s as a whole, where %s", step.Uses, inner.ID), true
		}
	}
	return "", false
}

// lintIdempotent warns of a policy's retries that reach a step which says it is not idempotent. all are the
// step's own routes and then the policy's.
func (r *reader) lintIdempotent(step Step, p *Policy, all []policy.Route) {
	who, once := onlyOnce(&step)
	if !once {
		return
	}
	for i := len(step.OnError.List); i < len(all); i++ {
		_, hidden := policy.Unreachable(all, i)
		if all[i].Action.Name() == "retry" && !hidden {
			r.Warn(step.Pos, "idempotent", "%s says `idempotent: false`, and the policy's route at %s:%d would retry it: it is passed over for this step", who, p.Name, p.Routes.pos[all[i].ID].Line)
		}
	}
}
