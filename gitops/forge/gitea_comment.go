package forge

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"code.gitea.io/sdk/gitea"
)

// Comment does as [GitHub.Comment] does.
func (g *Gitea) Comment(ctx context.Context, number int, c Comment) error {
	name := fmt.Sprintf("#%d", number)
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		var there []*gitea.Comment
		err := g.call(ctx, "read the comments of pull request", name, func(client *gitea.Client) (resp *gitea.Response, err error) {
			there, resp, err = client.ListIssueComments(g.owner, g.name, int64(number), gitea.ListIssueCommentOptions{}) // Gitea gives all at once
			return resp, err
		})
		if err != nil {
			return err
		}
		for _, comment := range there {
			if c.on(comment.Body) {
				return nil
			}
		}
		return g.call(ctx, "comment on pull request", name, func(client *gitea.Client) (*gitea.Response, error) {
			_, resp, err := client.CreateIssueComment(g.owner, g.name, int64(number), gitea.CreateIssueCommentOption{Body: c.marked()})
			return resp, err
		})
	})
}

// MayOpen does as [GitHub.MayOpen] does: Gitea too refuses a pull request from a branch into itself as invalid.
func (g *Gitea) MayOpen(ctx context.Context, base string) error {
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		err := g.call(ctx, "open pull request", "into "+base, func(c *gitea.Client) (*gitea.Response, error) {
			_, resp, err := c.CreatePullRequest(g.owner, g.name, gitea.CreatePullRequestOption{Head: base, Base: base, Title: "belay asks whether it may open a pull request"})
			return resp, err
		})
		return allowed(err, http.StatusUnprocessableEntity)
	})
}
