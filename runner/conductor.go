package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/report"
)

// conductor holds what does not change during a run. What changes is in progress.
type conductor struct {
	job      Job
	run      report.Run
	deadline time.Time         // zero: none
	env      map[string]string // the steps file's own, evaluated once
	start    start
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
	var p progress
	var err error
	if c.env, err = evalEnv(job.Steps.Env, c.values(p, nil, 0)); err != nil {
		p = p.fail(failedStep{id: "env", failure: notStarted(fmt.Errorf("evaluate the file's env: %w", err))})
	}
	p = c.section(ctx, mainSection, job.Steps.Steps, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	last := ctx
	if p.cancelled {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), finallyBudget)
		defer cancel()
		last = late
	}
	p = c.rerun(last, c.section(last, finallySection, job.Steps.Finally, p))
	r := c.verdict(ctx, p)
	c.show(report.RunEnded{Report: r})
	return r
}

func newConductor(job Job, now time.Time) *conductor {
	c := &conductor{job: job}
	c.run = report.Run{
		ID: job.Facts.RunID, Attempt: job.Facts.RunAttempt, Name: job.Steps.Name, StepsFile: job.StepsName, Policy: job.PolicyName,
		Host: job.Facts.Name, Repository: job.Facts.Repository, Branch: job.Facts.Branch, Commit: job.Facts.Commit,
		URL: job.Facts.RunURL, Root: job.lineage().Root, Reruns: job.lineage().Reruns, Started: now,
	}
	if d := job.Policy.Limits.Deadline; d > 0 {
		c.deadline = now.Add(d - job.Spent)
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

// withinTotal bounds all executions of one visit by the step's total-timeout.
func withinTotal(ctx context.Context, step spec.Step) (context.Context, context.CancelFunc) {
	if step.TotalTimeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, step.TotalTimeout, errTotalTimeout)
}
