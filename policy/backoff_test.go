package policy

import (
	"math"
	"testing"
	"time"
)

func TestBackoffDelay(t *testing.T) {
	second := time.Second
	for name, c := range map[string]struct {
		backoff Backoff
		n       int
		draw    float64
		floor   time.Duration
		want    time.Duration
	}{
		"fixed":                           {backoff: Backoff{Initial: 10 * second, Factor: 1}, n: 7, want: 10 * second},
		"fixed without a factor":          {backoff: Backoff{Initial: 10 * second}, n: 7, want: 10 * second},
		"exponential":                     {backoff: Backoff{Initial: second, Factor: 3}, n: 3, want: 9 * second},
		"jitter at its least":             {backoff: Backoff{Initial: 4 * second, Jitter: 0.25}, n: 1, draw: 0, want: 3 * second},
		"jitter at its most":              {backoff: Backoff{Initial: 4 * second, Jitter: 0.25}, n: 1, draw: 1, want: 5 * second},
		"long waits spread":               {backoff: Backoff{Initial: second, Factor: 2, MaxDelay: 100 * second, Jitter: 0.25}, n: 20, draw: 0.5, want: 80 * second},
		"long waits reach the ceiling":    {backoff: Backoff{Initial: second, Factor: 2, MaxDelay: 100 * second, Jitter: 0.25}, n: 20, draw: 1, want: 100 * second},
		"full jitter at its least":        {backoff: Backoff{Initial: 4 * second, Jitter: FullJitter}, n: 1, draw: 0, want: 0},
		"full jitter in the middle":       {backoff: Backoff{Initial: 4 * second, Jitter: FullJitter}, n: 1, draw: 0.5, want: 2 * second},
		"full jitter at the ceiling":      {backoff: Backoff{Initial: second, Factor: 2, MaxDelay: 10 * second, Jitter: FullJitter}, n: 34, draw: 1, want: 10 * second},
		"a floor below":                   {backoff: Backoff{Initial: 4 * second}, n: 1, floor: second, want: 4 * second},
		"a floor above the ceiling":       {backoff: Backoff{Initial: 4 * second, MaxDelay: 5 * second}, n: 1, floor: time.Hour, want: time.Hour},
		"no initial wait":                 {backoff: Backoff{Factor: 2}, n: 2000, draw: 0.5, want: 0},
		"the original has no wait":        {backoff: Backoff{Initial: second}, n: 0, want: 0},
		"past the end of time":            {backoff: Backoff{Initial: second, Factor: 2}, n: 5000, draw: 0.5, want: math.MaxInt64},
		"a factor below 1 does not grow":  {backoff: Backoff{Initial: second, Factor: 0.1}, n: 9, want: second},
		"jitter above 1 is 1":             {backoff: Backoff{Initial: second, Jitter: 3}, n: 1, draw: 0, want: 0},
		"a draw that is no number is 0":   {backoff: Backoff{Initial: 4 * second, Jitter: 0.25}, n: 1, draw: math.NaN(), want: 3 * second},
		"a draw above 1 is 1":             {backoff: Backoff{Initial: 4 * second, Jitter: 0.25}, n: 1, draw: 9, want: 5 * second},
		"a negative floor is none at all": {backoff: Backoff{}, n: 1, floor: -second, want: 0},
	} {
		if got := c.backoff.Delay(c.n, c.draw, c.floor); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWaitsDoNotBunchAtTheCeiling(t *testing.T) {
	b := Backoff{Initial: time.Second, Factor: 2, MaxDelay: time.Minute, Jitter: 0.25}
	const draws = 1000
	at, seen := 0, map[time.Duration]bool{}
	for i := range draws {
		d := b.Delay(12, float64(i)/draws, 0)
		seen[d] = true
		if d == b.MaxDelay {
			at++
		}
	}
	if at > 1 || len(seen) < draws-1 {
		t.Errorf("%d of %d waits are at the ceiling, %d differ", at, draws, len(seen))
	}
}

func FuzzBackoffDelay(f *testing.F) {
	f.Add(int64(time.Second), 2.0, int64(5*time.Minute), 0.25, 3, 0.5, int64(0))
	f.Add(int64(math.MaxInt64), math.MaxFloat64, int64(math.MaxInt64), 1.0, math.MaxInt, 1.0, int64(math.MaxInt64))
	f.Add(int64(math.MinInt64), math.NaN(), int64(-1), math.Inf(1), math.MinInt, math.NaN(), int64(math.MinInt64))
	f.Add(int64(1), 1.0000001, int64(3), -1.0, math.MaxInt32, 0.999, int64(1))
	f.Fuzz(func(t *testing.T, initial int64, factor float64, ceiling int64, jitter float64, n int, draw float64, floor int64) {
		b := Backoff{Initial: time.Duration(initial), Factor: factor, MaxDelay: time.Duration(ceiling), Jitter: Jitter(jitter)}
		got, longest := b.Delay(n, draw, time.Duration(floor)), b.Longest(n)
		if got < 0 || got < time.Duration(floor) {
			t.Errorf("%+v waits %s before re-run %d, below 0 or the floor %s", b, got, n, time.Duration(floor))
		}
		if got > max(longest, time.Duration(floor)) {
			t.Errorf("%+v waits %s before re-run %d, longer than its longest %s", b, got, n, longest)
		}
		if ceiling > 0 && longest > time.Duration(ceiling) {
			t.Errorf("%+v can wait %s before re-run %d, past the ceiling", b, longest, n)
		}
		if n < math.MaxInt && longest > b.Longest(n+1) {
			t.Errorf("%+v waits less before re-run %d than before the one it follows", b, n+1)
		}
	})
}

func TestJitterReadsAsItIsWritten(t *testing.T) {
	for text, want := range map[string]struct {
		jitter Jitter
		text   string
	}{
		"full": {FullJitter, "full"},
		"0":    {0, "none"},
		"0.25": {0.25, "±25%"},
		"1":    {1, "±100%"},
	} {
		got, err := ParseJitter(text)
		if err != nil || got != want.jitter || got.String() != want.text {
			t.Errorf("%q: %v %q %v, want %v %q", text, float64(got), got, err, float64(want.jitter), want.text)
		}
	}
	for _, text := range []string{"", "-1", "1.1", "NaN", "half"} {
		if got, err := ParseJitter(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
