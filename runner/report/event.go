package report

import "time"

// Event is something that happened during a run, told to the host as it happens.
// The step's own output does not travel as events: it goes straight to the log.
type Event interface{ event() }

type (
	// RunStarted comes first.
	RunStarted struct {
		Run   Run `json:"run"`
		Steps int `json:"steps"`
	}
	// StepStarted comes before a step's first attempt. N counts from 1 to Of within the section.
	StepStarted struct {
		Step Step `json:"step"`
		N    int  `json:"n"`
		Of   int  `json:"of"`
	}
	// StepSkipped comes instead of StepStarted; Step.Why says why.
	StepSkipped struct {
		Step Step `json:"step"`
		N    int  `json:"n"`
		Of   int  `json:"of"`
	}
	// AttemptStarted comes before an attempt's output; Max is how many re-runs the taken route allows, 0 on the first.
	// The output of items that run at the same time comes when the attempt has ended.
	AttemptStarted struct {
		Step     Step `json:"step"`
		N        int  `json:"n"`
		Max      int  `json:"max"`
		RunsFile bool `json:"runs-file,omitzero"` // the attempt is a steps file: what comes before its end is told of the file's steps
	}
	// AttemptEnded comes after every attempt; a failed one carries the policy's decision.
	AttemptEnded struct {
		Step    Step    `json:"step"`
		Attempt Attempt `json:"attempt"`
	}
	// Waiting comes before a wait. Why names the route, or the race lost.
	Waiting struct {
		Step  Step          `json:"step"`
		Delay time.Duration `json:"delay-ns"`
		Why   string        `json:"why"`
	}
	// RaceLost comes when another writer moved the branch first.
	RaceLost struct {
		Step   Step   `json:"step"`
		Branch string `json:"branch"`
		Tip    string `json:"tip,omitzero"` // where the branch is now
		Lost   int    `json:"lost"`         // races lost so far
	}
	// LandingEnded comes when a land step knows its outcome.
	LandingEnded struct {
		Landing Landing `json:"landing"`
	}
	// Restarted comes when the run starts again from a step on the fresh tip.
	Restarted struct {
		From string `json:"from"`
		Tip  string `json:"tip"` // empty where the files are kept as they are
		N    int    `json:"n"`
		Max  int    `json:"max"`
	}
	// StepEnded comes after the last attempt of a visit.
	StepEnded struct {
		Step Step `json:"step"`
	}
	// RollbackEnded comes when the rollback knows its outcome.
	RollbackEnded struct {
		Rollback Rollback `json:"rollback"`
	}
	// Noted is a line for people that fits nowhere else: a warning about the checkout, for example.
	Noted struct {
		Text    string `json:"text"`
		Warning bool   `json:"warning,omitzero"`
	}
	// RunEnded comes last.
	RunEnded struct {
		Report Report `json:"report"`
	}
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
