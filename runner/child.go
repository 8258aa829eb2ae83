package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// child executes another steps file, whole, as one step. Inside, only the steps' own routes act: the policy's are
// for the step. What a route inside decides for the run (restart, rerun, rollback) ends the file, and is done by the
// run's own step, once the file's finally is through.
func (c *conductor) child(ctx context.Context, step spec.Step, n int, t tried) execution {
	if step.Timeout > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, step.Timeout, errStepTimeout)
		defer cancel()
		ctx = timed
	}
	inner, err := c.into(step, n, t)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	own, cancel := sealed(ctx)
	defer cancel()
	last, cancelLast := outlive(own, inner.outlast)
	defer cancelLast()
	p := t.progress.fresh()
	p.failure, p.cancelled = nil, false
	p = inner.section(own, walk.Main, step.Child.Steps, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	var outputs map[string]string
	if !p.failed() && !p.cancelled {
		if outputs, err = inner.outputs(step.Child, p); err != nil {
			p = p.fail(failedStep{id: "outputs", failure: notStarted(err)})
		}
	}
	p = inner.section(last, walk.Finally, step.Child.Finally, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	return inner.fileEnded(t.progress, p, outputs).timedOut(ctx, step)
}

// errSealed is the cause of a context that ended because the step that runs the file was stopped.
var errSealed = errors.New("the step that runs this file was stopped")

// sealed is a context for the steps of a file that is run as a step. It ends with ctx, but does not tell why: that a
// timeout or the deadline came is told of the step that runs the file.
func sealed(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(errSealed) })
	return inner, func() { stop(); cancel(nil) }
}

// into is the conductor of the file that a step runs.
func (c *conductor) into(step spec.Step, n int, t tried) (*conductor, error) {
	values := c.values(t.progress, t.failure, n)
	given, err := spec.EvaluateEnv(step.Env, values)
	if err != nil {
		return nil, err
	}
	maps.Copy(values.Env, given)
	inner := *c
	inner.in, inner.item = c.in.Of(step, c.item), nil
	inner.job.Steps = step.Child
	if inner.job.Inputs, err = walk.Inputs(step, values); err != nil {
		return nil, err
	}
	alone := *c.job.Policy
	alone.Routes, alone.Policy.Routes = spec.Routes{}, nil
	inner.job.Policy = &alone
	inner.deadline = time.Time{} // the step's context has it
	if t.row.Section == walk.Finally {
		inner.outlast = min(c.outlast, time.Second) // there is no other finally to come
	}
	if t.row.Section != walk.Main {
		inner.in.Section = t.row.Section
	}
	values.Inputs = inner.job.Inputs
	file, err := spec.EvaluateEnv(step.Child.Env, values)
	if err != nil {
		return nil, fmt.Errorf("evaluate the env of %s: %w", step.Uses, err)
	}
	inner.env = c.sharedEnv(t.progress)
	maps.Copy(inner.env, given)
	maps.Copy(inner.env, file)
	return &inner, nil
}

// outputs evaluates what the file leaves to the steps after the one that runs it.
func (c *conductor) outputs(file *spec.Steps, p progress) (map[string]string, error) {
	outputs := map[string]string{}
	for _, o := range file.Outputs {
		value, err := o.Value.Eval(c.values(p, nil, 0))
		if err != nil {
			return nil, fmt.Errorf("evaluate the output %s: %w", o.Name, err)
		}
		outputs[o.Name] = value
	}
	return outputs, nil
}

// fileEnded makes one execution of a file's end. A failure keeps its kind, and names the step it came from.
func (c *conductor) fileEnded(before, p progress, outputs map[string]string) execution {
	e := execution{inner: &p}
	switch {
	case p.cancelled:
		e.cancelled = true
		e.failure = &policy.Failure{ExitCode: -1, Message: c.atWork(before, p)}
	case p.failure != nil:
		f := p.failure.failure
		f.Message = framed(p.failure.id, f.Message, p.failure.from)
		e.failure, e.decided, e.from = &f, p.failure.decided, p.failure.from
		if e.from == (origin{}) {
			e.from = origin{id: c.job.Masks.String(c.in.Rows + p.failure.id)}
		}
	default:
		path := slices.Clone(p.path)
		slices.Reverse(path) // what was left last stands first
		e.effects = process.Effects{Outputs: outputs, Env: p.env, Path: path}
	}
	return e
}

// framed puts a frame before a failure's message: "smoke > check: exit code 1".
func framed(frame, message string, from origin) string {
	if from != (origin{}) {
		return frame + " > " + message
	}
	return frame + ": " + message
}

// atWork says which of the file's steps was stopped.
func (c *conductor) atWork(before, p progress) string {
	for _, row := range slices.Backward(p.rows[len(before.rows):]) {
		if row.Conclusion == report.StatusCancelled {
			return row.ID + " was running"
		}
	}
	return "cancelled"
}
