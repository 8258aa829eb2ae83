package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/report"
)

// conductor holds what does not change while the steps of one file run; an item, and a file that is run as a step,
// have a conductor of their own, made of the outer one. What changes is in progress.
type conductor struct {
	job      Job
	run      report.Run
	begun    time.Time         // when this process began; the run may have begun in another
	deadline time.Time         // zero: none
	env      map[string]string // the steps file's own, evaluated once
	start    start
	own      *spec.Steps   // the run's own file, also where a step runs another
	in       walk.Inside   // the step whose file this is; zero for the run's own file
	item     *spec.Item    // the item of the step; nil outside of a for-each
	abreast  bool          // other items of it are at work at the same time
	wish     *Wish         // what a person asked to be rolled back; nil in a run
	spent    *spent        // shared by all conductors of the run
	landing  chan struct{} // holds one token: landings take turns
	others   *elsewheres   // shared by all conductors of the run
	where    Elsewhere     // the repository it is at; zero for the run's own
	home     string        // there, what names the run's own in identities
	called   string        // there, what people call the repository
	noQueue  *sync.Once    // says once that the server keeps no queue
	outlast  time.Duration // how long the finally of a file goes on after what stopped the step that runs it
}

// errDeadline is the cause of a context that ended because the run's deadline came.
var errDeadline = errors.New("the run's deadline came")

// errTotalTimeout is the cause of a context that ended because the step's total-timeout was over.
var errTotalTimeout = errors.New("the step's total-timeout was over")

// finallyBudget is how long after a cancellation `finally` may still be at work, and what each of its steps may take
// when the deadline is over. A CI host kills the job 7.5 seconds after it cancelled it, or a little later.
const finallyBudget = 5 * time.Second

// fileBudget is finallyBudget for a file that is run as a step: it leaves some of that to the run.
const fileBudget = 3 * time.Second

// lastGrace is how long a step that is stopped after a cancellation may clean up.
const lastGrace = time.Second

// outlive returns a context that ends that much later than ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return late, func() { stop(); cancel() }
}

// Run conducts the job to its end and says what it did. It never panics on what steps do; ctx's end is a
// cancellation, after which only `finally` runs, until five seconds later.
func Run(ctx context.Context, job Job) report.Report {
	c := newConductor(job, time.Now())
	c.show(report.RunStarted{Run: c.run, Steps: len(job.Steps.Steps)})
	for _, text := range job.Warnings {
		c.show(report.Noted{Text: text, Warning: true})
	}
	job.Greet(ctx)
	var p progress
	if k := job.Resume; k != nil {
		p, c.start = k.progress(), start{snapshot: k.Snapshot, refused: k.Refused}
	} else {
		c.start = c.lookAround(ctx)
	}
	last, cancel := outlive(ctx, finallyBudget)
	defer cancel()
	var err error
	if c.env, err = spec.EvaluateEnv(job.Steps.Env, c.values(p, nil, 0)); err != nil {
		p = p.fail(failedStep{id: "env", failure: notStarted(fmt.Errorf("evaluate the file's env: %w", err))})
	}
	p = c.mainSteps(ctx, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	p = c.section(last, walk.Finally, job.Steps.Finally, p)
	p.cancelled = p.cancelled || ctx.Err() != nil
	p = c.remember(last, p)
	p = c.rerun(last, p)
	r := c.verdict(ctx, p)
	c.show(report.RunEnded{Report: r})
	return r
}

func newConductor(job Job, now time.Time) *conductor {
	c := &conductor{job: job, own: job.Steps, begun: now, spent: &spent{}, landing: make(chan struct{}, 1), noQueue: &sync.Once{}, others: &elsewheres{open: map[Elsewhere]Job{}, bearings: map[Elsewhere]gitops.Bearings{}}, outlast: fileBudget}
	c.run = report.Run{
		ID: job.Facts.RunID, Attempt: job.Facts.RunAttempt, Name: job.Steps.Name, StepsFile: job.StepsName, Policy: job.PolicyName,
		Host: job.Facts.Name, Repository: job.Facts.Repository, Branch: job.Facts.Branch, Commit: job.Facts.Commit,
		URL: job.Facts.RunURL, Root: job.lineage().Root, Reruns: job.lineage().Reruns, Started: now,
	}
	if k := job.Resume; k != nil {
		c.run.Started = k.Started
		c.spent.retries, c.spent.executions, c.spent.logs = k.Retries, k.Executions, k.Logs
		for _, other := range k.Elsewhere {
			c.others.bearings[other.Elsewhere] = other.Bearings
		}
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
	case at.section == walk.Finally && end.Before(late):
		end = late
	case at.section != walk.Finally && !p.failed():
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
