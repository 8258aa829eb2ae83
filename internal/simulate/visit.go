package simulate

import (
	"fmt"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// visit takes one step through all its attempts and acts on the policy's last word.
func (c *conductor) visit(at place, step spec.Step, p progress) (progress, jump) {
	wanted, why, broken := c.wanted(at, step, p)
	if !wanted && broken == nil {
		p = p.show(Moment{At: p.now, Step: step.ID, Section: at.section, Restart: p.restarts, Status: report.StatusSkipped, Why: why})
		return p.close(row{step.ID, report.StatusSkipped, report.StatusSkipped}, nil), jump{}
	}
	t := c.attempts(at, step, p, broken)
	if t.failure == nil {
		p = t.progress
		p.recovered = p.recovered || t.n > 0
		return p.close(row{step.ID, report.StatusSuccess, report.StatusSuccess}, t.outputs), jump{}
	}
	return c.obey(at, step, t)
}

// wanted evaluates the step's `if`. A condition that can't be evaluated is a failure of the step.
func (c *conductor) wanted(at place, step spec.Step, p progress) (yes bool, why string, broken error) {
	switch {
	case step.If == nil && at.failed(p) && at.section != finallySection:
		return false, "an earlier step failed", nil
	case step.If == nil:
		return true, "", nil
	}
	status := c.status(at, p)
	if at.section == finallySection && !step.If.AsksStatus() {
		status = expr.Status{} // finally runs whatever happened, unless its condition says otherwise
	}
	yes, err := step.If.Holds(c.values(p, nil, 0), status)
	if err != nil {
		return false, "", fmt.Errorf("evaluate `if: %s`: %w", step.If.Source(), err)
	}
	return yes, "its `if` is false: " + step.If.Source(), nil
}

// status is what the status functions answer.
func (c *conductor) status(at place, p progress) expr.Status {
	conclusions := map[string]string{}
	for id, v := range p.steps {
		conclusions[id] = v.Conclusion
	}
	return expr.Status{Failed: at.failed(p), Steps: conclusions}
}

// tried is what a visit's attempts came to.
type tried struct {
	progress progress
	n        int               // the attempts before the last one
	outputs  map[string]string // of a success
	failure  *policy.Failure   // nil when the last attempt succeeded
	decision policy.Decision   // the policy's word on the failure
	total    time.Duration     // the step's total-timeout
}

// attempts plays the step until it succeeds or the policy says something other than "again".
func (c *conductor) attempts(at place, step spec.Step, p progress, broken error) tried {
	p.counters = p.counters.NewVisit()
	routes := c.routes(at, step)
	begun := p.now
	for n := 0; ; n++ {
		m := Moment{At: p.now, Step: step.ID, Section: at.section, Restart: p.restarts, Attempt: n}
		var e execution
		e, p = c.attempt(at, step, p, broken)
		e = e.within(step, p.now-begun)
		p.now += e.took
		m.Outcome, m.Took, m.Status = e.outcome, e.took, report.StatusSuccess
		if e.failure == nil {
			return c.succeeded(step, p, m)
		}
		m.Status, m.Kind = report.StatusFailure, e.failure.Kind
		t := tried{n: n, failure: e.failure, total: step.TotalTimeout, progress: p}
		t.decision, p.counters = policy.Decide(routes.List, p.counters, c.situation(at, routes, t, p.now-begun))
		m.Decision, m.To = decided(t.decision), t.decision.From
		p = p.show(m)
		if t.decision.Verb != policy.Retry {
			p.unknown = p.unknown || step.Uses == landStep && e.failure.Kind == policy.GitUnknown
			t.progress = p
			return t
		}
		p.retries++
		p.now, p.waited = later(p.now, t.decision.Delay), later(p.waited, t.decision.Delay)
	}
}

// later adds two durations, up to the longest there is.
func later(a, b time.Duration) time.Duration {
	return max(a+b, a) // of durations that are not negative, only a sum that overflows is less
}

// succeeded ends the attempts of a step. A land step has landed.
func (c *conductor) succeeded(step spec.Step, p progress, m Moment) tried {
	t := tried{n: m.Attempt}
	if step.Uses == landStep {
		m.Landed = true
		branch, _ := step.With["branch"].(expr.Text)
		p.landed = append(p.landed, landed{step.ID, branch.Source(), p.now})
		t.outputs = map[string]string{"outcome": "landed", "landed": "true"}
	}
	t.progress = p.show(m)
	return t
}

// routes are those that act on the step's failures here.
func (c *conductor) routes(at place, step spec.Step) spec.Routes {
	if at.section == mainSection {
		return c.job.Policy.RoutesOf(step)
	}
	return c.job.Policy.RoutesAside(step)
}

func decided(d policy.Decision) *report.Decision {
	var passed []report.Passed
	for _, p := range d.Passed {
		passed = append(passed, report.Passed{Route: p.Route, Action: p.Action, Reason: p.Reason})
	}
	return &report.Decision{Action: d.Action, Route: d.Route, N: d.N, Max: d.Max, Delay: d.Delay, Hinted: d.Hinted, Passed: passed}
}
