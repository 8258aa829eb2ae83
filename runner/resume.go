package runner

import (
	"context"
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/report"
)

// mainSteps conducts the run's own steps, from the first on or from where an earlier process of the run was cut off.
func (c *conductor) mainSteps(ctx context.Context, p progress) progress {
	steps, first := c.job.Steps.Steps, 0
	if k := c.job.Resume; k != nil {
		if first = slices.IndexFunc(steps, func(s spec.Step) bool { return s.ID == k.Next }); first < 0 {
			first = len(steps)
		}
	}
	p = c.sectionFrom(ctx, mainSection, steps, first, p)
	c.keep(mainSection, nil, p)
	return p
}

// keep writes into the journal that the steps before these are over. After a failure that nothing handled it stays as it
// is: a run that goes on meets the failure again, and does then what the policy says.
func (c *conductor) keep(section string, rest []spec.Step, p progress) {
	if c.job.Journal == nil || section != mainSection || c.in.file() || p.failed() || p.cancelled {
		return
	}
	next := ""
	if len(rest) > 0 {
		next = rest[0].ID
	}
	if err := c.job.Journal.keep(c.kept(p, next)); err != nil {
		c.show(report.Noted{Text: c.job.Masks.String(err.Error()), Warning: true})
	}
}
