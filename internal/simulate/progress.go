package simulate

import (
	"maps"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// progress is how far a simulation has come. A stage takes one and returns the next.
type progress struct {
	now        time.Duration // since the run began
	waited     time.Duration
	moments    []Moment
	counters   policy.Counters
	steps      map[string]expr.StepValue // what later expressions see of a step
	played     map[string]int            // by step: how many of its outcomes are used up
	rows       []row
	landed     []landed
	unknown    bool // nobody knows what one of the landings came to
	rollback   *rollback
	failure    *failedStep // the first failure nothing handled
	recovered  bool
	rerun      bool
	restarts   int
	retries    int
	executions int
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
}

func (p progress) failed() bool { return p.failure != nil }

// fail records the first failure; later ones don't hide it.
func (p progress) fail(f failedStep) progress {
	if p.failure == nil {
		p.failure = &f
	}
	return p
}

// show adds a moment to the timeline.
func (p progress) show(m Moment) progress {
	p.moments = append(p.moments, m)
	return p
}

// close ends a visit: later expressions see the step.
func (p progress) close(r row, outputs map[string]string) progress {
	p.rows = append(p.rows, r)
	p.steps = maps.Clone(p.steps)
	if p.steps == nil {
		p.steps = map[string]expr.StepValue{}
	}
	p.steps[r.id] = expr.StepValue{Outputs: outputs, Outcome: string(r.outcome), Conclusion: string(r.conclusion)}
	return p
}
