package forge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/belay-ci/belay/policy"
)

// failure turns what go-github returned into an [*Error]. The kind follows from the status and the headers,
// never from the words. When ctx, the caller's, has ended, that is nobody's failure and has no kind.
func (g *GitHub) failure(ctx context.Context, op, what string, resp *github.Response, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s %s: %w", op, what, cause)
	}
	e := &Error{Op: op, What: what + " in " + g.owner + "/" + g.name, Err: err, kind: policy.ForgeUnavailable}
	if errors.Is(err, context.DeadlineExceeded) { // the call's own: the caller's has not ended
		e.Err, e.passing = fmt.Errorf("no answer within %v", callTimeout), true
		return e
	}
	if resp == nil || resp.Response == nil {
		var badCertificate *tls.CertificateVerificationError
		e.passing = !errors.As(err, &badCertificate)
		return e
	}
	e.Status, e.Err = resp.StatusCode, saidByGitHub(err)
	switch status := resp.StatusCode; {
	case status < 300: // an answer that can't be read: cut short, or some proxy's page
		e.passing = true
	case status < 400:
		e.kind = policy.ForgeRejected
		e.advice = fmt.Sprintf("It has moved to %q, and belay gives its token to no other address: use the new one", resp.Header.Get("Location"))
	case status == http.StatusUnauthorized:
		e.kind = policy.ForgeAuth
		e.advice = "Check that the token is given to belay and has not expired"
	case rateLimited(resp.Response):
		e.kind, e.passing = policy.ForgeRateLimited, true
		e.RetryAfter = rateLimitWait(resp.Header)
	case status == http.StatusForbidden:
		e.kind = policy.ForgeForbidden
		e.advice = "Give the token `pull-requests: write`, and allow Actions to create pull requests under Settings > Actions > General > Workflow permissions"
	case status >= 500:
		e.passing = true
		e.RetryAfter = retryAfter(resp.Header)
	default:
		e.kind = policy.ForgeRejected
		if status == http.StatusNotFound {
			e.advice = "GitHub says so too when the token may not see the repository: check both"
		}
	}
	return e
}

// rateLimited follows GitHub's docs ("Rate limits for the REST API"): 403 or 429; the primary limit has
// x-ratelimit-remaining 0, the secondary one mostly a retry-after.
func rateLimited(resp *http.Response) bool {
	if resp.StatusCode == http.StatusTooManyRequests {
		return true
	}
	return resp.StatusCode == http.StatusForbidden &&
		(resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0")
}

// rateLimitWait is what the same docs ask for: retry-after, else until x-ratelimit-reset where nothing
// remains, else one minute.
func rateLimitWait(h http.Header) time.Duration {
	if wait := retryAfter(h); wait > 0 {
		return wait
	}
	reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || h.Get("X-RateLimit-Remaining") != "0" {
		return time.Minute
	}
	return max(time.Unix(reset, 0).Sub(serverTime(h)), time.Second)
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3); 0 when there is none.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(serverTime(h)), 0)
	}
	return 0
}

// serverTime is the server's clock where it tells it: the dates it sends are in its time, not in ours.
func serverTime(h http.Header) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return time.Now()
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
