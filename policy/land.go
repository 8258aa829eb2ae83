package policy

import "time"

// Land says how a land step meets other writers.
type Land struct {
	Integrate       string        // "rebase", "merge", "rebase-or-merge" or "rebase-or-fail"
	Sign            string        // "gpg" or "ssh": the kind of key there must be; "none": nothing is signed; empty: a key there is signs
	Max             int           // races lost before it gives up with git.race; 0 for no limit
	Initial         time.Duration // the longest wait after the first lost race
	MaxDelay        time.Duration // the longest wait
	Jitter          Jitter
	Deadline        time.Duration // how long one landing may take; 0 for no limit
	StructuredMerge bool          // merge YAML and JSON by key where lines conflict
}

// DefaultLand is what a policy has that says nothing of landing.
func DefaultLand() Land {
	return Land{
		Integrate: "rebase", Max: 20, Initial: 200 * time.Millisecond, MaxDelay: 10 * time.Second,
		Jitter: FullJitter, Deadline: 10 * time.Minute, StructuredMerge: true,
	}
}

// Delay returns the wait after so many lost races, for a random draw in [0, 1). The bound doubles with every race lost,
// up to MaxDelay: the more writers there are, the wider they spread. It begins at Initial, or where the try itself took
// longer at that: writers whose tries overlap must spread over more than one try to get past each other.
func (l Land) Delay(lost int, took time.Duration, draw float64) time.Duration {
	b := Backoff{Initial: l.Initial, Factor: 2, MaxDelay: l.MaxDelay, Jitter: l.Jitter}
	if l.Initial > 0 { // else whoever wrote the policy wants no waits
		b.Initial = max(l.Initial, took)
	}
	return b.Delay(lost, draw, 0)
}
