package gitops

import (
	"errors"
	"time"

	"github.com/belay-ci/belay/policy"
)

// Error is something gitops could not do. Nothing was changed on the server, unless its kind is git.unknown.
type Error struct {
	Op         string      // what was tried: "land on main", "stage envs/prod"
	Reason     policy.Kind // empty: the kind of Err
	Message    string      // what happened and what to do; empty: Err says it
	Again      bool        // the same may succeed a little later
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string {
	text := e.Op + ": " + e.Message
	if e.Message == "" {
		text = e.Op
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Kind returns what the policy knows this failure by.
func (e *Error) Kind() policy.Kind {
	if e.Reason != "" {
		return e.Reason
	}
	return kindOf(e.Err)
}

// kindOf returns the kind an error carries. What has none happened on this machine: the land step itself failed.
func kindOf(err error) policy.Kind {
	var kinded interface{ Kind() policy.Kind }
	if errors.As(err, &kinded) {
		return kinded.Kind()
	}
	return policy.StepExit
}

// failed says in which operation something went wrong.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	if known, ok := err.(*Error); ok && known.Op == "" {
		known.Op = op
		return known
	}
	wrapped := &Error{Op: op, Err: err}
	wrapped.Again, wrapped.RetryAfter = passes(err)
	if why, ok := told(err); ok {
		wrapped.Reason, wrapped.Again = why.kind, why.again
	}
	return wrapped
}
