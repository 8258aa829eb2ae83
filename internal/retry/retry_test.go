package retry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	retrygo "github.com/avast/retry-go/v4"
)

// The tests are named by what belay relies on; each reproduces a way in which retry-go, called plainly, does otherwise.

var errBoom = errors.New("boom")

func failing(calls *int) func(context.Context) error {
	return func(context.Context) error { *calls++; return errBoom }
}

func TestNextIsAskedOncePerFailureAndNothingSleepsAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls int
		var asked []int
		start := time.Now()
		err := Do(t.Context(), failing(&calls), func(n int, err error) (time.Duration, bool) {
			if err != errBoom {
				t.Errorf("next got %v", err)
			}
			asked = append(asked, n)
			return time.Second, n < 3
		})
		if err != errBoom || calls != 3 || !slices.Equal(asked, []int{1, 2, 3}) {
			t.Errorf("err %v, %d calls, next asked %v", err, calls, asked)
		}
		if slept := time.Since(start); slept != 2*time.Second {
			t.Errorf("slept %v, want 2s: one second between attempts and none after the last", slept)
		}
	})
}

func TestNextIsNotAskedAfterSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, asked int
		err := Do(t.Context(), func(context.Context) error {
			if calls++; calls < 3 {
				return errBoom
			}
			return nil
		}, func(int, error) (time.Duration, bool) { asked++; return 0, true })
		if err != nil || calls != 3 || asked != 2 {
			t.Errorf("err %v, %d calls, next asked %d times", err, calls, asked)
		}
	})
}

func TestADelayIsKeptToTheNanosecond(t *testing.T) {
	for name, delay := range map[string]time.Duration{
		"none":                             0,
		"below nothing":                    -time.Second,
		"one nanosecond":                   1,
		"a server's long wish":             90 * time.Second,
		"longer than any ceiling":          1000 * time.Hour,
		"not stretched by jitter or power": 1500 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls int
				start := time.Now()
				_ = Do(t.Context(), failing(&calls), func(n int, _ error) (time.Duration, bool) { return delay, n < 8 })
				if slept, want := time.Since(start), 7*max(delay, 0); slept != want || calls != 8 {
					t.Errorf("slept %v in %d calls, want %v in 8", slept, calls, want)
				}
			})
		})
	}
}

func TestAttemptsHaveNoLimitOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls int
		_ = Do(t.Context(), failing(&calls), func(n int, _ error) (time.Duration, bool) { return time.Second, n < 500 })
		if calls != 500 {
			t.Errorf("%d calls, want 500", calls)
		}
	})
}

func TestNoAttemptStartsOnceTheContextEnded(t *testing.T) {
	for range 1000 { // the timer and the context are ready together: the library picks at random
		synctest.Test(t, func(t *testing.T) {
			var calls int
			ctx, cancel := context.WithCancel(t.Context())
			err := Do(ctx, failing(&calls), func(int, error) (time.Duration, bool) { cancel(); return 0, true })
			if calls != 1 || !errors.Is(err, errBoom) || !errors.Is(err, context.Canceled) {
				t.Fatalf("%d calls after the context ended, err %v", calls-1, err)
			}
		})
	}
}

func TestAContextThatEndsTheWaitKeepsTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("the run's deadline came")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, enough)
		defer cancel()
		var calls int
		start := time.Now()
		err := Do(ctx, failing(&calls), func(int, error) (time.Duration, bool) { return time.Hour, true })
		if !errors.Is(err, errBoom) || !errors.Is(err, enough) || strings.Contains(err.Error(), "\n") {
			t.Errorf("err %q", err)
		}
		if time.Since(start) != 5*time.Second || calls != 1 {
			t.Errorf("ended after %v and %d calls", time.Since(start), calls)
		}
	})
}

func TestAContextThatHasEndedCallsNothing(t *testing.T) {
	enough := errors.New("cancelled by hand")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	var calls int
	err := Do(ctx, failing(&calls), func(int, error) (time.Duration, bool) { t.Error("next was asked"); return 0, true })
	if err != enough || calls != 0 {
		t.Errorf("err %v after %d calls", err, calls)
	}
}

func TestOnlyTheLastErrorComesBack(t *testing.T) {
	first := errors.New("first")
	var calls int
	err := Do(t.Context(), func(context.Context) error {
		if calls++; calls == 1 {
			return first
		}
		return errBoom
	}, func(n int, _ error) (time.Duration, bool) { return 0, n < 2 })
	if err != errBoom || errors.Is(err, first) {
		t.Errorf("err %q: a list of attempts would match any of their kinds", err)
	}
}

type unhashable []string

func (unhashable) Error() string { return "unhashable" }

func TestTheCallersErrorIsNeitherReadNorWrapped(t *testing.T) {
	for name, failure := range map[string]error{
		"unhashable":          unhashable{"a", "b"},
		"marked by retry-go":  retrygo.Unrecoverable(errBoom),
		"a context's own end": context.Canceled,
	} {
		t.Run(name, func(t *testing.T) {
			var calls int
			var seen error
			err := Do(t.Context(), func(context.Context) error { calls++; return failure },
				func(n int, err error) (time.Duration, bool) { seen = err; return 0, n < 3 })
			if calls != 3 || !same(err, failure) || !same(seen, failure) {
				t.Errorf("%d calls, next saw %#v, got %#v", calls, seen, err)
			}
		})
	}
}

// same compares errors of which one kind can't be compared with ==.
func same(a, b error) bool {
	if u, ok := a.(unhashable); ok {
		v, ok := b.(unhashable)
		return ok && slices.Equal(u, v)
	}
	return a == b
}
