package gitops

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

const (
	// mostObjects bounds one answer to a look at the history. What has more is asked for in another way.
	mostObjects = 20_000
	// mostHistory bounds what is held of a history that is too long to be read whole.
	mostHistory = 50_000
	// slack is how far the clocks of those who commit may be apart, where commits have to be told apart by their dates.
	slack = 7 * 24 * time.Hour
	// generations is how many commits in a row may have wrong dates without hiding what lies under them.
	generations = 100
)

// readNewer reads what is newer than a date. Where since is not on the branch, everything on the branch counts as happened after
// it; but what the run landed itself is no older than the commit it was started for.
//
// A server stops at the first commit that is older, so dates are not trusted alone: a clock that was wrong, or a date that
// somebody set, would hide what lies under it. As long as there is anything new under where the server stopped, more is read.
// The tip is read first: where even that is older, git servers break off instead of answering.
func (r *Repo) readNewer(ctx context.Context, s *span, request wire.FetchRequest, after time.Time) error {
	s.cut = true
	tip := request.Wants[0]
	request.Most = 0
	first := request
	first.Depth = 1
	if err := r.read(ctx, s, first); err != nil {
		return err
	}
	request.Haves, request.Shallow = append(request.Haves, tip), []plumbing.Hash{tip} // whose files came with it from a server without filters
	if s.newer(tip, after) {
		request.After = after
		if err := r.read(ctx, s, request); err != nil {
			return uncertain(err)
		}
		request.After = time.Time{}
	}
	return r.readUnder(ctx, s, tip, request, after)
}

// readUnder reads the next generations under what is there, as long as some of these are newer than a date.
func (r *Repo) readUnder(ctx context.Context, s *span, tip plumbing.Hash, request wire.FetchRequest, after time.Time) error {
	asked := map[plumbing.Hash]bool{s.since: true}
	for _, have := range request.Haves {
		asked[have] = true
	}
	for request.Depth = generations; ; request.Depth *= 2 {
		request.Wants = nil
		before := s.from(tip)
		for hash := range before {
			for _, parent := range s.commits[hash].Parents {
				if !before[parent] && !asked[parent] {
					asked[parent] = true
					request.Wants = append(request.Wants, parent)
				}
			}
		}
		if len(request.Wants) == 0 {
			return nil
		}
		if err := r.read(ctx, s, request); err != nil {
			return uncertain(err)
		}
		if len(s.commits) > r.longest {
			return uncertain(fmt.Errorf("%w: more than %d commits", wire.ErrTooMany, r.longest))
		}
		more := false
		for hash := range s.from(tip) {
			more = more || !before[hash] && s.newer(hash, after)
		}
		if !more {
			return nil
		}
	}
}

// newer reports whether a commit of the span says that it was made after a moment. One that does not say when may have been.
func (s *span) newer(hash plumbing.Hash, after time.Time) bool {
	at, ok := dateOf(s.commits[hash].Committer)
	return !ok || !at.Before(after)
}

// uncertain is the error of a history that is too long to be looked through.
func uncertain(err error) error {
	if !errors.Is(err, wire.ErrTooMany) {
		return err
	}
	return &Error{Reason: policy.GitUnknown, Err: err, Message: "the branch has moved too far since the commit that this run was started for" +
		" to tell whether an earlier attempt landed: look for it there, and start a new run from a newer commit"}
}

// date is the committer date of a commit, or of HEAD where it is not here.
func (r *Repo) date(id ID) time.Time {
	for _, hash := range []plumbing.Hash{id.hash(), r.origin.head.hash()} {
		if c, err := r.commit(hash); err == nil {
			if at, ok := dateOf(c.Committer); ok {
				return at
			}
		}
	}
	return time.Now().Add(-5 * slack) // a CI host lets people start a run again for a month
}
