package forge

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-github/v66/github"
)

// Comment comments on a pull request, once: a comment with the same mark is left as it is, also when it is our own whose
// answer was lost.
func (g *GitHub) Comment(ctx context.Context, number int, c Comment) error {
	name := fmt.Sprintf("#%d", number)
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		there, err := g.commented(ctx, number, c)
		if err != nil || there {
			return err
		}
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		text := c.marked()
		_, resp, err := g.client().Issues.CreateComment(callCtx, g.owner, g.name, number, &github.IssueComment{Body: &text})
		if err != nil {
			return g.failure(ctx, "comment on pull request", name, resp, err)
		}
		return nil
	})
}

func (g *GitHub) commented(ctx context.Context, number int, c Comment) (bool, error) {
	opts := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		page, resp, err := g.client().Issues.ListComments(callCtx, g.owner, g.name, number, opts)
		cancel()
		if err != nil {
			return false, g.failure(ctx, "read the comments of pull request", fmt.Sprintf("#%d", number), resp, err)
		}
		for _, comment := range page {
			if c.on(comment.GetBody()) {
				return true, nil
			}
		}
		if resp.NextPage == 0 {
			return false, nil
		}
		opts.Page = resp.NextPage
	}
}
