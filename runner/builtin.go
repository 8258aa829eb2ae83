package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// builtin is a step belay brings along: what the files may say of it, and what it does.
type builtin struct {
	spec.Builtin
	do func(c *conductor, ctx context.Context, k call) execution
}

// call is one execution of a built-in step, its `with` evaluated.
type call struct {
	step     spec.Step
	with     map[string]any
	env      map[string]string // what its expressions see as `env`
	progress progress
	row      report.Step // names the step in events
}

// builtins is the table of built-in steps: one file each.
func builtins() []builtin {
	return []builtin{
		landStep(), editStep(), cloneStep(), httpStep(),
		openPullRequestStep(), waitPullRequestStep(), mergePullRequestStep(), closePullRequestStep(),
		revertStep(),
	}
}

// Builtins lists the built-in steps for the decoder, the schemas and the reference.
func Builtins() []spec.Builtin {
	var list []spec.Builtin
	for _, b := range builtins() {
		list = append(list, b.Builtin)
	}
	return list
}

// builtin executes a `uses:` step.
func (c *conductor) builtin(ctx context.Context, step spec.Step, n int, t tried) execution {
	values := c.values(t.progress, t.failure, n)
	own, err := spec.EvaluateEnv(step.Env, values)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	maps.Copy(values.Env, own)
	with, err := spec.Evaluate(step.With, values)
	if err != nil {
		return failedExecution(notStarted(fmt.Errorf("evaluate `with`: %w", err)))
	}
	if step.Timeout > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, step.Timeout, errStepTimeout)
		defer cancel()
		ctx = timed
	}
	for _, b := range builtins() {
		if b.Name == step.Uses {
			e := b.do(c, ctx, call{step: step, with: with.(map[string]any), env: values.Env, progress: t.progress, row: t.row})
			return e.timedOut(ctx, step)
		}
	}
	return failedExecution(policy.Failure{Kind: policy.StepStart, ExitCode: -1, Message: fmt.Sprintf("there is no built-in step %q", step.Uses)})
}

// errStepTimeout is the cause of a context that ended because the step's timeout came.
var errStepTimeout = errors.New("the step's timeout came")

// timedOut gives a failure of a built-in step, or of a file, the kind of its cause; that another item ended it is no
// failure. That nobody knows what landed stays the greater trouble.
func (e execution) timedOut(ctx context.Context, step spec.Step) execution {
	if e.failure == nil || e.failure.Kind == policy.GitUnknown {
		return e
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStepTimeout):
		e.cancelled = false
		e.failure.Kind = policy.StepTimeout
		e.failure.Message = fmt.Sprintf("ran longer than its timeout of %s: %s", step.Timeout, e.failure.Message)
	case errors.Is(cause, errSibling):
		e.cancelled = true
	}
	return e
}
