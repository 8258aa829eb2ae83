package wire

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// statusError is an http answer other than 200.
type statusError struct {
	code       int
	retryAfter time.Duration
	location   string // where a redirect leads
	text       string // the server's words, where it used plain ones
}

func newStatusError(resp *http.Response, now time.Time) *statusError {
	e := &statusError{code: resp.StatusCode, retryAfter: retryAfter(resp.Header, now)}
	if to, err := resp.Location(); err == nil {
		e.location = shown(to)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/plain" {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // half a sentence is better than none
		e.text = clean(string(text))
	}
	return e
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("the server answers %d %s", e.code, http.StatusText(e.code))
	switch {
	case e.location != "":
		return s + ": it redirects to " + e.location + ", where belay does not follow; if the repository has moved there, use that address"
	case e.code == http.StatusUnauthorized:
		s += ": it does not accept the credentials"
	case e.code == http.StatusProxyAuthRequired:
		s += ": the proxy does not accept the login in HTTP_PROXY"
	case e.code == http.StatusForbidden:
		s += ": it does not let these credentials do that"
	case e.code == http.StatusNotFound:
		s += ": there is no such repository, or none these credentials may see"
	}
	if e.text != "" {
		s += fmt.Sprintf(" (%s)", e.text)
	}
	return s
}

// maxRetryAfter keeps a nonsensical Retry-After within what a time.Duration can hold.
const maxRetryAfter = 365 * 24 * time.Hour

// retryAfter reads Retry-After (RFC 9110, 10.2.3), in seconds or as a date. A date counts from the server's own
// clock where it shows it. It is 0 where there is none, or none one can read.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
