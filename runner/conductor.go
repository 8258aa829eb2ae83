package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/report"
)

// conductor holds what does not change while the steps of one file run; an item, and a file that is run as a step,
// have a conductor of their own, made of the outer one. What changes is in progress.
type conductor struct {
	job      Job
	run      report.Run
	deadline time.Time         // zero: none
	env      map[string]string // the steps file's own, evaluated once
	start    start
	in       inside        // the step whose file this is; zero for the run's own file
	item     *spec.Item    // the item of the step; nil outside of a for-each
	spent    *spent        // shared by all conductors of the run
	landing  chan struct{} // holds one token: landings take turns
	// late says where finally runs once the run was cancelled; false while it is not.
	late func() (_ aftermath, cancelled bool)
}

// errDeadline is the cause of a context that ended because the run's deadline came.
var errDeadline = errors.New("the run's deadline came")

// errTotalTimeout is the cause of a context that ended because the step's total-timeout was over.
var errTotalTimeout = errors.New("the step's total-timeout was over")

// finallyBudget is what `finally` may take after a cancellation, when a CI host kills the job soon, and what each of
// its steps may take when the deadline is over.
const finallyBudget = 5 * time.Second

// Run conducts the job to its end and says what it did. It never panics on what steps do; ctx's end is a
// cancellation, after which only `finally` runs, for at most five seconds.
func Run(ctx context.Context, job Job) report.Report {
	c := newConductor(job, time.Now())
	c.show(report.RunStarted{Run: c.run, Steps: len(job.Steps.Steps)})
	c.start = c.lookAround(ctx)
	c.late = afterCancelled(ctx)
	var p progress
	var err error
	if c.env, err = evalEnv(job.Steps.Env, c.values(p, nil, 0)); err != nil {
		p = p.fail(failedStep{id: "env", failure: notStarted(fmt.Errorf("evaluate the file's env: %w", err))})
	}
	p = c.section(ctx, mainSection, job.Steps.Steps, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	last := ctx
	if late, cancelled := c.late(); cancelled {
		last = late.run
	}
	p = c.section(last, finallySection, job.Steps.Finally, p)
	r := c.verdict(ctx, p)
	c.show(report.RunEnded{Report: r})
	return r
}

func newConductor(job Job, now time.Time) *conductor {
	c := &conductor{job: job, spent: &spent{}, landing: make(chan struct{}, 1)}
	c.run = report.Run{
		ID: job.Facts.RunID, Attempt: job.Facts.RunAttempt, Name: job.Steps.Name, StepsFile: job.StepsName, Policy: job.PolicyName,
		Host: job.Facts.Name, Repository: job.Facts.Repository, Branch: job.Facts.Branch, Commit: job.Facts.Commit,
		URL: job.Facts.RunURL, Started: now,
	}
	if d := job.Policy.Limits.Deadline; d > 0 {
		c.deadline = now.Add(d)
	}
	return c
}

func (c *conductor) show(e report.Event) { c.job.Listener.Show(e) }

// withinDeadline bounds a step by the run's deadline less the reserve. After a failure the reserve itself may
// be spent: that is what it is for. A finally step has a moment even past the deadline.
func (c *conductor) withinDeadline(ctx context.Context, at place, p progress) (context.Context, context.CancelFunc) {
	if c.deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	end := c.deadline
	switch late := time.Now().Add(finallyBudget); {
	case at.section == finallySection && end.Before(late):
		end = late
	case at.section != finallySection && !p.failed():
		end = end.Add(-c.job.Policy.Limits.Reserve)
	}
	return context.WithDeadlineCause(ctx, end, errDeadline)
}

// aftermath is what all finally steps share after a cancellation: those of the run have until the end, and those of
// the files it runs as steps must be through by half of that.
type aftermath struct{ run, files context.Context }

// afterCancelled begins when it is first asked after ctx has ended.
func afterCancelled(ctx context.Context) func() (aftermath, bool) {
	late := sync.OnceValue(func() aftermath { return aftermath{outliving(ctx, finallyBudget), outliving(ctx, finallyBudget/2)} })
	return func() (aftermath, bool) {
		if ctx.Err() == nil {
			return aftermath{}, false
		}
		return late(), true
	}
}

// outliving is a context that goes on for d, whatever becomes of ctx.
func outliving(ctx context.Context, d time.Duration) context.Context {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	time.AfterFunc(d, cancel)
	return late
}

// withinTotal bounds all executions of one visit by the step's total-timeout.
func withinTotal(ctx context.Context, step spec.Step) (context.Context, context.CancelFunc) {
	if step.TotalTimeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, step.TotalTimeout, errTotalTimeout)
}
