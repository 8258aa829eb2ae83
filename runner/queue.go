package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// queue is how the job's landings meet other writers where the policy says `contention: combine`: nil elsewhere.
func (c *conductor) queue() *gitops.Queue {
	if c.job.Policy.Land.Contention != policy.Combine || len(c.job.QueueKey) == 0 {
		return nil
	}
	return &gitops.Queue{Key: c.job.QueueKey}
}

// enqueue leaves what lost a race to whoever pushes next. Where the server keeps no queue that is said once, and the
// landing goes on by itself. That it failed otherwise matters to nobody: the next try lands the change all the same.
func (c *conductor) enqueue(ctx context.Context, l *landing, lost gitops.Outcome) {
	err := c.job.Repository.Enqueue(ctx, l.request, lost)
	if errors.Is(err, gitops.ErrNoQueue) {
		l.request.Queue = nil
		c.noQueue.Do(func() {
			c.show(report.Noted{Warning: true, Text: fmt.Sprintf("`contention: combine` does nothing here, changes land one at a time: %v", err)})
		})
	}
}

// settle is for who gives up after a lost race: from now on nobody lands the change, and whether somebody had done so
// before is read from the branch. Where that can't be told, the outcome is unknown.
func (c *conductor) settle(ctx context.Context, l *landing, lost gitops.Outcome, cause error) (gitops.Outcome, error) {
	bounded, cancel := outlive(ctx, flightTime)
	defer cancel()
	left := c.job.Repository.Withdraw(bounded, l.request)
	// Without a queue too: the server may have got our push twice, and have spoken of the second.
	found, err := c.job.Repository.LookUp(bounded, l.change, l.request, lost)
	switch {
	case err == nil && found.Good():
		return found, nil
	case left != nil:
		lost.State, lost.Kind, lost.Cause = gitops.Unknown, policy.GitUnknown, left
		return lost, errors.Join(left, cause)
	}
	return lost, cause
}

// queueDelay is how long a change in the queue waits, after a try that took so long together with queueing it. A try that
// pushed asked five times: for the branch, its history and its queue, and to be queued.
func queueDelay(land policy.Land, out gitops.Outcome, took time.Duration, draw float64) time.Duration {
	switch {
	case out.Pushes > 0:
		return land.QueueDelay(took/5, draw)
	case out.Turn > 0:
		return land.QueueDelay(took, out.Turn)
	}
	return land.QueueAgain(took, draw)
}
