package simulate

import (
	"strings"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// obey does what the policy said last about a visit that failed.
func (c *conductor) obey(at place, step spec.Step, t tried) (progress, jump) {
	p := t.progress
	failed, handled := row{step.ID, report.StatusFailure, report.StatusFailure}, row{step.ID, report.StatusFailure, report.StatusSuccess}
	switch t.decision.Verb {
	case policy.Continue:
		p.recovered = true
		return p.close(handled, nil), jump{}
	case policy.GoTo:
		p.recovered = true
		return p.close(handled, nil), jump{to: t.decision.From}
	case policy.Restart:
		p.restarts++
		p.recovered = true
		return p.close(failed, nil), jump{to: t.decision.From, restart: true}
	case policy.RunSteps:
		return c.recover(at, step, t), jump{}
	case policy.Rerun:
		p.rerun = true
	case policy.RollBack:
		return p.close(failed, nil).fail(failedStep{step.ID, *t.failure}).rollback(), jump{}
	}
	return p.close(failed, nil).fail(failedStep{step.ID, *t.failure}), jump{}
}

// recover plays the user's own recovery steps, and then the route's `then`. Steps that fail themselves never hide
// the failure they were meant to mend.
func (c *conductor) recover(at place, step spec.Step, t tried) progress {
	routes := c.routes(at, step)
	before := t.progress.close(row{step.ID, report.StatusFailure, report.StatusFailure}, nil)
	before.failure = &failedStep{step.ID, *t.failure}
	p := c.section(recoverySection, routes.Recovery[t.decision.Route], before)
	p.failure = t.progress.fail(*before.failure).failure
	worked := true
	for _, r := range p.rows[len(before.rows):] {
		worked = worked && r.conclusion != report.StatusFailure
	}
	switch {
	case t.decision.Then == policy.Continue && worked:
		p.failure, p.recovered = t.progress.failure, true
	case t.decision.Then == policy.RollBack:
		t.progress = p
		if refused := c.situation(at, routes, t, 0).RollbackRefused(); refused != "" {
			return p.show(Moment{At: p.now, Why: "nothing is rolled back: " + refused})
		}
		return p.rollback()
	}
	return p
}

// rollback reverts what landed.
func (p progress) rollback() progress {
	p.rolledBack = true
	return p.show(Moment{At: p.now, Why: "rollback of what " + strings.Join(p.landed, ", ") + " landed"})
}
