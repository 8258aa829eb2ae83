package simulate

import (
	"cmp"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// landStep is the built-in step whose success others can see.
const landStep = "land"

// execution is what one attempt of a step comes to.
type execution struct {
	outcome   string // in the words of the outcomes, or what came before any of them
	took      time.Duration
	failure   *policy.Failure   // nil when it succeeds
	outputs   map[string]string // of a success
	done      bool              // its work was done before: it was not executed
	cancelled bool
	inner     *progress       // how far the file it ran has come; nil for other steps
	decided   policy.Decision // what a step of that file decided for the run
}

// attempt plays one execution of a step, in a visit that began at begun. What keeps it from being executed uses up
// none of its outcomes.
func (c *conductor) attempt(at place, step spec.Step, t tried, begun time.Duration, broken error) execution {
	now := t.progress.now
	end := c.limit(at, step, t.progress, begun)
	allowed := c.log.execute(c.job.Policy.Limits.Executions)
	var e execution
	switch {
	case end != nil && now >= end.at:
		return execution{}.stopped(*end, 0)
	case !allowed:
		e = failedExecution("not executed", policy.Failure{Kind: policy.RunBudget, ExitCode: -1, Message: "the run has used its executions"})
	case broken != nil:
		e = failedExecution("not started: "+broken.Error(), notStarted(broken))
	default:
		e = c.execute(at, step, t, end)
	}
	switch {
	case end == nil:
	case e.inner != nil && e.failure != nil && later(now, e.took) >= end.at:
		e = e.stopped(*end, e.took) // its finally may have gone on after that
	case e.inner == nil && later(now, e.took) > end.at:
		e = e.stopped(*end, end.at-now)
	}
	return e
}

// execute plays the step's next outcome; where none is left for it, a step that runs a file runs it.
func (c *conductor) execute(at place, step spec.Step, t tried, end *limit) execution {
	name, outcomes := c.outcomes(step)
	for n := c.log.played[name]; n < len(outcomes); n++ {
		c.log.played[name] = n + 1
		if !outcomes[n].Done || t.n > 0 || t.progress.restarts > 0 { // else no probe is asked
			return c.play(step, outcomes[n])
		}
	}
	if step.Child != nil {
		return c.child(at, step, t, end)
	}
	return c.play(step, spec.Outcome{Text: "ok"})
}

func failedExecution(outcome string, f policy.Failure) execution {
	return execution{outcome: outcome, failure: &f}
}

// stopped ends an execution at a limit. That nobody knows what landed stays the greater trouble.
func (e execution) stopped(at limit, took time.Duration) execution {
	e.took = took
	if e.failure != nil && e.failure.Kind == policy.GitUnknown {
		return e
	}
	e.outcome, e.outputs, e.cancelled = at.word, nil, at.kind == ""
	e.failure = &policy.Failure{Kind: at.kind, ExitCode: -1, Message: "it was stopped: " + at.word}
	return e
}

// play gives an outcome its failure. A step with a timeout takes no longer than that; but that nobody knows what
// landed stays the greater trouble.
func (c *conductor) play(step spec.Step, o spec.Outcome) execution {
	e := execution{outcome: o.Text, took: o.Took, done: o.Done}
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
