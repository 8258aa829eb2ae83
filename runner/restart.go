package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// start is what the workspace was like when the run began, as far as a restart has to know.
type start struct {
	snapshot gitops.Snapshot
	refused  string // why no restart is possible, as a clause; empty when it is
}

// lookAround takes the snapshot a restart needs. A run that can't restart does not pay for it.
func (c *conductor) lookAround(ctx context.Context) start {
	if !c.mayRestart() {
		return start{}
	}
	if c.job.Repository == nil {
		return start{refused: c.noCheckout()}
	}
	if !c.job.Repository.HasGit() {
		return start{refused: "git is not installed"}
	}
	snapshot, err := c.job.Repository.Snapshot(ctx)
	switch {
	case err != nil:
		return start{refused: err.Error()}
	case snapshot.Dirty:
		return start{refused: "the work tree had uncommitted changes when the run began, and a restart would destroy them"}
	}
	return start{snapshot: snapshot}
}

func (c *conductor) mayRestart() bool {
	return slices.ContainsFunc(c.job.Policy.Routes.List, restarts) || stepsRestart(c.job.Steps)
}

// restarts reports whether a route brings the workspace to the fresh tip.
func restarts(r policy.Route) bool {
	restart, is := r.Action.(policy.RestartAction)
	return is && restart.Workspace != policy.KeepWorkspace
}

// stepsRestart reports whether a route of a file's steps restarts the run, or one in the files they run.
func stepsRestart(file *spec.Steps) bool {
	return slices.ContainsFunc(file.Steps, func(s spec.Step) bool {
		return slices.ContainsFunc(s.OnError.List, restarts) || s.Child != nil && stepsRestart(s.Child)
	})
}

// restart starts again from the first step, or from the step the route names, as a rule on the branch's fresh tip. Where
// the workspace can't be brought there, the routes below have their say.
func (c *conductor) restart(ctx context.Context, at place, step spec.Step, t tried) (progress, walk.Jump) {
	due := c.dueRestart(t)
	p := t.progress.closed(at, t.row).restarted(t.decision.From)
	c.keepRestart(at, p, due)
	tip, err := c.refresh(ctx, due)
	if err != nil {
		t.noRestart = "the workspace could not be reset: " + err.Error()
		routes := walk.Routes(c.job.Policy, at.section, step, c.in)
		t.decision, t.progress.counters = c.decide(at, step, routes, t, time.Since(t.row.Started))
		return c.obey(ctx, at, step, t)
	}
	c.show(report.StepEnded{Step: t.row})
	c.showRestart(due, tip)
	return p, walk.Jump{To: t.decision.From, Restart: true}
}

// dueRestart is the restart that the policy decided on.
func (c *conductor) dueRestart(t tried) KeptRestart {
	d := t.decision
	due := KeptRestart{Branch: c.job.Facts.Branch, Workspace: d.Workspace, From: cmp.Or(d.From, c.job.Steps.Steps[0].ID), N: d.N, Max: d.Max}
	if due.Branch == "" && t.last.landing != nil && t.last.where == (Elsewhere{}) {
		due.Branch = t.last.landing.Branch
	}
	return due
}

// resumeRestart brings a restart to its end that another process had begun: the workspace may be what it was, the fresh tip,
// or neither.
func (c *conductor) resumeRestart(ctx context.Context, p progress, due KeptRestart) progress {
	p.rows = slices.Concat(p.rows, due.Rows)
	tip, err := c.refresh(ctx, due)
	if err != nil {
		return p.fail(failedStep{id: due.From, failure: notStarted(fmt.Errorf("the restart that had begun could not be brought to its end: %w", err))})
	}
	c.showRestart(due, tip)
	return p
}

func (c *conductor) showRestart(due KeptRestart, tip gitops.ID) {
	if due.Workspace != policy.KeepWorkspace {
		c.others.forget()
	}
	c.show(report.Restarted{From: due.From, Tip: string(tip), N: due.N, Max: due.Max})
}

// refresh does to the workspace what the restart says. It returns the fresh tip, empty where the files are kept.
func (c *conductor) refresh(ctx context.Context, due KeptRestart) (gitops.ID, error) {
	if due.Workspace == policy.KeepWorkspace {
		return "", nil
	}
	if c.job.Repository == nil {
		return "", errors.New(c.noCheckout())
	}
	return c.job.Repository.Refresh(ctx, due.Branch, c.start.snapshot, extent(due.Workspace))
}
