package runner

import (
	"context"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// prepare does what comes before a step is executed again: its probe, to the workspace what the retry says, and its
// `before`. When that says how the attempt ended, stands is true.
func (c *conductor) prepare(ctx context.Context, step spec.Step, n int, t tried) (e execution, stands bool) {
	if step.Probe != "" && c.mayHaveRun(n, t) {
		if e, stands = c.probe(ctx, step, n, t); stands {
			return e, true
		}
	}
	if n > 0 {
		if e, stands = c.bringBack(ctx, t); stands {
			return e, true
		}
	}
	if step.Before == "" || n == 0 {
		return execution{}, false
	}
	e = c.beside(ctx, step, step.Before, n, t)
	if e.failure == nil {
		return execution{}, false
	}
	e.failure.Message = "before the retry: " + e.failure.Message
	return e, true
}

// mayHaveRun reports whether the step may have been executed before, by this run or by one that it repeats: a probe
// that looked before the first execution could take what another run left for the step's work.
func (c *conductor) mayHaveRun(n int, t tried) bool {
	return n > 0 || c.job.Resume != nil || t.progress.restarts > 0 || c.run.Attempt > 1 || c.run.Reruns > 0
}

// A shell's own words for "the command can't be run" and "there is no such command" (POSIX 2.8.2): a probe that ends so
// has found out nothing.
const (
	notExecutable = 126
	notFound      = 127
)

// probe asks whether the step's work is done already. A probe that can't say fails the attempt: to execute the step all
// the same could do its work twice.
func (c *conductor) probe(ctx context.Context, step spec.Step, n int, t tried) (execution, bool) {
	e := c.beside(ctx, step, step.Probe, n, t)
	switch {
	case e.failure == nil:
		e.attempt.Message = "its probe found that the work is done"
		c.show(report.Noted{Text: t.row.Ref() + " is not executed again: " + e.attempt.Message})
		return e, true
	case saysNo(e):
		return execution{}, false
	}
	e.failure.Message = "its probe could not say whether the work is done: " + e.failure.Message
	return e, true
}

// saysNo reports whether a probe ended by itself, and not with success. Its exit code may have a kind of its own.
func saysNo(e execution) bool {
	f := e.failure
	switch {
	case e.cancelled, f.Kind == policy.StepTimeout, f.Kind == policy.StepStart, f.Kind == policy.RunDeadline, f.Signal != "":
		return false
	}
	return f.ExitCode > 0 && f.ExitCode != notExecutable && f.ExitCode != notFound
}

// beside runs a script in the place of the step, with all that is the step's.
func (c *conductor) beside(ctx context.Context, step spec.Step, script string, n int, t tried) execution {
	step.Run = script
	return c.shell(ctx, step, n, t)
}
