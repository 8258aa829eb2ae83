package simulate

import (
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// situation is all the policy may look at besides the failure.
func (c *conductor) situation(at place, step spec.Step, routes spec.Routes, t tried, elapsed time.Duration) policy.Situation {
	p, limits := t.progress, c.job.Policy.Limits
	left, noDeadline := limits.Left(p.now)
	return policy.Situation{
		Failure: *t.failure, Elapsed: elapsed, TotalTimeout: t.total, Left: left, NoDeadline: noDeadline, Draw: c.draw(),
		RetriesLeft: limits.RetriesLeft(c.log.retries), ExecutionsLeft: limits.ExecutionsLeft(c.log.executions),
		Group: t.group, Cancelled: p.cancelled,
		Landed:       len(p.landed) > 0 && !p.unknown, // from not knowing what landed, nothing is rolled back
		RetryRefused: walk.RetryRefused(step, t.failure.Kind),
		Repeats: func(from string) string {
			return spec.Repeats(c.own.Steps, from, func(id string) bool { return id == step.ID && !c.in.File() || c.in.Runs(id) || c.executed(p, id) })
		},
		RolledBack: p.rollback != nil, RestartRefused: walk.RestartRefused(at.section, p.failed(), c.in), RefreshRefused: c.job.WorkspaceRefused, BringBackRefused: c.bringBackRefused(), RerunHostRefused: c.rerunRefused(),
		RerunHereRefused: c.job.RerunHereRefused,
		Later:            at.comesLater,
		Holds: func(route string) bool {
			condition, ok := routes.If[route]
			if !ok {
				return true
			}
			holds, err := condition.Holds(walk.WithItem(c.values(p, t.failure, t.n), t.item), expr.Status{})
			return err == nil && holds
		},
	}
}

// executed reports whether a step of the run's own file was executed so far.
func (c *conductor) executed(p progress, id string) bool {
	rows := p.rows
	if c.in.File() {
		rows = c.earlier
	}
	return slices.ContainsFunc(rows, func(r row) bool { return r.id == id && r.outcome != report.StatusSkipped })
}

// bringBackRefused says why a retry can't bring back what the step found; empty when it can.
func (c *conductor) bringBackRefused() string {
	if c.abreast {
		return "other items are at work in the same workspace"
	}
	return c.job.WorkspaceRefused
}

// rerunRefused says why the CI host can't be asked for a new run; empty when it can.
func (c *conductor) rerunRefused() string {
	if !slices.Contains([]string{"github", "gitlab"}, c.host()) {
		return "there is no CI host to ask"
	}
	return ""
}
