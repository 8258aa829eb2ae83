package policy

import (
	"fmt"
	"strconv"
)

// Jitter says how far a wait strays: 0.25 is up to a quarter to either side. FullJitter draws the wait
// between nothing and the whole.
type Jitter float64

// FullJitter is `jitter: full`.
const FullJitter Jitter = -1

// ParseJitter reads "full" or a number from 0 to 1.
func ParseJitter(text string) (Jitter, error) {
	if text == "full" {
		return FullJitter, nil
	}
	spread, err := strconv.ParseFloat(text, 64)
	if err != nil || !(spread >= 0 && spread <= 1) {
		return 0, fmt.Errorf("read jitter %q: a number from 0 to 1 is wanted, or full", text)
	}
	return Jitter(spread), nil
}

// spread returns j as a number from 0 to 1; full jitter strays only downwards.
func (j Jitter) spread() float64 {
	if !(j > 0) {
		return 0
	}
	return min(float64(j), 1)
}

// String writes j as people read it: "full", "none", "±25%".
func (j Jitter) String() string {
	switch spread := j.spread(); {
	case j == FullJitter:
		return "full"
	case spread == 0:
		return "none"
	default:
		return fmt.Sprintf("±%.3g%%", spread*100)
	}
}
