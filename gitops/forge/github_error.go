package forge

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-github/v66/github"
)

// failure turns what go-github returned into an [*Error], or into ctx's cause when ctx, the caller's, has ended.
func (g *GitHub) failure(ctx context.Context, op, what string, resp *github.Response, err error) error {
	const pulls = "Give the token `pull-requests: write`, and allow Actions to create pull requests under Settings > Actions > General > Workflow permissions"
	return g.failureFor(ctx, pulls, op, what, resp, err)
}

// failureFor is failure with what to do where the token may not do it.
func (g *GitHub) failureFor(ctx context.Context, forbidden, op, what string, resp *github.Response, err error) error {
	f := failure{
		op: op, what: what + " in " + g.owner + "/" + g.name, err: err, said: saidByGitHub, limit403: true, forbidden: forbidden,
		notFound: "GitHub says so too when the token may not see the repository: check both",
	}
	if resp != nil {
		f.resp = resp.Response
	}
	var secondary *github.AbuseRateLimitError // by the page it names: GitHub sends it without a header, too
	f.limited = errors.As(err, &secondary)
	return f.as(ctx)
}

// saidByGitHub reduces go-github's errors to GitHub's own words, in one line.
func saidByGitHub(err error) error {
	var (
		words     string
		plain     *github.ErrorResponse
		primary   *github.RateLimitError
		secondary *github.AbuseRateLimitError
	)
	switch {
	case errors.As(err, &plain):
		words = plain.Message
		for _, e := range plain.Errors {
			words += "; " + strings.TrimSpace(strings.Join([]string{e.Field, e.Code, e.Message}, " "))
		}
	case errors.As(err, &primary):
		words = primary.Message
	case errors.As(err, &secondary):
		words = secondary.Message
	default:
		return err
	}
	if words == "" {
		words = "no reason given"
	}
	return errors.New(strings.TrimRight(shorten(oneLine(words), 500), ". "))
}
