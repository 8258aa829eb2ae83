package simulate

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Timeline is what a run would do, and how it would end.
type Timeline struct {
	Moments    []Moment      `json:"timeline"`
	Result     report.Result `json:"result"`
	ExitCode   int           `json:"exit-code"` // one of report.Exits
	Step       string        `json:"step,omitzero"`
	Kind       policy.Kind   `json:"kind,omitzero"` // what the run fails with
	Recovered  bool          `json:"recovered"`
	RolledBack bool          `json:"rolled-back"`
	Rerun      bool          `json:"rerun"`
	Landed     []string      `json:"landed,omitempty"` // the steps that landed
	Executions int           `json:"executions"`
	Retries    int           `json:"retries"`
	Restarts   int           `json:"restarts"`
	Waited     time.Duration `json:"waited-ns"`
	Took       time.Duration `json:"took-ns"`
}

// Moment is one execution of a step, a step that was skipped, the end of a group of items, or, without a step,
// something the run does as a whole.
type Moment struct {
	At       time.Duration    `json:"at-ns"`            // when it began, since the run did; of a group, or a file that is run, when it ended
	Step     string           `json:"step,omitzero"`    // of a file that is run as a step: "promote/check"
	Item     string           `json:"item,omitzero"`    // the for-each item
	Section  string           `json:"section,omitzero"` // "steps", "recovery" or "finally"
	Restart  int              `json:"restart,omitzero"` // how many restarts came before
	Group    bool             `json:"group,omitzero"`   // it is the end of a group of items
	Attempt  int              `json:"attempt"`          // 0 for the first execution of a visit
	Status   report.Status    `json:"status,omitzero"`
	Outcome  string           `json:"outcome,omitzero"` // as it was written
	Kind     policy.Kind      `json:"kind,omitzero"`    // of a failure
	Took     time.Duration    `json:"took-ns"`
	Landed   bool             `json:"landed,omitzero"`
	Decision *report.Decision `json:"decision,omitempty"` // of a failure
	To       string           `json:"to,omitzero"`        // the step the run goes on at, or starts again from
	Why      string           `json:"why,omitzero"`       // why a step is skipped, or what the run does

	names []string // all by which a test may speak of the step
}

// name is what the moment's step is called: its id, and its item.
func (m Moment) name() string {
	if m.Item == "" {
		return m.Step
	}
	return m.Step + "[" + m.Item + "]"
}

// timeline says how the simulation ended, and with which exit code.
func (c *conductor) timeline(p progress) Timeline {
	t := Timeline{
		Moments: c.log.moments, Result: report.Success, Recovered: p.recovered && !p.failed(), RolledBack: p.rollback != nil && p.rollback.refused == "",
		Rerun: p.rerun, Executions: c.log.executions, Retries: c.log.retries, Restarts: p.restarts,
		Waited: c.log.waited, Took: p.now,
	}
	for _, l := range p.landed {
		t.Landed = append(t.Landed, l.step)
	}
	if p.failed() {
		t.Result, t.Step, t.Kind = report.Failed, p.failure.id, p.failure.failure.Kind
	}
	switch {
	case p.unknown:
		t.ExitCode = report.ExitUnknown
	case !p.failed():
		t.ExitCode = report.ExitSuccess
	case p.rollback != nil && p.rollback.refused != "":
		t.ExitCode = report.ExitRollbackFailed
	case p.rollback != nil:
		t.ExitCode = report.ExitRolledBack
	case p.rerun:
		t.ExitCode = report.ExitRerun
	default:
		t.ExitCode = report.ExitFailed
	}
	return t
}

// JSON renders the timeline for programs: one object, indented, with "version": 1. Times are nanoseconds. Later
// versions only add names.
func JSON(t Timeline) ([]byte, error) {
	text, err := json.MarshalIndent(struct {
		Version int `json:"version"`
		Timeline
	}{1, t}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write timeline as JSON: %w", err)
	}
	return append(text, '\n'), nil
}
