package policy

import (
	"fmt"
	"slices"
)

// Observation is what was seen of one attempt. All text in it is already masked.
type Observation struct {
	Cancelled      bool   // belay was told to stop, and stopped the step
	TimedOut       bool   // belay stopped the step at its timeout
	StartError     string // why the step could not be started; empty when it was
	Raised         *Raised
	RaisedError    string // why the error file can't be read; empty when it can, or there is none
	ExitCode       int    // -1 for none
	Signal         string // the signal that killed the step, by name; empty for none
	Stdout, Stderr string // the last 64 KiB
	Rules          []Classification
}

// Observe gives a failed attempt its one kind, and returns false for a success. The first that applies: cancelled
// (kind Cancelled, never routed), timeout, could not start, the error file, the rules, a signal, the exit code.
//
// An error file that says no kind leaves that to what follows it. At a timeout it does not give the kind either,
// but its advice stands, and what it said is kept under Details["partial"].
func Observe(o Observation) (Failure, bool) {
	f := Failure{Stdout: o.Stdout, Stderr: o.Stderr}
	f.ExitCode, f.Signal = bothWays(o.ExitCode, o.Signal)
	switch {
	case o.Cancelled:
		return f.stopped(Cancelled, "the run was cancelled"), true
	case o.TimedOut:
		f = f.stopped(StepTimeout, "the step ran longer than its timeout and was stopped")
		if o.Raised != nil && o.Raised.Check() == nil {
			f = f.advised(*o.Raised)
			f.Details = map[string]any{"partial": map[string]any{"kind": string(o.Raised.Kind), "message": o.Raised.Message, "details": o.Raised.Details}}
		}
		return f, true
	case o.StartError != "":
		return f.stopped(StepStart, o.StartError), true
	case o.RaisedError != "":
		f.Kind, f.Message = StepErrorFile, o.RaisedError
		return f, true
	case o.Raised != nil:
		return f.raised(*o.Raised, o.Rules), true
	case f.ExitCode == 0:
		return Failure{}, false
	}
	return f.classified(o.Rules), true
}

// stopped is a failure whose exit code is of belay's making, or of nobody's: it must not look like the step's own.
func (f Failure) stopped(k Kind, message string) Failure {
	f.Kind, f.Message, f.ExitCode, f.Signal = k, message, -1, ""
	return f
}

func (f Failure) raised(r Raised, rules []Classification) Failure {
	if err := r.Check(); err != nil {
		f.Kind, f.Message = StepErrorFile, err.Error()
		return f
	}
	f = f.classified(rules).advised(r)
	f.Details = r.Details
	if r.Kind != "" {
		f.Kind = r.Kind
	}
	if r.Message != "" {
		f.Message = r.Message
	}
	return f
}

// advised takes over what the step said on how to go on.
func (f Failure) advised(r Raised) Failure {
	f.Hint, f.RetryAfter = r.Hint, r.RetryAfter
	f.Final = r.Retryable != nil && !*r.Retryable
	return f
}

// classified gives a failure its kind by the rules, else by how the step ended.
func (f Failure) classified(rules []Classification) Failure {
	switch {
	case f.Signal != "":
		f.Kind, f.Message = StepSignal, "the step was killed by signal "+f.Signal
	case f.ExitCode < 0:
		f.Kind, f.Message = StepExit, "the step ended without an exit code"
	default:
		f.Kind, f.Message = StepExit, fmt.Sprintf("the step ended with exit code %d", f.ExitCode)
	}
	if i := slices.IndexFunc(rules, func(c Classification) bool { return c.matches(f) }); i >= 0 {
		f.Kind = rules[i].Kind
	}
	return f
}
