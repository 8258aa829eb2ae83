package simulate

import (
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// obey does what the policy said last about a visit that failed.
func (c *conductor) obey(at place, step spec.Step, t tried) (progress, walk.Jump) {
	p, why := t.progress, failedStep{id: step.ID, failure: *t.failure}
	failed, handled := row{step.ID, report.StatusFailure, report.StatusFailure}, row{step.ID, report.StatusFailure, report.StatusSuccess}
	if c.in.File() && walk.ActsOnRun(t.decision.Verb) {
		why.decided = t.decision
		return p.close(failed, nil).fail(why), walk.Jump{}
	}
	switch t.decision.Verb {
	case policy.Continue:
		p.recovered = true
		return p.close(handled, t.outputs), walk.Jump{}
	case policy.GoTo:
		p.recovered = true
		return p.close(handled, t.outputs), walk.Jump{To: t.decision.From}
	case policy.Restart:
		p = p.close(failed, nil)
		p.restarts++
		p.recovered = true
		if t.decision.From == "" {
			p.steps = nil // as a run that has just begun
		}
		return p, walk.Jump{To: t.decision.From, Restart: true}
	case policy.RunSteps:
		return c.recover(at, step, t), walk.Jump{}
	case policy.Rerun:
		p.rerun = true
	case policy.RollBack:
		return c.rollback(p.close(failed, nil).fail(why)), walk.Jump{}
	}
	return p.close(failed, nil).fail(why), walk.Jump{}
}

// recover plays the user's own recovery steps, and then the route's `then`. Steps that fail themselves never hide
// the failure they were meant to mend.
func (c *conductor) recover(at place, step spec.Step, t tried) progress {
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	failed := failedStep{id: step.ID, failure: *t.failure}
	before := t.progress.close(row{step.ID, report.StatusFailure, report.StatusFailure}, nil)
	before.failure = &failed
	p := c.section(walk.Recovery, routes.Recovery[t.decision.Route], before)
	p.failure = t.progress.fail(failed).failure
	worked := !slices.ContainsFunc(p.rows[len(before.rows):], func(r row) bool {
		return r.conclusion == report.StatusFailure || r.conclusion == report.StatusCancelled
	})
	switch {
	case t.decision.Then == policy.Continue && worked && !p.cancelled:
		p.failure, p.recovered = t.progress.failure, true
		v := p.steps[step.ID]
		v.Conclusion, v.Outputs = string(report.StatusSuccess), t.outputs
		return p.withStep(step.ID, v)
	case t.decision.Then == policy.RollBack && !p.cancelled:
		t.progress = p
		if refused := c.situation(at, step, routes, t, 0).RollbackRefused(); refused != "" {
			c.log.show(Moment{At: p.now, Why: "nothing is rolled back: " + refused})
			return p
		}
		if c.in.File() {
			failed.decided = policy.Decision{Verb: policy.RollBack, Action: string(policy.RollBack), Route: t.decision.Route}
			return p.fail(failed)
		}
		return c.rollback(p)
	}
	return p
}
