package runner

import (
	"context"
	"errors"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// contest is a landing under way that may lose to other writers.
type contest struct {
	*conductor
	row    report.Step
	l      *landing
	land   policy.Land
	begun  time.Time
	tried  time.Time      // when the last try began
	out    gitops.Outcome // what came of it
	asked  time.Duration  // how long it took, and to queue the change after it
	saw    policy.Traffic // of other writers, where it lost a race
	bound  time.Duration  // of the wait before it
	unread int            // how often in a row the branch could not be read, with no push before that
	left   int            // how often there was no push: the change was left to others, in the queue, or the branch was seen to move
	watch  int            // how often in a row the branch was seen to move
}

// race lands, and tries again while other writers win: full jitter, scaled by how many there seem to be. A push whose end
// nobody knows is looked up on the branch by landing again, which finds it there or not.
func (c *conductor) race(ctx context.Context, row report.Step, l *landing) (gitops.Outcome, error) {
	r := &contest{conductor: c, row: row, l: l, land: c.job.Policy.Land, begun: time.Now()}
	err := retry.Do(ctx, r.try, r.again)
	if r.out.State == gitops.Raced && l.base == "" {
		return c.settle(ctx, l, r.out, err)
	}
	return r.out, err
}

func (r *contest) try(ctx context.Context) error {
	bounded, cancel := outlive(ctx, flightTime)
	defer cancel()
	start := time.Now()
	now, err := r.landOnce(bounded, r.l)
	if err != nil && r.out.State == gitops.Unknown {
		return r.out.Err() // a remote that can't be asked leaves it unknown
	}
	r.out = now
	r.l.report.Pushes += now.Pushes
	if err != nil {
		r.unread++
		return err
	}
	r.unread = 0
	if now.State == gitops.Raced {
		r.saw = policy.Traffic{Took: time.Since(start), Moved: now.Moved}
		if !r.tried.IsZero() {
			r.saw.Since = start.Sub(r.tried)
		}
		if r.l.base == "" {
			r.enqueue(bounded, r.l, now)
		}
	}
	r.tried, r.asked = start, time.Since(start)
	return now.Err()
}

// again says how long to wait after a try that failed, and whether to try again at all.
func (r *contest) again(n int, err error) (time.Duration, bool) {
	lost := r.out.State == gitops.Raced && r.out.Pushes > 0 // else it joined a queue
	if lost {
		r.l.report.RacesLost++
		r.l.report.Races = append(r.l.report.Races, report.Race{Tip: string(r.out.Tip), At: time.Now()})
		r.show(report.RaceLost{Step: r.row, Branch: r.l.branch, Tip: string(r.out.Tip), Lost: r.l.report.RacesLost})
	} else if r.out.State == gitops.Raced {
		r.left++
	}
	again, after := r.out.Again, r.out.RetryAfter
	var failed *gitops.Error
	if r.unread > 0 && errors.As(err, &failed) {
		again, after = failed.Again && r.unread <= mostUnread, failed.RetryAfter
	}
	delay := max(r.delay(n-r.left), after)
	fits := r.land.Deadline == 0 || time.Since(r.begun)+delay < r.land.Deadline
	if !again || r.land.Max > 0 && n-r.left >= r.land.Max || !fits {
		return 0, false
	}
	if lost {
		r.l.report.Races[len(r.l.report.Races)-1].Wait = delay
	}
	r.l.request.Reread, r.l.request.Look = delay > stillFresh, r.l.request.Queue == nil && r.land.Looks(r.l.report.RacesLost)
	if delay > 0 {
		r.show(report.Waiting{Step: r.row, Delay: delay, Why: "land again on " + r.l.where()})
	}
	return delay, true
}

// delay is the wait after so many tries of the change's own that failed.
func (r *contest) delay(failed int) time.Duration {
	switch {
	case r.unread > 0 || r.out.State != gitops.Raced:
		return r.land.Delay(failed, r.job.Draw())
	case r.l.request.Queue != nil:
		return queueDelay(r.land, r.out, r.asked, r.job.Draw())
	case r.l.request.Look && r.out.Pushes == 0 && r.watch < watches:
		r.watch++
		return 0
	}
	r.watch = 0
	r.bound = r.land.Spread(r.bound, r.l.report.RacesLost, r.saw)
	return r.land.Within(r.bound, r.job.Draw())
}

// mostUnread is how many failures to read the branch in a row are ridden out here. What lasts longer is a failure of the
// step, and the policy's to route.
const mostUnread = 5

// watches is how often in a row a change that saw the branch move tries again at once: who pushes several changes is soon through
// with them, and then the branch lies idle.
const watches = 4

// stillFresh is how long what was read of a contended branch is worth trying on.
const stillFresh = 50 * time.Millisecond

func (c *conductor) landOnce(ctx context.Context, l *landing) (gitops.Outcome, error) {
	if l.base != "" {
		return c.job.Repository.Propose(ctx, l.change, gitops.ProposeRequest{LandRequest: l.request, Base: l.base, As: l.as})
	}
	return c.job.Repository.Land(ctx, l.change, l.request)
}
