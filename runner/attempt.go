package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// errFailedAttempt tells the retry function that an attempt failed; what failed is in the execution.
var errFailedAttempt = errors.New("attempt failed")

// execution is what one attempt of a step came to.
type execution struct {
	attempt   report.Attempt
	effects   process.Effects // of a success: what a failed attempt wrote is dropped
	failure   *policy.Failure
	cancelled bool
	landing   *report.Landing // what a land step came to
	commits   []gitops.Commit // what it put on the branch, for a rollback to revert
	where     Elsewhere       // the repository it landed on
	paths     []string        // what it was given to land; nil for everything that changed
	earlier   []execution     // of a land step with several targets: those before the last that was tried
	inner     *progress       // how far the file it ran has come; nil for other steps
	from      origin          // where in that file the failure came from
	decided   policy.Decision // what a step of that file decided for the run
}

// attempt executes a step once.
func (c *conductor) attempt(ctx context.Context, step spec.Step, n int, t tried, broken error) execution {
	started := time.Now()
	var e execution
	switch limit := c.job.Policy.Limits.Executions; {
	case !c.spent.execute(limit):
		e = failedExecution(policy.Failure{Kind: policy.RunBudget, ExitCode: -1,
			Message: fmt.Sprintf("the run has used its %d executions (limits.executions)", limit)})
	case broken != nil:
		e = failedExecution(policy.Failure{Kind: policy.StepStart, Message: broken.Error(), ExitCode: -1})
	default:
		e = c.execute(ctx, step, n, t)
	}
	e = e.outOfTime(ctx, step)
	if e.failure != nil {
		e.failure.Message = c.job.Masks.String(e.failure.Message)
	}
	return e.stamped(started)
}

// execute does what the step does. Before it is done again, its probe and its `before` have their say.
func (c *conductor) execute(ctx context.Context, step spec.Step, n int, t tried) execution {
	if e, stands := c.prepare(ctx, step, n, t); stands {
		return e
	}
	switch {
	case step.Child != nil:
		return c.child(ctx, step, n, t)
	case step.Uses != "":
		return c.builtin(ctx, step, n, t)
	}
	return c.shell(ctx, step, n, t)
}

// outOfTime gives an execution that the run's deadline or the step's total-timeout ended its kind. Exit code and
// signal are then of belay's own making: they must not look like the step's. That nobody knows what landed stays the
// greater trouble.
func (e execution) outOfTime(ctx context.Context, step spec.Step) execution {
	if e.failure == nil || e.failure.Kind == policy.GitUnknown {
		return e
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errDeadline):
		e.cancelled = false
		e.failure = &policy.Failure{Kind: policy.RunDeadline, ExitCode: -1, Message: "the run's deadline came while the step was running"}
	case errors.Is(cause, errTotalTimeout):
		e.cancelled = false
		e.failure = &policy.Failure{Kind: policy.StepTimeout, ExitCode: -1,
			Message: fmt.Sprintf("its total-timeout of %s was over, and it was stopped with all its children", step.TotalTimeout)}
	}
	return e
}

func failedExecution(f policy.Failure) execution { return execution{failure: &f} }

// stamped fills the report's line about the attempt.
func (e execution) stamped(started time.Time) execution {
	a := &e.attempt
	a.Started, a.Ended, a.Status = started, time.Now(), report.StatusSuccess
	switch {
	case e.cancelled:
		a.Status = report.StatusCancelled
	case e.failure != nil:
		a.Status = report.StatusFailure
		a.Kind, a.ExitCode, a.Signal, a.Message = e.failure.Kind, e.failure.ExitCode, e.failure.Signal, e.failure.Message
	}
	return e
}

// shell executes a `run:` step in a process of its own.
func (c *conductor) shell(ctx context.Context, step spec.Step, n int, t tried) execution {
	dir, err := os.MkdirTemp(c.job.Temp, "attempt-")
	if err != nil {
		return failedExecution(notStarted(err))
	}
	defer os.RemoveAll(dir)
	files, err := process.NewFiles(dir)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	values := c.values(t.progress, t.failure, n)
	environ, err := c.environ(step, n, t, values, files)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	workdir, within, err := c.workdir(step, values)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	log := c.newAttemptLog(step, n)
	stdout, stderr := &endline{out: c.job.Stdout}, &endline{out: c.job.Stderr}
	grace := process.DefaultGrace
	if t.progress.cancelled {
		grace = lastGrace
	}
	exit, err := process.Run(ctx, process.Command{
		Shell: step.Shell, Script: step.Run, Dir: workdir, Within: within, Env: environ, Temp: dir, Timeout: step.Timeout, Grace: grace,
		Stdout: log.stream(stdout), Stderr: log.stream(stderr), Masks: c.job.Masks, RawAddMask: c.job.RawAddMask,
	})
	stdout.end()
	stderr.end()
	log.cut(stdout, exit.Tail)
	stdout.end()
	e := c.observe(exit, err, files, step)
	e.attempt.Tail, e.attempt.Log = exit.Tail, log.close(exit.Tail)
	c.warn(t.row.Ref(), e.effects.Refused, exit.Survivors)
	return e
}

// warn tells the user what a step wanted and did not get, and which of its processes nobody could end.
func (c *conductor) warn(step string, refused []*process.FileError, survivors []int) {
	for _, r := range refused {
		c.show(report.Noted{Text: c.job.Masks.String("step " + step + ": " + r.Error()), Warning: true})
	}
	if len(survivors) > 0 {
		c.show(report.Noted{Warning: true, Text: fmt.Sprintf("step %s left processes that could not be ended and may still be at work, of another user perhaps: %v",
			step, survivors)})
	}
}

// observe turns the end of a process into a failure with a kind, or into what the step leaves to later ones.
func (c *conductor) observe(exit process.Exit, startErr error, files process.Files, step spec.Step) execution {
	o := policy.Observation{
		TimedOut: exit.TimedOut, ExitCode: exit.Code, Signal: exit.Signal, Stdout: exit.Stdout, Stderr: exit.Stderr,
		Rules: c.job.Policy.Classify,
	}
	if startErr != nil {
		o.StartError = startErr.Error()
	}
	raised, err := process.ReadRaised(files.Error)
	if err != nil {
		o.RaisedError = err.Error()
	}
	o.Raised = raised
	failure, failed := policy.Observe(o)
	if exit.Cancelled {
		return execution{failure: &policy.Failure{ExitCode: exit.Code, Signal: exit.Signal, Message: "cancelled"}, cancelled: true}
	}
	if failed {
		failure.Message = withTimeout(failure, step)
		return failedExecution(failure)
	}
	effects, err := files.Read()
	if err != nil {
		return failedExecution(policy.Failure{Kind: policy.StepErrorFile, ExitCode: 0, Message: err.Error()})
	}
	return execution{effects: effects}
}

// withTimeout names the timeout in a timeout's message.
func withTimeout(f policy.Failure, step spec.Step) string {
	if f.Kind == policy.StepTimeout && step.Timeout > 0 && !strings.Contains(f.Message, step.Timeout.String()) {
		return fmt.Sprintf("ran longer than its timeout of %s and was stopped with all its children", step.Timeout)
	}
	return f.Message
}

func notStarted(err error) policy.Failure {
	return policy.Failure{Kind: policy.StepStart, Message: err.Error(), ExitCode: -1}
}
