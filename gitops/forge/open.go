package forge

import (
	"context"
	"time"
)

// opener is a forge's own part in opening a pull request. create sends one, and adopts one that turns out to stand there;
// complete adds what an open one lacks.
type opener interface {
	lister
	create(ctx context.Context, n NewPullRequest) (pr PullRequest, created bool, err error)
	complete(ctx context.Context, start time.Time, pr PullRequest, n NewPullRequest) PullRequest
}

// lister lists the pull requests of a branch onto another, open or not.
type lister interface {
	list(ctx context.Context, head, base string) ([]PullRequest, error)
}

// openOn is Open of every forge on a server: it looks first, tries again what a moment's wait mends, and asks reviewers only
// where a create was sent. What is found after that is ours.
func openOn(ctx context.Context, f opener, n NewPullRequest) (pr PullRequest, created bool, err error) {
	start := time.Now()
	tried := false
	err = persist(ctx, start, func(ctx context.Context) (err error) {
		var found bool
		if pr, found, err = look(ctx, f, n); err != nil || found {
			return err
		}
		tried = true
		pr, created, err = f.create(ctx, n)
		return err
	})
	if err != nil {
		return PullRequest{}, false, err
	}
	if !tried {
		n.Reviewers = nil
	}
	return f.complete(ctx, start, pr, n), created, nil
}

// look finds the pull request that stands where a new one would.
func look(ctx context.Context, f lister, n NewPullRequest) (pr PullRequest, found bool, err error) {
	all, err := f.list(ctx, n.Head, n.Base)
	if err != nil {
		return PullRequest{}, false, err
	}
	pr, found = standing(all, n)
	return pr, found, nil
}

// lookAgain is for a create that was refused, for one reason or because there is a pull request already. Looking is surer
// than reading the words.
func lookAgain(ctx context.Context, f lister, n NewPullRequest, refused error) (PullRequest, bool, error) {
	pr, found, err := look(ctx, f, n)
	if err == nil && !found {
		err = refused
	}
	return pr, false, err
}
