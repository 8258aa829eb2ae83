package policy

import "time"

// Verb says what the runner does next.
type Verb string

// The verbs.
const (
	Fail     Verb = "fail"     // end the run as failed
	Retry    Verb = "retry"    // wait for Delay, then run the step again
	Restart  Verb = "restart"  // do Workspace, as a rule to the fresh tip, and start from From, or from the first step
	Rerun    Verb = "rerun"    // end the run as failed and have a new one started by Where
	RollBack Verb = "rollback" // revert what this run landed; the run still fails
	RunSteps Verb = "run"      // run the route's recovery steps, then do Then
	GoTo     Verb = "to"       // go on at step From
	Continue Verb = "continue" // go on at the next step, with a warning
)

// Decision is what the policy chose after a failure, and why.
type Decision struct {
	Verb      Verb
	Action    string        // the action's name; "fail" when no route was left
	Route     string        // the route's id; empty when no route was left
	N, Max    int           // this is the N-th of at most Max; 0 where the action does not count
	Delay     time.Duration // the wait before Retry
	Hinted    bool          // Delay is the step's or server's own wish
	Workspace Workspace     // what Retry and Restart do to the files first
	From      string        // the step to start from or go on at; empty for the first
	Where     string        // RerunHost or RerunHere
	Then      Verb          // what follows RunSteps: Fail, Continue or RollBack
	Passed    []Passed      // the routes that matched and were passed over, top to bottom
}

// Passed is a route that matched a failure and was passed over.
type Passed struct {
	Route  string
	Action string // what it would have done
	Reason string // a clause: "used up: 3 of 3"
}
