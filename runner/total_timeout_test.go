package runner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

// deaf is a listener that hears nothing.
type deaf struct{}

func (deaf) Show(report.Event) {}

// play runs files whose steps start no process, and returns the report.
func play(t *testing.T, ctx context.Context, steps, policyText string) report.Report {
	t.Helper()
	return Run(ctx, jobOf(t, steps, policyText))
}

// jobOf is a job of these files in a workspace that is no git checkout.
func jobOf(t *testing.T, steps, policyText string) Job {
	t.Helper()
	s, problems := spec.ReadSteps(source.File{Name: "steps", Data: []byte(steps)}, Builtins())
	p, more := spec.ReadPolicy(source.File{Name: "policy", Data: []byte(policyText)}, Builtins())
	if problems = append(problems, more...); problems.HasErrors() {
		t.Fatal(problems)
	}
	return Job{
		Steps: s, Policy: p, Dir: t.TempDir(), Temp: t.TempDir(), Masks: &process.Masks{}, Listener: deaf{},
		Draw: func() float64 { return 0.5 }, NoRepository: errors.New("there is no git here"),
	}
}

// A land step outside of a checkout fails at once, every time: what is left is the waits.
func TestTotalTimeoutBoundsAllWaitsOfAVisit(t *testing.T) {
	const steps, again = "version: 1\nsteps: [{ id: land, uses: land, total-timeout: 25s }]\n", `
version: 1
routes:
  - match: step.start
    retry: { max: 9, backoff: fixed, initial: 10s, jitter: 0 }
  - fail: {}
`
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		r := play(t, t.Context(), steps, again)
		if took := time.Since(begun); took != 20*time.Second || len(r.Steps[0].Attempts) != 3 {
			t.Errorf("%d attempts in %s, want 3 in 20s", len(r.Steps[0].Attempts), took)
		}
		want := []report.Passed{{Route: "routes[0]", Action: "retry", Reason: "the wait of 10s does not fit what is left of the step's total-timeout 25s"}}
		if diff := cmp.Diff(want, r.Failure.Passed); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnExecutionThatRanOutOfTimeHasTheKindOfItsEnd(t *testing.T) {
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		return ctx
	}
	for name, c := range map[string]struct {
		ctx       context.Context
		kind      policy.Kind
		want      policy.Kind
		cancelled bool
	}{
		"nothing ended":                   {t.Context(), policy.StepExit, policy.StepExit, true},
		"a cancellation":                  {ended(context.Canceled), policy.StepExit, policy.StepExit, true},
		"the run's deadline":              {ended(errDeadline), policy.StepExit, policy.RunDeadline, false},
		"the step's total-timeout":        {ended(errTotalTimeout), policy.StepExit, policy.StepTimeout, false},
		"a landing nobody knows of":       {ended(errTotalTimeout), policy.GitUnknown, policy.GitUnknown, true},
		"the same, at the run's deadline": {ended(errDeadline), policy.GitUnknown, policy.GitUnknown, true},
	} {
		e := execution{failure: &policy.Failure{Kind: c.kind}, cancelled: true}
		if e = e.outOfTime(c.ctx, spec.Step{TotalTimeout: time.Minute}); e.failure.Kind != c.want || e.cancelled != c.cancelled {
			t.Errorf("%s: %s, cancelled %v; want %s, %v", name, e.failure.Kind, e.cancelled, c.want, c.cancelled)
		}
	}
}
