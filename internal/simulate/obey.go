package simulate

import (
	"strings"
	"time"

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
		return c.rollback(p.close(failed, nil).fail(failedStep{step.ID, *t.failure})), jump{}
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
		return c.rollback(p)
	}
	return p
}

// rollback reverts what landed, unless the last change on one of the branches is older than the policy allows.
func (c *conductor) rollback(p progress) progress {
	limit := c.job.Policy.Rollback.MaxAge
	last := map[string]time.Duration{}
	var steps []string
	for _, l := range p.landed {
		steps = append(steps, l.step)
		last[l.branch] = l.at
	}
	p.rollback = &rollback{}
	for _, at := range last {
		if limit > 0 && p.now-at > limit {
			p.rollback.refused = "the change is older than rollback.max-age"
		}
	}
	why := "rollback of what " + strings.Join(steps, ", ") + " landed"
	if p.rollback.refused != "" {
		why += " fails: " + p.rollback.refused
	}
	return p.show(Moment{At: p.now, Why: why})
}
