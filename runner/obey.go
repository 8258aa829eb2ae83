package runner

import (
	"context"
	"fmt"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// obey does what the policy said last about a visit that failed.
func (c *conductor) obey(ctx context.Context, at place, step spec.Step, t tried) (progress, jump) {
	p, row, failed := t.progress, t.row, failedStep{step.ID, *t.failure, t.decision.Passed}
	switch t.decision.Verb {
	case policy.Continue:
		return c.handled(p, row, "the run goes on by "+t.decision.Route), jump{}
	case policy.GoTo:
		return c.handled(p, row, fmt.Sprintf("the run goes on at %s by %s", t.decision.From, t.decision.Route)), jump{to: t.decision.From}
	case policy.Restart:
		return c.restart(ctx, at, step, t)
	case policy.RunSteps:
		return c.recover(ctx, at, step, t)
	case policy.Rerun:
		p.rerun = c.again(t.decision)
	case policy.RollBack:
		p = c.close(p, row).fail(failed)
		return c.rollback(ctx, p), jump{}
	}
	return c.close(p, row).fail(failed), jump{}
}

// handled ends a failed visit that counts as a success, and says why.
func (c *conductor) handled(p progress, row report.Step, why string) progress {
	row.Conclusion, row.Why = report.StatusSuccess, why
	p.recovered = true
	return c.close(p, row)
}

// recover runs the user's own recovery steps. They see the failure as `error`; what follows is the route's
// `then`. Steps that fail themselves never hide the failure they were meant to mend.
func (c *conductor) recover(ctx context.Context, at place, step spec.Step, t tried) (progress, jump) {
	routes := c.routes(at, step)
	before := c.close(t.progress, t.row)
	before.failure = &failedStep{step.ID, *t.failure, t.decision.Passed}
	p := c.section(ctx, recoverySection, routes.Recovery[t.decision.Route], before)
	p.failure = t.progress.fail(*before.failure).failure
	worked := true
	for _, row := range p.rows[len(before.rows):] {
		worked = worked && row.Conclusion != report.StatusFailure && row.Conclusion != report.StatusCancelled
	}
	switch {
	case t.decision.Then == policy.Continue && worked && !p.cancelled:
		why := "the recovery steps of " + t.decision.Route + " mended it"
		c.show(report.Noted{Text: step.ID + " failed, and the run goes on: " + why, Warning: true})
		p = p.mended(len(before.rows)-1, why)
		p.failure = t.progress.failure
	case t.decision.Then == policy.RollBack && !p.cancelled:
		t.progress = p
		if refused := c.situation(at, routes, t, 0).RollbackRefused(); refused != "" {
			c.show(report.Noted{Text: "nothing is rolled back: " + refused, Warning: true})
			break
		}
		p = c.rollback(ctx, p)
	}
	return p, jump{}
}
