package runner

import (
	"context"
	"fmt"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// obey does what the policy said last about a visit that failed.
func (c *conductor) obey(ctx context.Context, at place, step spec.Step, t tried) (progress, walk.Jump) {
	p, row, failed := t.progress, t.row, t.failed(step)
	if c.in.File() && walk.ActsOnRun(t.decision.Verb) {
		failed.decided = t.decision
		return c.close(p, at, row).fail(failed), walk.Jump{}
	}
	switch t.decision.Verb {
	case policy.Continue:
		return c.handled(t, at, "the run goes on by "+t.decision.Route), walk.Jump{}
	case policy.GoTo:
		return c.handled(t, at, fmt.Sprintf("the run goes on at %s by %s", t.decision.From, t.decision.Route)), walk.Jump{To: t.decision.From}
	case policy.Restart:
		return c.restart(ctx, at, step, t)
	case policy.RunSteps:
		return c.recover(ctx, at, step, t)
	case policy.Rerun:
		p.rerun = c.again(t.decision)
	case policy.RollBack:
		p = c.close(p, at, row).fail(failed)
		c.keepRollback(at, p)
		return c.rollback(ctx, p), walk.Jump{}
	}
	return c.close(p, at, row).fail(failed), walk.Jump{}
}

// failed is the failure of a visit as the run remembers it.
func (t tried) failed(step spec.Step) failedStep {
	return failedStep{id: step.ID, failure: *t.failure, passed: t.decision.Passed, from: t.last.from}
}

// handled ends a failed visit that counts as a success, and says why.
func (c *conductor) handled(t tried, at place, why string) progress {
	p, row := t.progress, t.row
	row.Conclusion, row.Why = report.StatusSuccess, why
	p.recovered = true
	return t.withLeft(c.close(p, at, row), at.id)
}

// withLeft is p with what the items of a group left that did succeed, though others did not.
func (t tried) withLeft(p progress, id string) progress {
	if !t.group {
		return p
	}
	left, v := t.last.effects, p.steps[id]
	v.Outputs = left.Outputs
	return p.withEnv(left.Env, left.Path).withStep(id, v)
}

// recover runs the user's own recovery steps. They see the failure as `error`; what follows is the route's
// `then`. Steps that fail themselves never hide the failure they were meant to mend.
func (c *conductor) recover(ctx context.Context, at place, step spec.Step, t tried) (progress, walk.Jump) {
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	before := c.close(t.progress, at, t.row)
	failed := t.failed(step)
	before.failure = &failed
	p := c.section(ctx, walk.Recovery, routes.Recovery[t.decision.Route], before)
	p.failure = t.progress.fail(*before.failure).failure
	worked := true
	for _, row := range p.rows[len(before.rows):] {
		ill := row.Conclusion == report.StatusFailure || row.Conclusion == report.StatusCancelled
		worked = worked && !(at.lists(row) && ill)
	}
	switch {
	case t.decision.Then == policy.Continue && worked && !p.cancelled:
		why := "the recovery steps of " + t.decision.Route + " mended it"
		c.show(report.Noted{Text: t.row.Ref() + " failed, and the run goes on: " + why, Warning: true})
		p = t.withLeft(p.mended(at, why), at.id)
		p.failure = t.progress.failure
	case t.decision.Then == policy.RollBack && !p.cancelled:
		t.progress = p
		if refused := c.situation(at, step, routes, t, 0).RollbackRefused(); refused != "" {
			c.show(report.Noted{Text: "nothing is rolled back: " + refused, Warning: true})
			break
		}
		if c.in.File() {
			failed.decided = policy.Decision{Verb: policy.RollBack, Action: string(policy.RollBack), Route: t.decision.Route}
			p = p.fail(failed)
			break
		}
		c.keepRollback(at, p)
		p = c.rollback(ctx, p)
	}
	return p, walk.Jump{}
}
