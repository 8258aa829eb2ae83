package forge

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/belay-ci/belay/policy"
)

// failure is a call that did not work, in the terms all forges share.
type failure struct {
	op, what  string
	resp      *http.Response        // nil when no answer came
	err       error                 // what the forge's library returned
	said      func(err error) error // reduces err to the forge's own words
	forbidden string                // what to do about a 403
	notFound  string                // what to do about a 404
	limit403  bool                  // a 403 with the headers of a rate limit is one
	limited   bool                  // the forge says that it is a rate limit, headers or not
}

// as makes it an [*Error]. The kind follows from the status and the headers, never from the words. When ctx, the
// caller's, has ended, that is nobody's failure and has no kind.
func (f failure) as(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s %s: %w", f.op, f.what, cause)
	}
	e := &Error{Op: f.op, What: f.what, Err: f.err, kind: policy.ForgeUnavailable}
	if errors.Is(f.err, context.DeadlineExceeded) { // the call's own: the caller's has not ended
		e.Err, e.passing = fmt.Errorf("no answer within %v", callTimeout), true
		return e
	}
	if f.resp == nil {
		var badCertificate *tls.CertificateVerificationError
		e.passing = !errors.As(f.err, &badCertificate)
		return e
	}
	e.Status, e.Err = f.resp.StatusCode, f.said(f.err)
	switch status := f.resp.StatusCode; {
	case status < 300: // an answer that can't be read: cut short, or some proxy's page
		e.passing = true
	case status < 400:
		e.kind = policy.ForgeRejected
		e.advice = fmt.Sprintf("It has moved to %q, and belay gives its token to no other address: use the new one", f.resp.Header.Get("Location"))
	case status == http.StatusUnauthorized:
		e.kind = policy.ForgeAuth
		e.advice = "Check that the token is given to belay and has not expired"
	case status == http.StatusTooManyRequests || f.limited || f.limit403 && rateLimited(f.resp):
		e.kind, e.passing = policy.ForgeRateLimited, true
		e.RetryAfter = rateLimitWait(f.resp.Header)
	case status == http.StatusForbidden:
		e.kind, e.advice = policy.ForgeForbidden, f.forbidden
	case status >= 500:
		e.passing = true
		e.RetryAfter = retryAfter(f.resp.Header)
	default:
		e.kind = policy.ForgeRejected
		if status == http.StatusNotFound {
			e.advice = f.notFound
		}
	}
	return e
}

// rateLimited reports whether a 403 is a rate limit, after GitHub's docs ("Rate limits for the REST API"): the primary
// limit has x-ratelimit-remaining 0, the secondary one mostly a retry-after.
func rateLimited(resp *http.Response) bool {
	return resp.StatusCode == http.StatusForbidden &&
		(resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0")
}

// rateLimitWait is what the same docs ask for: retry-after, else until x-ratelimit-reset where nothing
// remains, else one minute.
func rateLimitWait(h http.Header) time.Duration {
	if wait := retryAfter(h); wait > 0 {
		return wait
	}
	// GitLab has the same headers without the X-. https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
	reset, err := strconv.ParseInt(cmp.Or(h.Get("X-RateLimit-Reset"), h.Get("RateLimit-Reset")), 10, 64)
	if err != nil || cmp.Or(h.Get("X-RateLimit-Remaining"), h.Get("RateLimit-Remaining")) != "0" {
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
