package simulate

import (
	"cmp"
	"maps"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// landStep is the built-in step whose success others can see.
const landStep = "land"

// execution is what one attempt of a step comes to.
type execution struct {
	outcome string // in the words of the outcomes, or what came before any of them
	took    time.Duration
	failure *policy.Failure // nil when it succeeds
}

// attempt plays one execution of a step. What keeps it from being executed uses up none of its outcomes.
func (c *conductor) attempt(at place, step spec.Step, p progress, broken error) (execution, progress) {
	p.executions++
	end, bounded := c.end(at, p)
	limit := c.job.Policy.Limits.Executions
	switch {
	case bounded && p.now >= end:
		return deadline(0), p
	case broken != nil:
		f := notStarted(broken)
		return execution{outcome: "start", failure: &f}, p
	case limit > 0 && p.executions > limit:
		return execution{outcome: "not executed", failure: &policy.Failure{Kind: policy.RunBudget, ExitCode: -1, Message: "the run has used its executions"}}, p
	}
	outcome := spec.Outcome{Text: "ok"}
	if n := p.played[step.ID]; n < len(c.script[step.ID]) {
		outcome = c.script[step.ID][n]
		p.played = maps.Clone(p.played)
		p.played[step.ID]++
	}
	e := c.execute(step, outcome)
	if bounded && p.now+e.took > end {
		e = deadline(end - p.now)
	}
	return e, p
}

func deadline(took time.Duration) execution {
	return execution{outcome: "deadline", took: took, failure: &policy.Failure{
		Kind: policy.RunDeadline, ExitCode: -1, Message: "the run's deadline came while the step was running",
	}}
}

// within ends an execution, begun after so much of its visit, where the step's total-timeout is over. As in execute,
// that nobody knows what landed stays the greater trouble.
func (e execution) within(step spec.Step, elapsed time.Duration) execution {
	left := max(step.TotalTimeout-elapsed, 0)
	if step.TotalTimeout <= 0 || e.took <= left {
		return e
	}
	e.took = left
	if e.failure == nil || e.failure.Kind != policy.GitUnknown {
		e.outcome = "total-timeout"
		e.failure = &policy.Failure{Kind: policy.StepTimeout, ExitCode: -1, Message: "the step's total-timeout was over"}
	}
	return e
}

// execute gives an outcome its failure. A step with a timeout takes no longer than that; but that nobody knows what
// landed stays the greater trouble.
func (c *conductor) execute(step spec.Step, o spec.Outcome) execution {
	e := execution{outcome: o.Text, took: o.Took}
	seen := o.Seen
	if seen.TimedOut {
		e.took = cmp.Or(o.Took, step.Timeout)
	}
	if step.Timeout > 0 && e.took > step.Timeout {
		e.took = step.Timeout
		if o.Kind != policy.GitUnknown {
			o.Kind, seen.TimedOut = "", true
		}
	}
	seen.Rules = c.job.Policy.Classify
	failure, failed := policy.Observe(seen)
	if o.Kind != "" {
		failure, failed = own(o, failure), true
	}
	if failed {
		e.failure = &failure
	}
	return e
}

// own is a failure of one of belay's kinds, with what the outcome says besides.
func own(o spec.Outcome, seen policy.Failure) policy.Failure {
	info, _ := o.Kind.Info()
	seen.Kind, seen.Message, seen.ExitCode, seen.Signal = o.Kind, info.Means, -1, ""
	return seen
}
