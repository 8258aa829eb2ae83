package runner

import (
	"context"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
)

// Greet begins to ask the server where the branch is that the run's first step lands on. Run does so too, but whoever prepares a
// Job may have more to do before.
func (j Job) Greet(ctx context.Context) {
	c := newConductor(j, time.Now())
	if branch := c.landsFirst(j.Steps.Steps[0]); branch != "" && j.Repository != nil {
		j.Repository.Greet(ctx, branch, c.queue() != nil)
	}
}

// landsFirst is the branch that a run's first step lands on, empty where it does something else or that is not known yet.
func (c *conductor) landsFirst(step spec.Step) string {
	if step.Uses != "land" || step.With["targets"] != nil || step.With["checkout"] != nil {
		return ""
	}
	given, ok := step.With["branch"].(expr.Text)
	if !ok {
		return c.job.Facts.Branch
	}
	branch, _ := given.Eval(c.values(progress{}, nil, 0)) // the step says what is wrong with it
	return branch
}
