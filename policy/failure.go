package policy

import (
	"fmt"
	"slices"
	"time"
)

// Hint is a step's advice, in its error file, on how best to proceed. The policy may take it or not.
type Hint string

// The hints a step may give (Kargo's "steps may hint how best to proceed").
const (
	HintRetry    Hint = "retry"
	HintRestart  Hint = "restart"
	HintRerun    Hint = "rerun"
	HintRollback Hint = "rollback"
	HintFail     Hint = "fail"
)

// Hints lists the hints in the order the reference shows them.
func Hints() []Hint { return []Hint{HintRetry, HintRestart, HintRerun, HintRollback, HintFail} }

// Failure is one failed attempt, as the policy sees it. All text in it is already masked.
type Failure struct {
	Kind       Kind
	Message    string         // one line for people
	ExitCode   int            // -1 when no exit code is known
	Signal     string         // "KILL", "TERM", …; empty when no signal of others killed the step
	Stdout     string         // the last 64 KiB
	Stderr     string         // the last 64 KiB
	Hint       Hint           // empty when the step gave none
	RetryAfter time.Duration  // the step's or server's wish; a floor for the next delay, 0 for none
	Final      bool           // the step said `retryable: false`
	Details    map[string]any // what the author put into the error file
}

// Raised is what a step says of its own failure, in its error file. Its presence is a failure whatever the exit code.
type Raised struct {
	Kind       Kind // empty leaves it to the rules, the signal and the exit code
	Message    string
	Details    map[string]any
	RetryAfter time.Duration
	Retryable  *bool // nil when the step did not say
	Hint       Hint
}

// Check returns nil when a step may say this, else an error that says what is wrong with the error file.
// A step may leave out the kind; it may not claim one of belay's own.
func (r Raised) Check() error {
	switch {
	case r.Kind != "" && !r.Kind.Valid():
		return fmt.Errorf("read error file: kind %q is not a dotted lower-case name such as db.locked", r.Kind)
	case r.Kind.Reserved():
		return fmt.Errorf("read error file: kind %q is one of belay's own: give the failure a name of yours", r.Kind)
	case r.Hint != "" && !slices.Contains(Hints(), r.Hint):
		return fmt.Errorf("read error file: hint %q is not one of %v", r.Hint, Hints())
	case r.RetryAfter < 0:
		return fmt.Errorf("read error file: retry-after %s is negative", r.RetryAfter)
	}
	return nil
}
