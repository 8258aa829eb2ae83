package policy

import "time"

// Land says how a land step meets other writers.
type Land struct {
	Integrate       string        // "rebase", "merge", "rebase-or-merge" or "rebase-or-fail"
	Sign            string        // "gpg" or "ssh": the kind of key there must be; "none": nothing is signed; empty: a key there is signs
	Via             string        // "push": belay makes the commits; "api": the forge does, and signs them
	Max             int           // races lost before it gives up with git.race; 0 for no limit
	Initial         time.Duration // the longest wait after the first lost race
	MaxDelay        time.Duration // the longest wait
	Jitter          Jitter
	Deadline        time.Duration // how long one landing may take; 0 for no limit
	Contention      Contention
	StructuredMerge bool // merge YAML and JSON by key where lines conflict
}

// Who makes the commits that land.
const (
	ByPush = "push"
	ByAPI  = "api"
)

// Contention is what a writer does that has lost a race.
type Contention string

// The ways to meet contention.
const (
	Optimistic Contention = "optimistic" // it tries again, after a wait
	Combine    Contention = "combine"    // and leaves its commits to whoever pushes next, until then
)

// DefaultLand is what a policy has that says nothing of landing.
func DefaultLand() Land {
	return Land{
		Integrate: "rebase", Via: ByPush, Max: 20, Initial: 200 * time.Millisecond, MaxDelay: 20 * time.Second,
		Jitter: FullJitter, Deadline: 10 * time.Minute, Contention: Optimistic, StructuredMerge: true,
	}
}

// Delay returns the wait after so many tries that failed otherwise than by a lost race, for a random draw in [0, 1).
func (l Land) Delay(failed int, draw float64) time.Duration {
	return Backoff{Initial: l.Initial, Factor: 2, MaxDelay: l.MaxDelay, Jitter: l.Jitter}.Delay(failed, draw, 0)
}

// Traffic is what a try that lost its race saw of other writers.
type Traffic struct {
	Took  time.Duration // the try
	Since time.Duration // from the look at the branch before that to the one of this try; 0 where there was none
	Moved int           // how many commits of others came meanwhile
}

// looksFrom is the number of lost races from which a change looks at the branch once more before it is pushed.
const looksFrom = 4

// Looks reports whether a change that lost so many races looks at the branch once more before it is pushed: a request more for
// each try that may win, and a push less for most that would not. Servers count pushes.
func (l Land) Looks(lost int) bool { return lost >= looksFrom }

// Spread returns the bound of the wait after so many lost races: bound is the one of the race lost before, 0 for the first. It
// doubles while the branch is busy, and halves while it is idle, so that many writers spread wide and the last few do
// not leave the branch idle.
//
// What is short or long is measured in tries, as writers must spread over more than one try to get past each other: the
// bound is twelve to twenty-eight tries, within Initial and MaxDelay. Who looks before a push takes less of the server and of its
// own tries, and has waited longest: then it is eight to eighteen. Busy is a branch on which more lands than one change in the
// time of a try. In simulations and on a real server that lets 32 writers past each other in the least time at no more than
// twelve pushes each and six requests for each commit.
func (l Land) Spread(bound time.Duration, lost int, t Traffic) time.Duration {
	least, most := 12*t.Took, 28*t.Took
	if l.Looks(lost) {
		least, most = 8*t.Took, 18*t.Took
	}
	least = max(l.Initial, least)
	switch {
	case l.Initial <= 0: // whoever wrote the policy wants no waits
		return 0
	case bound == 0:
		bound = least
	case t.Since > 0 && float64(t.Moved)*float64(t.Took) > 1.2*float64(t.Since):
		bound *= 2
	case t.Since > 0:
		bound /= 2
	}
	bound = min(max(bound, least), max(l.Initial, most))
	if l.MaxDelay > 0 {
		bound = min(bound, l.MaxDelay)
	}
	return bound
}

// Within draws a wait of at most bound, for a random draw in [0, 1).
func (l Land) Within(bound time.Duration, draw float64) time.Duration {
	return Backoff{Initial: bound, Factor: 1, MaxDelay: bound, Jitter: l.Jitter}.Delay(1, draw, 0)
}

// QueueDelay returns the first wait of a change in the queue of `contention: combine`, whose turn to be pushed with all others
// there is a number from 0 for at once to 1, where one request takes that long. Whoever has its turn first needs a few more
// requests, and the others better ask after that.
func (l Land) QueueDelay(request time.Duration, turn float64) time.Duration {
	return l.bounded(request + time.Duration(turn*float64(max(l.Initial, 2*request))))
}

// QueueAgain returns the wait of a change that was still in the queue, for a random draw in [0, 1). These waits do not grow,
// as only one run pushes at a time.
func (l Land) QueueAgain(request time.Duration, draw float64) time.Duration {
	return l.bounded(time.Duration((0.75 + draw/2) * float64(max(l.Initial, 2*request))))
}

// bounded keeps a wait to what the policy allows.
func (l Land) bounded(wait time.Duration) time.Duration {
	switch {
	case l.Initial <= 0: // whoever wrote the policy wants no waits
		return 0
	case l.MaxDelay > 0:
		return min(wait, l.MaxDelay)
	}
	return wait
}
