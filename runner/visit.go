package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// visit takes one step, or each of its items, through all attempts and acts on the policy's last word.
func (c *conductor) visit(ctx context.Context, at place, step spec.Step, p progress) (progress, walk.Jump) {
	standing := walk.Standing{Section: at.section, In: c.in, Failed: at.failed(p), Cancelled: p.cancelled, Steps: p.steps}
	wanted, why, broken := standing.Wanted(step, func() expr.Values { return c.values(p, nil, 0) })
	if !wanted && broken == nil {
		return c.skipped(at, step, p, why), walk.Jump{}
	}

	at.id, at.row = step.ID, len(p.rows)
	row := c.row(at, step, p)
	c.show(report.StepStarted{Step: row, N: at.n, Of: at.of})
	var tried tried
	if step.ForEach != nil && broken == nil {
		tried = c.group(ctx, at, row, step, p)
	} else {
		tried = c.attempts(ctx, at, row, step, p, broken)
	}
	tried.row = c.ended(tried)
	switch {
	case tried.cancelled:
		tried.progress.cancelled = true
		return c.close(tried.progress, at, tried.row), walk.Jump{}
	case tried.failure == nil:
		return c.succeeded(tried, at), walk.Jump{}
	}
	return c.obey(ctx, at, step, tried)
}

// row begins the step's row in the report.
func (c *conductor) row(at place, step spec.Step, p progress) report.Step {
	row := report.Step{ID: c.job.Masks.String(at.within + step.ID), Section: at.section, Restart: p.restarts, Started: time.Now()}
	if step.Name != "" {
		row.Name = c.job.Masks.String(at.within + step.Name)
	}
	if c.item != nil {
		row.Item = c.job.Masks.String(c.item.Name)
	}
	return row
}

// skipped is the run after a step that does not run.
func (c *conductor) skipped(at place, step spec.Step, p progress, why string) progress {
	at.id, at.row = step.ID, len(p.rows)
	return c.skip(p, at, c.row(at, step, p), why).withStep(step.ID, expr.StepValue{Outcome: string(report.StatusSkipped), Conclusion: string(report.StatusSkipped)})
}

// skip puts a row in the report of what did not run.
func (c *conductor) skip(p progress, at place, row report.Step, why string) progress {
	row.Outcome, row.Conclusion, row.Why, row.Ended = report.StatusSkipped, report.StatusSkipped, why, row.Started
	c.show(report.StepSkipped{Step: row, N: at.n, Of: at.of})
	return p.withRow(at.row, row)
}

// ended completes the row of a visit that is over: what a success left behind is masked there.
func (c *conductor) ended(t tried) report.Step {
	row := t.row
	row.Ended = time.Now()
	switch {
	case t.cancelled:
		row.Outcome = report.StatusCancelled
	case t.failure != nil:
		row.Outcome = report.StatusFailure
	default:
		row.Outcome = report.StatusSuccess
		row.Summary = c.job.Masks.String(t.last.effects.Summary)
		row.Outputs = c.masked(t.last.effects.Outputs)
	}
	row.Conclusion = row.Outcome
	return row
}

func (c *conductor) masked(outputs map[string]string) map[string]string {
	if len(outputs) == 0 {
		return nil
	}
	masked := map[string]string{}
	for name, value := range outputs {
		masked[name] = c.job.Masks.String(value)
	}
	return masked
}

// succeeded ends a visit with what the step leaves to later steps.
func (c *conductor) succeeded(t tried, at place) progress {
	p, left := t.progress, t.last.effects
	p.recovered = p.recovered || len(t.row.Attempts) > 1
	return c.close(p, at, t.row).withEnv(left.Env, left.Path).withStep(at.id, expr.StepValue{
		Outputs: left.Outputs, Outcome: string(t.row.Outcome), Conclusion: string(t.row.Conclusion),
	})
}

// close ends a visit, and tells the listener.
func (c *conductor) close(p progress, at place, row report.Step) progress {
	c.show(report.StepEnded{Step: row})
	return p.closed(at, row)
}

// tried is what a visit's attempts came to.
type tried struct {
	progress  progress
	row       report.Step
	n         int // the executions before the last one
	last      execution
	failure   *policy.Failure // nil when the last attempt succeeded
	decision  policy.Decision // the policy's word on the failure
	cancelled bool
	noRestart string        // why a restart the policy wanted could not be done
	found     found         // the workspace as the visit found it, where a retry may want it back
	total     time.Duration // the step's total-timeout
	item      *spec.Item    // what the failure is of; nil outside of a for-each
	group     bool          // the failure is a group's: its items took their retries
}

// attempts runs the step until it succeeds or the policy says something other than "again".
func (c *conductor) attempts(ctx context.Context, at place, row report.Step, step spec.Step, p progress, broken error) tried {
	t := tried{progress: p, row: row, total: step.TotalTimeout, item: c.item}
	t.progress.counters = p.counters.NewVisit()
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	stepCtx, cancel := c.withinDeadline(ctx, at, p)
	defer cancel()
	stepCtx, cancelTotal := withinTotal(stepCtx, step)
	defer cancelTotal()
	begun := time.Now()
	t.found = c.look(stepCtx, routes)
	defer c.forget(t.found)

	_ = retry.Do(ctx, func(context.Context) error {
		c.show(report.AttemptStarted{Step: t.row, N: t.n, Max: t.decision.Max, RunsFile: step.Child != nil})
		t.last = c.attempt(stepCtx, step, t.n, t, broken)
		if t.last.inner != nil {
			t.progress.counters = t.progress.counters.After(t.last.inner.counters)
			t.progress = t.progress.with(t.progress, *t.last.inner)
		}
		t.failure, t.cancelled = t.last.failure, t.last.cancelled
		if t.failure != nil {
			t.progress = t.progress.partly(t.last)
		}
		if t.failure == nil && !t.cancelled {
			t.row = c.withAttempt(t.row, t.last, nil, t.n)
			return nil
		}
		return errFailedAttempt
	}, func(int, error) (time.Duration, bool) {
		if t.cancelled {
			t.row = c.withAttempt(t.row, t.last, nil, t.n)
			return 0, false
		}
		t.decision, t.progress.counters = c.decide(at, step, routes, t, time.Since(begun))
		t.row = c.withAttempt(t.row, t.last, c.shown(routes, t.decision), t.n)
		if t.decision.Verb != policy.Retry {
			return 0, false
		}
		t.n++
		c.show(report.Waiting{Step: t.row, Delay: t.decision.Delay,
			Why: fmt.Sprintf("retry %d of %d by %s", t.decision.N, t.decision.Max, t.decision.Route)})
		return t.decision.Delay, true
	})
	if ctx.Err() != nil && (t.failure != nil || len(t.row.Attempts) == 0) {
		// While waiting, or before the first attempt: no route runs. An item that had failed for good before another
		// one's failure ended the group has failed all the same.
		t.cancelled = t.cancelled || !errors.Is(context.Cause(ctx), errSibling) || len(t.row.Attempts) == 0 || t.decision.Verb == policy.Retry
	}
	for _, e := range append(slices.Clip(t.last.earlier), t.last) {
		if l := e.landing; l != nil {
			t.progress = t.progress.withLanding(*l, e.where, e.paths, e.commits)
			c.show(report.LandingEnded{Landing: *l})
		}
	}
	return t
}

// decide asks the policy about a failure. Where a step of the file it ran has said what becomes of the run, that is
// the decision.
func (c *conductor) decide(at place, step spec.Step, routes spec.Routes, t tried, elapsed time.Duration) (policy.Decision, policy.Counters) {
	if t.last.decided.Verb != "" && t.noRestart == "" {
		return t.last.decided, t.progress.counters
	}
	return c.spent.decide(routes.List, t.progress.counters, c.job.Policy.Limits, c.situation(at, step, routes, t, elapsed))
}

// shown is the part of a decision that is an attempt's: of an item's, only a retry is. All else is the group's.
func (c *conductor) shown(routes spec.Routes, d policy.Decision) *report.Decision {
	if c.item != nil && d.Verb != policy.Retry {
		return nil
	}
	return report.Decided(routes.List, d)
}

// withAttempt adds a finished attempt to the row and tells the listener.
func (c *conductor) withAttempt(row report.Step, e execution, d *report.Decision, n int) report.Step {
	a := e.attempt
	a.N, a.Decision = n, d
	row.Attempts = append(slices.Clip(row.Attempts), a)
	c.show(report.AttemptEnded{Step: row, Attempt: a})
	return row
}
