package runner

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Stopped is the cause of a cancelled run's context, where the exit code says which signal it was.
type Stopped interface {
	error
	ExitCode() int
}

// verdict says how the run ended, and with which exit code (DESIGN 5).
func (c *conductor) verdict(ctx context.Context, p progress) report.Report {
	c.run.Ended = time.Now()
	r := report.Report{
		Run: c.run, Result: report.Success, Recovered: p.recovered, Restarts: p.restarts, Rerun: p.rerun,
		Steps: p.rows, Landings: p.landings, Rollback: p.rollback, Beside: p.beside, Good: p.good,
	}
	if p.failure != nil {
		f := p.failure.failure
		r.Failure = &report.Failure{Step: p.failure.id, Kind: f.Kind, Message: f.Message, Advice: advice(f.Kind), Passed: report.PassedOver(p.failure.passed)}
		r.Result, r.Recovered = report.Failed, false
	}
	if p.cancelled {
		r.Result = report.Cancelled
	}
	r.ExitCode = exitCode(ctx, p)
	return r
}

func exitCode(ctx context.Context, p progress) int {
	var stopped Stopped
	switch {
	case p.unknown():
		return report.ExitUnknown
	case p.cancelled && errors.As(context.Cause(ctx), &stopped):
		return stopped.ExitCode()
	case p.cancelled:
		return report.ExitInterrupted
	case p.failure == nil:
		return report.ExitSuccess
	case p.rollback != nil && !undone(*p.rollback):
		return report.ExitRollbackFailed
	case p.rollback != nil && !stays(*p.rollback):
		return report.ExitRolledBack
	case p.rerun != nil:
		return report.ExitRerun
	}
	return report.ExitFailed
}

// unknown reports whether nobody knows what one of the landings came to.
func (p progress) unknown() bool {
	return slices.ContainsFunc(p.landings, func(l report.Landing) bool { return l.Kind == policy.GitUnknown })
}
