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

// Delay returns the wait after so many lost races, for a random draw in [0, 1), where the last try took that long. The bound
// doubles with every race lost, up to MaxDelay: the more writers there are, the wider they spread.
//
// What is short or long is measured in tries, as writers must spread over more than one try to get past each other: the
// bound begins at three tries, or Initial where that is more, and ends at thirty, or MaxDelay where that is less. In
// simulations and on a real server that lets 32 writers past each other in the fewest pushes without leaving the branch idle.
func (l Land) Delay(lost int, took time.Duration, draw float64) time.Duration {
	b := Backoff{Initial: l.Initial, Factor: 2, MaxDelay: l.MaxDelay, Jitter: l.Jitter}
	if l.Initial > 0 && took > 0 { // without Initial, whoever wrote the policy wants no waits
		b.Initial = max(l.Initial, 3*took)
		longest := max(l.Initial, 30*took)
		if l.MaxDelay <= 0 || longest < l.MaxDelay {
			b.MaxDelay = longest
		}
	}
	return b.Delay(lost, draw, 0)
}
