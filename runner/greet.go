package runner

import (
	"context"
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
)

// greet begins to talk to the server where a step is going to land something, and reads the branch where the first one does.
func (c *conductor) greet(ctx context.Context) {
	steps := c.job.Steps.Steps
	if c.job.Repository == nil || !lands(steps) {
		return
	}
	c.job.Repository.Greet(ctx, c.landsFirst(steps[0]), c.queue() != nil)
}

// landsFirst is the branch that a run's first step lands on, empty where it does something else or that is not known yet.
func (c *conductor) landsFirst(step spec.Step) string {
	if step.Uses != "land" || step.With["targets"] != nil {
		return ""
	}
	given, ok := step.With["branch"].(expr.Text)
	if !ok {
		return c.job.Facts.Branch
	}
	branch, _ := given.Literal()
	return branch
}

// lands reports whether one of the steps lands something.
func lands(steps []spec.Step) bool {
	return slices.ContainsFunc(steps, func(s spec.Step) bool {
		return s.Uses == "land" || s.Child != nil && lands(s.Child.Steps)
	})
}
