package runner

import (
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// situation is all the policy may look at besides the failure, but for what is left of the run's limits: see spent.
func (c *conductor) situation(at place, step spec.Step, routes spec.Routes, t tried, elapsed time.Duration) policy.Situation {
	limits := c.job.Policy.Limits
	left, noDeadline := limits.Left(c.job.Spent + time.Since(c.begun))
	p := t.progress
	s := policy.Situation{
		Failure: *t.failure, Elapsed: elapsed, TotalTimeout: t.total, Left: left, NoDeadline: noDeadline, Draw: c.job.Draw(),
		Group: t.group, Cancelled: p.cancelled, Landed: len(p.landed) > 0, RolledBack: p.rollback != nil, IsRollback: c.job.IsRollback,
		RetryRefused:   walk.RetryRefused(step, t.failure.Kind),
		RestartRefused: c.restartRefused(at, t), RefreshRefused: c.start.refused, BringBackRefused: t.found.refused,
		Repeats: func(from string) string {
			return spec.Repeats(c.own.Steps, from, func(id string) bool { return id == step.ID && !c.in.File() || c.in.Runs(id) || p.executed(id) })
		},
		Reruns:           c.run.Reruns,
		RerunHostRefused: c.rerunHostRefused(),
		RerunHereRefused: c.rerunHereRefused(),
		Later:            func(step string) bool { return slices.Contains(at.later, step) },
	}
	s.Holds = func(route string) bool {
		condition, ok := routes.If[route]
		if !ok {
			return true
		}
		values := walk.WithItem(c.values(p, t.failure, t.n), t.item)
		holds, err := condition.Holds(values, expr.Status{})
		return err == nil && holds
	}
	if p.unknown() { // from not knowing what landed, nothing is rolled back
		s.Landed = false
	}
	return s
}

// executed reports whether a step of the run's own file was executed so far.
func (p progress) executed(id string) bool {
	return slices.ContainsFunc(p.rows, func(r report.Step) bool {
		return r.ID == id && r.Section == walk.Main && r.Outcome != report.StatusSkipped
	})
}

// restartRefused says why the run can't start again from a step; empty when it can.
func (c *conductor) restartRefused(at place, t tried) string {
	if t.noRestart != "" {
		return t.noRestart
	}
	return walk.RestartRefused(at.section, t.progress.failed(), c.in)
}
