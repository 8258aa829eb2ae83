package forge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/go-github/v66/github"
)

// MayOpen reports whether the token may open a pull request into base, before there is one to be opened: nil, or the
// failure that opening one would end with. It asks for a pull request that can't be, from base into itself: GitHub
// refuses that as invalid to whoever may open one, and as forbidden to whoever may not. Nothing is made.
func (g *GitHub) MayOpen(ctx context.Context, base string) error {
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		title := "belay asks whether it may open a pull request"
		_, resp, err := g.client().PullRequests.Create(callCtx, g.owner, g.name, &github.NewPullRequest{Head: &base, Base: &base, Title: &title})
		if err == nil {
			return nil
		}
		return allowed(g.failure(ctx, "open pull request", "into "+base, resp, err), http.StatusUnprocessableEntity)
	})
}

// allowed takes the refusals that only those get who may open a pull request.
func allowed(err error, statuses ...int) error {
	var failed *Error
	if !errors.As(err, &failed) {
		return err
	}
	for _, status := range statuses {
		if failed.Status == status {
			return nil
		}
	}
	return err
}
