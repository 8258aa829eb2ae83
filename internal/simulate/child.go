package simulate

import (
	"maps"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
)

// child plays another steps file, whole, as one step, which is stopped at end. Inside, only the steps' own routes act:
// the policy's are for the step. What a route inside decides for the run (restart, rerun, rollback) ends the file.
func (c *conductor) child(at place, step spec.Step, t tried, end *limit) execution {
	inner, err := c.into(step, t)
	if err != nil {
		return failedExecution("not started: "+err.Error(), notStarted(err))
	}
	if !c.in.File() {
		inner.earlier = t.progress.rows
	}
	inner.stop = nil
	if end != nil {
		inner.stop = &end.at
	}
	if at.section != walk.Main {
		inner.in.Section = at.section
	}
	if at.section == walk.Finally {
		inner.outlast = min(c.outlast, time.Second) // there is no other finally to come
	}
	p := t.progress
	p.steps, p.rows, p.failure, p.cancelled = nil, nil, nil, false
	p = inner.section(walk.Main, step.Child.Steps, p)
	var outputs map[string]string
	if p.cancelled = p.cancelled || inner.stopped(p.now); !p.failed() && !p.cancelled {
		if outputs, err = spec.EvaluateEnv(step.Child.Outputs, inner.values(p, nil, 0)); err != nil {
			p = p.fail(failedStep{id: "outputs", failure: notStarted(err)})
		}
	}
	p = inner.last().section(walk.Finally, step.Child.Finally, p)
	p.cancelled = p.cancelled || inner.stopped(p.now)
	return fileEnded(t.progress, p, outputs)
}

// last is where the finally of a file is played: as its steps were, but a few seconds longer where those are stopped.
func (c *conductor) last() *conductor {
	last := *c
	if c.stop != nil {
		late := *c.stop + c.outlast
		last.stop = &late
	}
	return &last
}

// fileEnded makes one execution of a file's end. A failure keeps its kind.
func fileEnded(before, p progress, outputs map[string]string) execution {
	e := execution{outcome: "ok", inner: &p, took: p.now - before.now}
	switch {
	case p.cancelled:
		e.outcome, e.cancelled, e.failure = "stopped", true, &policy.Failure{ExitCode: -1}
	case p.failed():
		f := p.failure.failure
		e.outcome, e.failure, e.decided = p.failure.id+" failed", &f, p.failure.decided
	default:
		e.outputs = outputs
	}
	return e
}

// into is the conductor of the file that a step runs.
func (c *conductor) into(step spec.Step, t tried) (*conductor, error) {
	values := c.values(t.progress, t.failure, t.n)
	given, err := spec.EvaluateEnv(step.Env, values)
	if err != nil {
		return nil, err
	}
	maps.Copy(values.Env, given)
	inner := *c
	inner.in, inner.item, inner.within = c.in.Of(step, c.item), nil, nil
	for _, name := range c.names(step) {
		inner.within = append(inner.within, name+"/")
	}
	inner.job.Steps = step.Child
	if inner.job.Inputs, err = walk.Inputs(step, values); err != nil {
		return nil, err
	}
	alone := *c.job.Policy
	alone.Routes, alone.Policy.Routes = spec.Routes{}, nil
	inner.job.Policy = &alone
	values.Inputs = inner.job.Inputs
	file, err := spec.EvaluateEnv(step.Child.Env, values)
	if err != nil {
		return nil, err
	}
	inner.env = map[string]string{}
	for _, env := range []map[string]string{c.env, given, file} {
		maps.Copy(inner.env, env)
	}
	return &inner, nil
}
