package simulate

import (
	"maps"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// visit takes one step, or each of its items, through all attempts and acts on the policy's last word.
func (c *conductor) visit(at place, step spec.Step, p progress) (progress, walk.Jump) {
	standing := walk.Standing{Section: at.section, In: c.in, Failed: at.failed(p), Cancelled: p.cancelled, Steps: p.steps}
	wanted, why, broken := standing.Wanted(step, func() expr.Values { return c.values(p, nil, 0) })
	if !wanted && broken == nil {
		return c.skipped(at, step, p, why), walk.Jump{}
	}
	var t tried
	if step.ForEach != nil && broken == nil {
		t = c.group(at, step, p)
	} else {
		t = c.attempts(at, step, p, broken)
	}
	switch p = t.progress; {
	case t.cancelled:
		p.cancelled = true
		return p.close(row{step.ID, report.StatusCancelled, report.StatusCancelled}, nil), walk.Jump{}
	case t.failure == nil:
		p.recovered = p.recovered || t.n > 0
		return p.close(row{step.ID, report.StatusSuccess, report.StatusSuccess}, t.outputs), walk.Jump{}
	}
	return c.obey(at, step, t)
}

// moment begins the line of an execution in the timeline.
func (c *conductor) moment(at place, step spec.Step, p progress, n int) Moment {
	m := Moment{At: p.now, Step: c.in.Rows + step.ID, Section: at.section, Restart: p.restarts, Attempt: n, Status: report.StatusSuccess, names: c.names(step)}
	if c.item != nil {
		m.Item = c.item.Name
	}
	return m
}

// skipped is the run after a step that does not run.
func (c *conductor) skipped(at place, step spec.Step, p progress, why string) progress {
	c.skip(at, step, p, why)
	return p.close(row{step.ID, report.StatusSkipped, report.StatusSkipped}, nil)
}

func (c *conductor) skip(at place, step spec.Step, p progress, why string) {
	m := c.moment(at, step, p, 0)
	m.Status, m.Why = report.StatusSkipped, why
	c.log.show(m)
}

// tried is what a visit's attempts came to.
type tried struct {
	progress  progress
	n         int               // the executions before the last one
	outputs   map[string]string // of a success
	failure   *policy.Failure   // nil when the last attempt succeeded
	decision  policy.Decision   // the policy's word on the failure
	decided   policy.Decision   // what a step of the file it ran decided for the run
	cancelled bool
	total     time.Duration // the step's total-timeout
	item      *spec.Item    // what the failure is of; nil outside of a for-each
	group     bool          // the failure is a group's: its items took their retries
}

// attempts plays the step until it succeeds or the policy says something other than "again".
func (c *conductor) attempts(at place, step spec.Step, p progress, broken error) tried {
	t := tried{progress: p, total: step.TotalTimeout, item: c.item}
	t.progress.counters = p.counters.NewVisit()
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	for begun := p.now; ; t.n++ {
		m := c.moment(at, step, t.progress, t.n)
		e := c.attempt(at, step, t, begun, broken)
		t.progress.now = later(t.progress.now, e.took)
		t.failure, t.cancelled, t.decided = e.failure, e.cancelled, e.decided
		m.Outcome, m.Took = e.outcome, e.took
		if e.inner != nil {
			t.progress.counters = t.progress.counters.After(e.inner.counters)
			t.progress = t.progress.with(t.progress, *e.inner)
			m.At = t.progress.now
		}
		switch {
		case e.cancelled:
			m.Status = report.StatusCancelled
			c.log.show(m)
			return t
		case e.failure == nil:
			return c.succeeded(step, t, e, m)
		}
		m.Status, m.Kind = report.StatusFailure, e.failure.Kind
		t.decision, t.progress.counters = c.decide(at, step, routes, t, t.progress.now-begun)
		if c.item == nil || t.decision.Verb == policy.Retry { // all else is the group's
			m.Decision, m.To = report.Decided(routes.List, t.decision), t.decision.From
		}
		c.log.show(m)
		if t.decision.Verb != policy.Retry {
			t.progress.unknown = t.progress.unknown || step.Uses == landStep && e.failure.Kind == policy.GitUnknown
			return t
		}
		if t = c.wait(t); t.cancelled {
			return t
		}
	}
}

// wait lets time pass before a retry, unless what is played here is stopped meanwhile.
func (c *conductor) wait(t tried) tried {
	begun := t.progress.now
	t.progress.now = later(begun, t.decision.Delay)
	if c.stopped(t.progress.now) {
		t.progress.now, t.cancelled = max(begun, *c.stop), true
	}
	c.log.waited = later(c.log.waited, t.progress.now-begun)
	return t
}

// later adds two durations, up to the longest there is.
func later(a, b time.Duration) time.Duration {
	return max(a+b, a) // of durations that are not negative, only a sum that overflows is less
}

// succeeded ends the attempts of a step. A land step has landed.
func (c *conductor) succeeded(step spec.Step, t tried, e execution, m Moment) tried {
	t.outputs = c.left(step)
	maps.Copy(t.outputs, e.outputs)
	if step.Uses == landStep && !e.done {
		m.Landed = true
		for _, to := range step.LandsOn() {
			t.progress.landed = append(t.progress.landed[:len(t.progress.landed):len(t.progress.landed)], landed{m.name(), to.String(), t.progress.now})
		}
		maps.Copy(t.outputs, map[string]string{"outcome": "landed", "landed": "true"})
	}
	c.log.show(m)
	return t
}

// decide asks the policy about a failure, and counts the retry it grants. Where a step of the file it ran has said
// what becomes of the run, that is the decision.
func (c *conductor) decide(at place, step spec.Step, routes spec.Routes, t tried, elapsed time.Duration) (policy.Decision, policy.Counters) {
	if t.decided.Verb != "" {
		return t.decided, t.progress.counters
	}
	d, counters := policy.Decide(routes.List, t.progress.counters, c.situation(at, step, routes, t, elapsed))
	if d.Verb == policy.Retry {
		c.log.retries++
	}
	return d, counters
}
