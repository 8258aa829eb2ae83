// Package retry holds the one function that drives every retry in the program: steps, landing and forge calls.
// It decides nothing. Whether to try again and after how long is the caller's word, so that one policy engine
// can count, and nothing here adds jitter, limits or attempts of its own.
package retry

import (
	"context"
	"errors"
	"fmt"
	"time"

	retrygo "github.com/avast/retry-go/v4"
)

// Do calls f until it succeeds, ctx ends, or next says stop.
//
// After every failure of f it calls next exactly once, with the number of failures so far (from 1) and f's
// error. When next answers again, Do waits delay, neither shortened nor stretched, and calls f once more; a
// delay of zero or less does not wait. When ctx ends during the wait, or has ended by the time it is over, f
// is not called again.
//
// Do returns nil when f succeeded; f's last error as it is when next said stop; that error joined with
// ctx's cause when ctx ended the wait; and ctx's cause alone when ctx had ended before the first call.
func Do(ctx context.Context, f func(ctx context.Context) error, next func(n int, err error) (delay time.Duration, again bool)) error {
	var (
		failures int
		last     error // what f last failed with
		delay    time.Duration
	)
	// The library sees errFailed instead of f's errors: it would look into them, and return them wrapped.
	err := retrygo.Do(
		func() error {
			// When ctx ends while the timer is ready too, the library picks one of them at random.
			if ctx.Err() != nil {
				return retrygo.Unrecoverable(context.Cause(ctx))
			}
			if last = f(ctx); last == nil {
				return nil
			}
			failures++
			return errFailed
		},
		retrygo.Context(ctx),
		retrygo.Attempts(0), // no limit of its own: next is asked after every failure
		retrygo.RetryIf(func(error) bool {
			var again bool
			delay, again = next(failures, last)
			return again
		}),
		// A delay type of our own, and no MaxDelay: the library's clamp would cut a server's Retry-After.
		retrygo.DelayType(func(uint, error, *retrygo.Config) time.Duration { return delay }),
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errFailed):
		return last
	case last == nil:
		return context.Cause(ctx)
	default:
		return fmt.Errorf("%w (no further attempt: %w)", last, context.Cause(ctx))
	}
}

var errFailed = errors.New("the attempt failed")
