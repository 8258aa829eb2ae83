package simulate

import (
	"maps"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// progress is how far a simulation has come. It is a value: a stage takes one and returns the next.
type progress struct {
	now       time.Duration // since the run began
	counters  policy.Counters
	steps     map[string]expr.StepValue // what later expressions see of a step
	rows      []row                     // the visits of this file's steps
	landed    []landed
	unknown   bool // nobody knows what one of the landings came to
	rollback  *rollback
	failure   *failedStep // the first failure nothing handled
	cancelled bool        // what is played here was stopped
	recovered bool
	rerun     bool
	restarts  int
}

// row is how a visit of a step ended.
type row struct {
	id         string
	outcome    report.Status
	conclusion report.Status
}

// landed is what one execution of a land step put on a branch.
type landed struct {
	step, branch string
	at           time.Duration
}

// rollback is one that was tried.
type rollback struct {
	refused string // why nothing was changed; empty when it was done
}

// failedStep is a failure with the step it came from.
type failedStep struct {
	id      string
	failure policy.Failure
	decided policy.Decision // in a file that is run as a step: what is to become of the run, with an empty Verb for nothing
}

func (p progress) failed() bool { return p.failure != nil }

// fail records the first failure; later ones don't hide it. What a later one decided for the run counts where the
// first decided nothing.
func (p progress) fail(f failedStep) progress {
	if p.failure == nil {
		p.failure = &f
	}
	if p.failure.decided.Verb == "" && f.decided.Verb != "" {
		earlier := *p.failure
		earlier.decided = f.decided
		p.failure = &earlier
	}
	return p
}

// close ends a visit: later expressions see the step.
func (p progress) close(r row, outputs map[string]string) progress {
	p.rows = append(slices.Clip(p.rows), r)
	return p.withStep(r.id, expr.StepValue{Outputs: outputs, Outcome: string(r.outcome), Conclusion: string(r.conclusion)})
}

func (p progress) withStep(id string, v expr.StepValue) progress {
	p.steps = maps.Clone(p.steps)
	if p.steps == nil {
		p.steps = map[string]expr.StepValue{}
	}
	p.steps[id] = v
	return p
}

// with adds what happened in an item, or in a file that was run: inner began as base did. What inner counted, left
// for later steps of its own, and how it ended, is the caller's to judge.
func (p progress) with(base, inner progress) progress {
	p.landed = slices.Concat(p.landed, inner.landed[len(base.landed):])
	p.unknown = p.unknown || inner.unknown
	p.recovered = p.recovered || inner.recovered
	return p
}
