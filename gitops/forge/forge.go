// Package forge opens and finds pull requests, one file per forge. It tries again by itself what a moment's
// wait mends, within two minutes, and never repeats a create without having looked first.
package forge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/policy"
)

// PullRequest is one pull request of a repository, as its forge shows it.
type PullRequest struct {
	Number  int
	URL     string // its page; empty where there is none
	State   string // "open", "closed" or "merged"
	Head    string // a branch of the same repository
	Base    string // the branch it asks to change
	Title   string
	Body    string
	Labels  []string
	Draft   bool
	Warning string // what went wrong beside it, such as labels that could not be set; empty when nothing did
}

// NewPullRequest is a pull request to be opened. Title and Body go to the forge as they are: foreign text in
// them is made harmless by [Title], [Text], [Code] and [Block], and a long body is cut by [Cut].
type NewPullRequest struct {
	Head, Base  string // branches of the repository
	Title, Body string
	Labels      []string
	Draft       bool

	// Again opens one although an earlier pull request of the same two branches was closed or merged.
	// Without it that one is respected and returned: what a person closed does not come back.
	Again bool
}

// String names the two branches, for messages.
func (n NewPullRequest) String() string { return n.Head + " into " + n.Base }

// maxBody is GitHub's limit for the text of a pull request, in characters.
const maxBody = 65536

// standing picks the pull request that answers n already: an open one, else, unless n says again, the newest
// of the closed and merged ones. all is sorted newest first.
func standing(all []PullRequest, n NewPullRequest) (PullRequest, bool) {
	i := slices.IndexFunc(all, func(p PullRequest) bool { return p.State == "open" })
	if i < 0 && !n.Again && len(all) > 0 {
		i = 0
	}
	if i < 0 {
		return PullRequest{}, false
	}
	return all[i], true
}

// missing lists the labels of wanted that are not in has. Forges compare labels without case.
func missing(wanted, has []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(label string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return strings.EqualFold(h, label) })
	})
}

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

// Error is a failed call to a forge.
type Error struct {
	Op         string        // what was asked for: "open pull request"
	What       string        // of what: "belay/rollback/1 into main in acme/shop"
	Status     int           // the HTTP status; 0 when no answer came
	RetryAfter time.Duration // how long the forge asks to wait; 0 when it did not say
	Err        error

	kind    policy.Kind
	advice  string // what to do next; empty where the kind's own advice says all
	passing bool   // the same call may succeed later
}

// Error says what was asked, of what, what came back, and what to do next.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: ", e.Op, e.What)
	if e.Status != 0 {
		text += fmt.Sprintf("the forge answered %d: ", e.Status)
	}
	text += e.Err.Error()
	if e.advice != "" {
		text += ". " + e.advice
	}
	return text
}

// Unwrap returns what the forge or the network said.
func (e *Error) Unwrap() error { return e.Err }

// Kind is one of forge.auth, forge.forbidden, forge.rate-limited, forge.unavailable and forge.rejected.
func (e *Error) Kind() policy.Kind { return e.kind }
