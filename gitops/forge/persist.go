package forge

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/belay-ci/belay/internal/retry"
)

const (
	budget      = 2 * time.Minute  // one Find or Open starts no wait that would end later than this
	callTimeout = 30 * time.Second // for one request and its answer
)

// persist calls f until it succeeds or fails for a reason that time does not mend, or the next wait would end
// past the budget, counted from start. The forge's own Retry-After is a floor for the wait and never cut.
func persist(ctx context.Context, start time.Time, f func(ctx context.Context) error) error {
	return retry.Do(ctx, f, func(n int, err error) (time.Duration, bool) {
		var failed *Error
		if !errors.As(err, &failed) || !failed.passing {
			return 0, false
		}
		// 1 s, 2 s, 4 s … 16 s, then half of it to all of it, so that jobs that failed together part.
		backoff := time.Second << min(n-1, 4)
		delay := max(backoff/2+rand.N(backoff/2), failed.RetryAfter)
		return delay, time.Since(start)+delay <= budget
	})
}
