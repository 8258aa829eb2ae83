package runner

import (
	"context"
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
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
	if k := c.job.Resume; k != nil && k.Restart != nil {
		p = c.resumeRestart(ctx, p, *k.Restart)
	}
	if k := c.job.Resume; k != nil && k.RollbackDue {
		p = c.rollback(ctx, p)
	}
	p = c.sectionFrom(ctx, walk.Main, steps, first, p)
	c.keep(walk.Main, nil, p)
	return p
}

// keep writes into the journal that the steps before these are over. Before a step that may not be executed again it is
// on the disk when that begins: a journal that lags behind, after a power cut, would have it executed twice.
func (c *conductor) keep(section string, rest []spec.Step, p progress) {
	if section != walk.Main || c.in.File() {
		return
	}
	next, lasting := "", false
	if len(rest) > 0 {
		next, lasting = rest[0].ID, rest[0].Once()
	}
	c.enter(p, next, lasting, false)
}

// keepRollback writes that a rollback is due, before it begins: a run that goes on must not execute a step again whose
// failure has been answered already.
func (c *conductor) keepRollback(at place, p progress) {
	next := ""
	if len(at.later) > 0 {
		next = at.later[0]
	}
	c.enter(p, next, true, true)
}

// keepAsked writes that the new run may have been asked for: an answer that was lost is no reason to ask twice.
func (c *conductor) keepAsked(p progress) {
	p.rerun = nil
	c.enter(p, "", true, false)
}

// keepRestart writes that a restart is due, before it begins: a run that goes on must not take the fresh tip for what the
// step that failed had found. The rows of that step are kept apart, as they are not final while the restart can be refused.
func (c *conductor) keepRestart(at place, p progress, due KeptRestart) {
	if at.section != walk.Main || due.Workspace == policy.KeepWorkspace || !c.keeps(p) {
		return
	}
	for _, row := range p.rows[at.row:] {
		due.Rows = append(due.Rows, trimmed(row))
	}
	p.rows = p.rows[:at.row]
	k := c.kept(p, due.From)
	k.Restart = &due
	c.write(k, true)
}

// enter writes how far the run has come.
func (c *conductor) enter(p progress, next string, lasting, rollbackDue bool) {
	if c.keeps(p) {
		k := c.kept(p, next)
		k.RollbackDue = rollbackDue
		c.write(k, lasting)
	}
}

// keeps reports whether the run's journal is written: not when it has none, or is being cancelled.
func (c *conductor) keeps(p progress) bool { return c.job.Journal != nil && !p.cancelled }

// write writes into the journal.
func (c *conductor) write(k Kept, lasting bool) {
	if err := c.job.Journal.keep(k, lasting); err != nil {
		c.show(report.Noted{Text: c.job.Masks.String(err.Error()), Warning: true})
	}
}
