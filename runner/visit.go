package runner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// visit takes one step through all its attempts and acts on the policy's last word.
func (c *conductor) visit(ctx context.Context, at place, step spec.Step, p progress) (progress, jump) {
	row := report.Step{ID: step.ID, Name: step.Name, Section: at.section, Restart: p.restarts, Started: time.Now()}
	wanted, why, broken := c.wanted(at, step, p)
	if !wanted && broken == nil {
		row.Outcome, row.Conclusion, row.Why, row.Ended = report.StatusSkipped, report.StatusSkipped, why, row.Started
		c.show(report.StepSkipped{Step: row, N: at.n, Of: at.of})
		return p.withRow(row).withStep(step.ID, expr.StepValue{Outcome: "skipped", Conclusion: "skipped"}), jump{}
	}

	c.show(report.StepStarted{Step: row, N: at.n, Of: at.of})
	tried := c.attempts(ctx, at, row, step, p, broken)
	p, row = tried.progress, tried.row
	row.Ended = time.Now()

	switch {
	case tried.cancelled:
		row.Outcome, row.Conclusion = report.StatusCancelled, report.StatusCancelled
		p.cancelled = true
		return c.close(p, row), jump{}
	case tried.failure == nil:
		return c.succeeded(p, row, tried.last.effects), jump{}
	}
	tried.row.Ended, tried.row.Outcome, tried.row.Conclusion = row.Ended, report.StatusFailure, report.StatusFailure
	return c.obey(ctx, at, step, tried)
}

// succeeded ends a visit with what the step leaves behind: as it is for later steps, masked in the report.
func (c *conductor) succeeded(p progress, row report.Step, left process.Effects) progress {
	row.Outcome, row.Conclusion = report.StatusSuccess, report.StatusSuccess
	row.Summary = c.job.Masks.String(left.Summary)
	if len(left.Outputs) > 0 {
		row.Outputs = map[string]string{}
	}
	for name, value := range left.Outputs {
		row.Outputs[name] = c.job.Masks.String(value)
	}
	p.recovered = p.recovered || len(row.Attempts) > 1
	return c.close(p, row).withEnv(left.Env, left.Path).withStep(row.ID, expr.StepValue{
		Outputs: left.Outputs, Outcome: string(row.Outcome), Conclusion: string(row.Conclusion),
	})
}

// close ends a visit: its row is in the report, and later expressions see the step.
func (c *conductor) close(p progress, row report.Step) progress {
	c.show(report.StepEnded{Step: row})
	return p.withRow(row).withStep(row.ID, expr.StepValue{Outcome: string(row.Outcome), Conclusion: string(row.Conclusion)})
}

// wanted evaluates the step's `if`. A condition that can't be evaluated is a failure of the step.
func (c *conductor) wanted(at place, step spec.Step, p progress) (yes bool, why string, broken error) {
	switch {
	case p.cancelled && at.section != finallySection:
		return false, "the run was cancelled", nil
	case step.If == nil && at.failed(p) && at.section != finallySection:
		return false, "an earlier step failed", nil
	case step.If == nil:
		return true, "", nil
	}
	status := c.status(at, p)
	if at.section == finallySection && !step.If.AsksStatus() {
		status = expr.Status{} // finally runs whatever happened, unless its condition says otherwise
	}
	yes, err := step.If.Holds(c.values(p, nil, 0), status)
	if err != nil {
		return false, "", fmt.Errorf("evaluate `if: %s`: %w", step.If.Source(), err)
	}
	return yes, "its `if` is false: " + step.If.Source(), nil
}

// status is what the status functions answer.
func (c *conductor) status(at place, p progress) expr.Status {
	conclusions := map[string]string{}
	for id, v := range p.steps {
		conclusions[id] = v.Conclusion
	}
	return expr.Status{Failed: at.failed(p), Cancelled: p.cancelled, Steps: conclusions}
}

// tried is what a visit's attempts came to.
type tried struct {
	progress  progress
	row       report.Step
	last      execution
	failure   *policy.Failure // nil when the last attempt succeeded
	decision  policy.Decision // the policy's word on the failure
	cancelled bool
	noRestart string        // why a restart the policy wanted could not be done
	total     time.Duration // the step's total-timeout
}

// attempts runs the step until it succeeds or the policy says something other than "again".
func (c *conductor) attempts(ctx context.Context, at place, row report.Step, step spec.Step, p progress, broken error) tried {
	t := tried{progress: p, row: row, total: step.TotalTimeout}
	t.progress.counters = p.counters.NewVisit()
	routes := c.routes(at, step)
	n := 0
	stepCtx, cancel := c.withinDeadline(ctx, at, p)
	defer cancel()
	stepCtx, cancelTotal := withinTotal(stepCtx, step)
	defer cancelTotal()
	begun := time.Now()

	_ = retry.Do(ctx, func(context.Context) error {
		c.show(report.AttemptStarted{Step: t.row, N: n, Max: t.decision.Max})
		t.last = c.attempt(stepCtx, step, n, t, broken)
		t.progress.executions++
		t.failure, t.cancelled = t.last.failure, t.last.cancelled
		if t.failure == nil && !t.cancelled {
			t.row = c.withAttempt(t.row, t.last, nil, n)
			return nil
		}
		return errFailedAttempt
	}, func(int, error) (time.Duration, bool) {
		if t.cancelled {
			t.row = c.withAttempt(t.row, t.last, nil, n)
			return 0, false
		}
		t.decision, t.progress.counters = policy.Decide(routes.List, t.progress.counters,
			c.situation(at, routes, t, time.Since(begun)))
		t.row = c.withAttempt(t.row, t.last, &t.decision, n)
		if t.decision.Verb != policy.Retry {
			return 0, false
		}
		n++
		t.progress.retries++
		c.show(report.Waiting{Step: t.row, Delay: t.decision.Delay,
			Why: fmt.Sprintf("retry %d of %d by %s", t.decision.N, t.decision.Max, t.decision.Route)})
		return t.decision.Delay, true
	})
	if ctx.Err() != nil && (t.failure != nil || len(t.row.Attempts) == 0) {
		t.cancelled = true // while waiting, or before the first attempt: no route runs
	}
	if l := t.last.landing; l != nil {
		t.progress = t.progress.withLanding(*l, t.last.commits)
		c.show(report.LandingEnded{Landing: *l})
	}
	return t
}

// withAttempt adds a finished attempt to the row and tells the listener.
func (c *conductor) withAttempt(row report.Step, e execution, d *policy.Decision, n int) report.Step {
	a := e.attempt
	a.N = n
	if d != nil {
		a.Decision = &report.Decision{
			Action: d.Action, Route: d.Route, N: d.N, Max: d.Max, Delay: d.Delay, Hinted: d.Hinted, Passed: passed(d.Passed),
		}
	}
	row.Attempts = append(slices.Clip(row.Attempts), a)
	c.show(report.AttemptEnded{Step: row, Attempt: a})
	return row
}

// routes are those that act on the step's failures here.
func (c *conductor) routes(at place, step spec.Step) spec.Routes {
	if at.section == mainSection {
		return c.job.Policy.RoutesOf(step)
	}
	return c.job.Policy.RoutesAside(step)
}

func passed(from []policy.Passed) []report.Passed {
	var to []report.Passed
	for _, p := range from {
		to = append(to, report.Passed{Route: p.Route, Action: p.Action, Reason: p.Reason})
	}
	return to
}
