package runner

import (
	"context"
	"maps"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Dispatcher asks the CI host for a new run, and returns its page, or one on which it will be seen.
type Dispatcher interface {
	Dispatch(ctx context.Context, again forge.Dispatch) (page string, err error)
}

// lineage is where the run comes from. A run that a person started again counts too: belay has no other way to see
// that the same was tried before, and must not begin to count anew.
func (j Job) lineage() policy.Lineage {
	l := j.Lineage
	if l.Root == "" {
		l.Root = j.Facts.RunID
	}
	l.Reruns += max(j.Facts.RunAttempt-1, 0)
	return l
}

// again is the new run that the policy decided on.
func (c *conductor) again(d policy.Decision) *report.Rerun {
	l := c.job.lineage()
	l.Reruns = d.N
	return &report.Rerun{Where: d.Where, N: d.N, Max: d.Max, Lineage: l.String(), Started: d.Where == policy.RerunHere}
}

// rerun asks the host for the new run, once all else of this one is over: the two must not meet. A host that
// refuses changes nothing about the outcome: the outputs still ask for the run, of whoever reads them. One that belay
// starts itself is the caller's, as this run has to end first.
func (c *conductor) rerun(ctx context.Context, p progress) progress {
	if p.cancelled {
		p.rerun = nil // who cancels a run wants no other
	}
	if p.rerun == nil || p.rerun.Where != policy.RerunHost {
		return p
	}
	asked := *p.rerun
	c.keepAsked(p)
	page, refused := c.ask(ctx, asked.Lineage)
	asked.Started, asked.URL, asked.Message = refused == "", page, c.job.Masks.String(refused)
	p.rerun = &asked
	return p
}

// ask asks the host for the new run, and returns its page, or why it was not started.
func (c *conductor) ask(ctx context.Context, lineage string) (page, refused string) {
	again := c.job.Facts.Again
	switch {
	case again.Refused != "":
		return "", again.Refused
	case c.job.Dispatcher == nil:
		return "", c.job.NoDispatcher.Error()
	}
	inputs := map[string]string{}
	maps.Copy(inputs, again.Inputs)
	inputs[again.Lineage] = lineage
	page, err := c.job.Dispatcher.Dispatch(ctx, forge.Dispatch{Run: again.Run, Workflow: again.Workflow, Ref: again.Ref, Inputs: inputs})
	if err != nil {
		return "", err.Error()
	}
	return page, ""
}

// rerunHostRefused says why the CI host can't be asked for a new run; empty when it can.
func (c *conductor) rerunHostRefused() string {
	if c.job.Facts.Again.Lineage == "" {
		return "there is no CI host to ask"
	}
	return ""
}

// rerunHereRefused says why belay can't start a new run itself; empty when it can.
func (c *conductor) rerunHereRefused() string {
	switch {
	case c.job.Repository == nil:
		return "there is nothing to clone: " + c.job.NoRepository.Error()
	case !c.job.Repository.HasGit():
		return "git is not installed, and a fresh clone needs it"
	case c.job.Facts.Branch == "" || c.job.Facts.Base != "":
		return "this run was not started from a branch, of which a fresh clone could be made"
	}
	return ""
}
