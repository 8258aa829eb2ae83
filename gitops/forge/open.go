package forge

import (
	"context"
	"time"
)

// opener is a forge's own part in opening a pull request. open looks first, and notes in tried that a create was sent;
// complete adds what an open one lacks.
type opener interface {
	open(ctx context.Context, n NewPullRequest, tried *bool) (pr PullRequest, created bool, err error)
	complete(ctx context.Context, start time.Time, pr PullRequest, n NewPullRequest) PullRequest
}

// openOn is Open of every forge on a server: it tries again what a moment's wait mends, and asks reviewers only where a
// create was sent. What is found after that is ours.
func openOn(ctx context.Context, f opener, n NewPullRequest) (pr PullRequest, created bool, err error) {
	start := time.Now()
	tried := false
	err = persist(ctx, start, func(ctx context.Context) (err error) {
		pr, created, err = f.open(ctx, n, &tried)
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
