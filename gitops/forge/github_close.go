package forge

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-github/v66/github"
)

// Close closes a pull request, and returns it as it is then: closed, or merged where somebody merged it first.
func (g *GitHub) Close(ctx context.Context, number int) (pr PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		now, _, err := g.get(ctx, number)
		if err != nil {
			return err
		}
		if pr = now; pr.State != "open" {
			return nil
		}
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		closed := "closed"
		p, resp, err := g.client().PullRequests.Edit(callCtx, g.owner, g.name, number, &github.PullRequest{State: &closed})
		if err != nil {
			return g.failure(ctx, "close pull request", fmt.Sprintf("#%d", number), resp, err)
		}
		pr = fromGitHub(p)
		return nil
	})
	return pr, err
}
