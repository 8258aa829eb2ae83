package report

import "time"

// Event is something that happened during a run, told to the host as it happens.
// The step's own output does not travel as events: it goes straight to the log.
type Event interface{ event() }

type (
	// RunStarted comes first.
	RunStarted struct {
		Run   Run
		Steps int
	}
	// StepStarted comes before a step's first attempt. N counts from 1 to Of within the section.
	StepStarted struct {
		Step  Step
		N, Of int
	}
	// StepSkipped comes instead of StepStarted; Step.Why says why.
	StepSkipped struct {
		Step  Step
		N, Of int
	}
	// AttemptStarted comes before an attempt's output; Max is how many re-runs the taken route allows, 0 on the first.
	// The output of items that run at the same time comes when the attempt has ended.
	AttemptStarted struct {
		Step     Step
		N, Max   int
		RunsFile bool // the attempt is a steps file: what comes before its end is told of the file's steps
	}
	// AttemptEnded comes after every attempt; a failed one carries the policy's decision.
	AttemptEnded struct {
		Step    Step
		Attempt Attempt
	}
	// Waiting comes before a wait. Why names the route, or the race lost.
	Waiting struct {
		Step  Step
		Delay time.Duration
		Why   string
	}
	// RaceLost comes when another writer moved the branch first.
	RaceLost struct {
		Step   Step
		Branch string
		Tip    string // where the branch is now
		Lost   int    // races lost so far
	}
	// LandingEnded comes when a land step knows its outcome.
	LandingEnded struct{ Landing Landing }
	// Restarted comes when the run starts again from a step on the fresh tip.
	Restarted struct {
		From   string
		Tip    string
		N, Max int
	}
	// StepEnded comes after the last attempt of a visit.
	StepEnded struct{ Step Step }
	// RollbackEnded comes when the rollback knows its outcome.
	RollbackEnded struct{ Rollback Rollback }
	// Noted is a line for people that fits nowhere else: a warning about the checkout, for example.
	Noted struct {
		Text    string
		Warning bool
	}
	// RunEnded comes last.
	RunEnded struct{ Report Report }
)

func (RunStarted) event()     {}
func (StepStarted) event()    {}
func (StepSkipped) event()    {}
func (AttemptStarted) event() {}
func (AttemptEnded) event()   {}
func (Waiting) event()        {}
func (RaceLost) event()       {}
func (LandingEnded) event()   {}
func (Restarted) event()      {}
func (StepEnded) event()      {}
func (RollbackEnded) event()  {}
func (Noted) event()          {}
func (RunEnded) event()       {}
