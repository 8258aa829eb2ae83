package policy

import (
	"math"
	"time"
)

// Backoff says how long to wait before the n-th re-run.
type Backoff struct {
	Initial  time.Duration // before the first re-run
	Factor   float64       // how much each wait is longer than the last; 1, or anything below, is a fixed wait
	MaxDelay time.Duration // the longest wait, jitter included; 0 for no limit
	Jitter   Jitter
}

// Delay returns the wait before re-run n, counted from 1, for a random draw in [0, 1).
//
//	c = min(Initial·Factor^(n−1), MaxDelay/(1+jitter)), then c·U(1−jitter, 1+jitter), or U(0, c) for full jitter
//
// MaxDelay is divided first and not applied last, so that long waits don't bunch at the ceiling. floor is what
// the step or the server asked for (RFC 9110, Retry-After): the wait is never shorter, even where it
// passes MaxDelay. No value of any field overflows.
func (b Backoff) Delay(n int, draw float64, floor time.Duration) time.Duration {
	if !(draw > 0) {
		draw = 0
	}
	draw = min(draw, 1)
	wait := b.middle(n)
	if b.Jitter == FullJitter {
		wait *= draw
	} else {
		spread := b.Jitter.spread()
		wait *= 1 - spread + 2*spread*draw
	}
	return max(b.within(wait), floor, 0)
}

// Longest returns the longest wait before re-run n, whatever the draw.
func (b Backoff) Longest(n int) time.Duration { return b.Delay(n, 1, 0) }

// middle is c of the formula, in nanoseconds.
func (b Backoff) middle(n int) float64 {
	if n < 1 || b.Initial <= 0 {
		return 0
	}
	grown := float64(b.Initial)
	if b.Factor > 1 {
		grown *= math.Pow(b.Factor, float64(n-1)) // +Inf is a fine number to take the minimum of
	}
	return min(grown, float64(b.ceiling())/(1+b.Jitter.spread()))
}

// within makes a duration of ns, for which a float has more room than a duration.
func (b Backoff) within(ns float64) time.Duration {
	ceiling := b.ceiling()
	if ns >= float64(ceiling) {
		return ceiling
	}
	return time.Duration(ns)
}

func (b Backoff) ceiling() time.Duration {
	if b.MaxDelay <= 0 {
		return math.MaxInt64
	}
	return b.MaxDelay
}

// sum adds two durations that are not negative, up to the longest there is.
func sum(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
