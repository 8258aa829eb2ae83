package simulate

import (
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
)

// What finally may take: each step of the run's own when the deadline is over, and that of a file all in all after
// the file was stopped.
const (
	lateBudget = 5 * time.Second
	fileBudget = 3 * time.Second
)

// limit is when an execution is stopped, and what it then fails with.
type limit struct {
	at   time.Duration
	kind policy.Kind // empty: it is cancelled
	word string      // what the timeline calls it
}

// limit returns the first of the times at which an execution is stopped that begins now, in a visit that began at
// begun, and nil when there is none. A script's own timeout is left to its outcome.
func (c *conductor) limit(at place, step spec.Step, p progress, begun time.Duration) *limit {
	var first *limit
	bound := func(is bool, at time.Duration, kind policy.Kind, word string) {
		if is && (first == nil || at < first.at) {
			first = &limit{at, kind, word}
		}
	}
	if c.stop != nil {
		bound(true, *c.stop, "", "stopped")
	}
	end, bounded := c.deadline(at, p, begun)
	bound(bounded, end, policy.RunDeadline, "deadline")
	bound(step.TotalTimeout > 0, begun+step.TotalTimeout, policy.StepTimeout, "total-timeout")
	bound(step.Child != nil && step.Timeout > 0, p.now+step.Timeout, policy.StepTimeout, "timeout")
	return first
}

// deadline returns when the run's deadline stops a step whose visit began at begun, and false when nothing does.
// After a failure the reserve itself may be spent: that is what it is for. A finally step has a moment even past the
// deadline. A file that is run as a step is stopped with that step.
func (c *conductor) deadline(at place, p progress, begun time.Duration) (time.Duration, bool) {
	limits := c.job.Policy.Limits
	end := limits.Deadline
	switch {
	case at.section == walk.Finally:
		end = max(end, begun+lateBudget)
	case !p.failed():
		end -= limits.Reserve
	}
	return end, limits.Deadline > 0 && !c.in.File()
}
