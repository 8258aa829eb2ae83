package wire

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/belay-ci/belay/policy"
)

// Error is an exchange with a server that failed. That a server refuses single refs of a push is no Error: see
// PushResult.
type Error struct {
	Op         string        // "list refs of", "fetch from", "push to"
	URL        string        // the repository, without userinfo
	Status     int           // the http status, 0 when no answer came or it was 200
	Sent       bool          // only for a push: it may have reached the server, so its outcome is not known from here
	RetryAfter time.Duration // how long the server asks to wait, 0 when it did not say
	Err        error
}

func (e *Error) Error() string {
	if e.Sent {
		return fmt.Sprintf("%s %s: %v (the server may have done it all the same)", e.Op, e.URL, e.Err)
	}
	return fmt.Sprintf("%s %s: %v", e.Op, e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Kind tells a refusal of the credentials (git.auth), a refusal that will be repeated (git.rejected.other), and
// what may pass by itself (network): broken connections, server errors and rate limits.
func (e *Error) Kind() policy.Kind {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return policy.Network
	case http.StatusForbidden:
		if e.RetryAfter > 0 { // how GitHub tells of a secondary rate limit
			return policy.Network
		}
		return policy.GitAuth
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusNotFound: // forges hide what the credentials may not see
		return policy.GitAuth
	}
	var remote *RemoteError
	var notStarted *exec.Error
	var exited *exec.ExitError
	var unknown *unknownServer
	var notLetIn *notLetIn
	var ended *endedError
	switch {
	case e.Status >= 500:
		return policy.Network
	case errors.As(e.Err, &unknown), errors.As(e.Err, &notLetIn):
		return policy.GitAuth
	case errors.As(e.Err, &ended):
		if ended.early { // servers hide what a key may not see
			return policy.GitAuth
		}
		return policy.Network
	case e.Status != 0, errors.Is(e.Err, ErrNotOffered), errors.As(e.Err, &remote), errors.As(e.Err, &notStarted), errors.As(e.Err, &exited):
		return policy.GitRejectedOther
	}
	return policy.Network
}

// ErrNotOffered is under an Error when a request needs what the server does not offer: protocol v2, atomic
// pushes, push options. Nothing was sent.
var ErrNotOffered = errors.New("the server does not offer it")

// RemoteError is what a server said instead of doing what it was asked, made safe to print.
type RemoteError struct{ Text string }

func (e *RemoteError) Error() string {
	return "the server says: " + strings.ReplaceAll(e.Text, "\n", "; ")
}

// fail makes an Error of err. began says that a push had begun to leave this machine.
func (c *Conn) fail(op string, err error, began bool) error {
	e := &Error{Op: op, URL: c.url, Sent: began, Err: err}
	var status *statusError
	if errors.As(err, &status) {
		e.Status, e.RetryAfter = status.code, status.retryAfter
		// A redirect or a client error is said before the push is looked at; anything else may hide one that was done.
		e.Sent = began && (status.code >= 500 || status.code == http.StatusRequestTimeout)
	}
	return e
}
