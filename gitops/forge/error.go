package forge

import (
	"fmt"
	"time"

	"github.com/belay-ci/belay/policy"
)

// Error is a failed call to a forge.
type Error struct {
	Op         string        // what was asked for: "open pull request"
	What       string        // of what: "belay/rollback/1 into main in acme/shop"
	Status     int           // the HTTP status; 0 when no answer came
	RetryAfter time.Duration // how long the forge asks to wait; 0 when it did not say
	Err        error

	kind    policy.Kind
	advice  string // what to do next; empty where the kind's own advice says all
	passing bool   // the same call may succeed later
}

// Error says what was asked, of what, what came back, and what to do next.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: ", e.Op, e.What)
	if e.Status != 0 {
		text += fmt.Sprintf("the forge answered %d: ", e.Status)
	}
	text += e.Err.Error()
	if e.advice != "" {
		text += ". " + e.advice
	}
	return text
}

// Unwrap returns what the forge or the network said.
func (e *Error) Unwrap() error { return e.Err }

// Kind is one of forge.auth, forge.forbidden, forge.rate-limited, forge.unavailable and forge.rejected.
func (e *Error) Kind() policy.Kind { return e.kind }
