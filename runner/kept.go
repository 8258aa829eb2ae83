package runner

import (
	"maps"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Kept is how far a run has come: all that another process needs to go on with it at its first step that is not over.
// Every step that is over is in it, and what a failure that nothing handled has led to so far.
type Kept struct {
	RunID      string                    `json:"run-id"`
	RunAttempt int                       `json:"run-attempt"`
	Started    time.Time                 `json:"started"`
	Spent      time.Duration             `json:"spent-ns"` // of the deadline
	Temp       string                    `json:"temp"`     // the run's folder, which is left when belay dies
	Next       string                    `json:"next"`     // the step to go on at, which may have begun; empty when only finally is left
	Steps      map[string]expr.StepValue `json:"steps,omitempty"`
	Env        map[string]string         `json:"env,omitempty"`
	Path       []string                  `json:"path,omitempty"`
	Rows       []report.Step             `json:"rows,omitempty"`
	Landings   []report.Landing          `json:"landings,omitempty"`
	Landed     []KeptLanding             `json:"landed,omitempty"`
	Recovered  bool                      `json:"recovered,omitzero"`
	Restarts   int                       `json:"restarts,omitzero"`
	Routes     map[string]int            `json:"routes,omitempty"` // how often each acted
	Actions    map[string]int            `json:"actions,omitempty"`
	Retries    int                       `json:"retries,omitzero"`
	Executions int                       `json:"executions,omitzero"`
	Logs       int                       `json:"logs,omitzero"`
	Bearings   gitops.Bearings           `json:"bearings,omitzero"`
	Elsewhere  []KeptElsewhere           `json:"elsewhere,omitempty"`
	Snapshot   gitops.Snapshot           `json:"snapshot,omitzero"`
	Refused    string                    `json:"refused,omitzero"`  // why no restart is possible
	Secrets    []string                  `json:"secrets,omitempty"` // what steps asked to hide

	Failure     *KeptFailure      `json:"failure,omitempty"`     // the first that nothing handled
	Restart     *KeptRestart      `json:"restart-due,omitempty"` // it was decided, and may have begun
	RollbackDue bool              `json:"rollback-due,omitzero"` // the same
	Rollback    *report.Rollback  `json:"rollback,omitempty"`
	Beside      []report.Rollback `json:"beside,omitempty"` // those of the run's other branches
	Rerun       *report.Rerun     `json:"rerun,omitempty"`  // what is to be asked for in the end
}

// KeptFailure is a failure with the step it came from and the routes that were used up on it.
type KeptFailure struct {
	Step     string          `json:"step"`
	FromStep string          `json:"from-step,omitzero"` // the step in a file, where the step runs one
	FromItem string          `json:"from-item,omitzero"` // the item of a for-each
	Failure  policy.Failure  `json:"failure"`
	Passed   []policy.Passed `json:"passed,omitempty"`
}

// KeptRestart is what a restart does before the first step is begun again.
type KeptRestart struct {
	Branch    string           `json:"branch,omitzero"`
	Workspace policy.Workspace `json:"workspace"`
	From      string           `json:"from"`
	N         int              `json:"n"`
	Max       int              `json:"max"`
	Rows      []report.Step    `json:"rows,omitempty"` // those of the step that failed
}

// KeptLanding is commits on a branch that are the run's to revert.
type KeptLanding struct {
	Elsewhere
	Branch  string          `json:"branch"`
	Paths   []string        `json:"paths,omitempty"`
	Commits []gitops.Commit `json:"commits"`
	At      time.Time       `json:"at"`
}

// KeptElsewhere is how far the run has come in another repository.
type KeptElsewhere struct {
	Elsewhere
	Bearings gitops.Bearings `json:"bearings"`
}

// keptTail is how much of a failed attempt's output is kept of a step that is over; its log has the rest.
const keptTail = 4 << 10

// kept is the run before step next.
func (c *conductor) kept(p progress, next string) Kept {
	k := Kept{
		RunID: c.run.ID, RunAttempt: c.run.Attempt, Started: c.run.Started, Spent: c.job.Spent + time.Since(c.begun), Temp: c.job.Temp,
		Next: next, Steps: p.steps, Env: p.env, Path: p.path, Rows: p.rows, Landings: p.landings,
		Recovered: p.recovered, Restarts: p.restarts, Snapshot: c.start.snapshot, Refused: c.start.refused, Secrets: c.job.Masks.Told(),
	}
	k.Rollback, k.Beside, k.Rerun = p.rollback, p.beside, p.rerun
	if f := p.failure; f != nil {
		k.Failure = &KeptFailure{Step: f.id, FromStep: f.from.id, FromItem: f.from.item, Failure: f.failure, Passed: f.passed}
		k.Failure.Failure.Stdout, k.Failure.Failure.Stderr = lines(f.failure.Stdout, keptTail), lines(f.failure.Stderr, keptTail)
	}
	k.Routes, k.Actions = p.counters.Run()
	for _, l := range p.landed {
		k.Landed = append(k.Landed, KeptLanding{l.where, l.branch, l.paths, l.commits, l.at})
	}
	if c.job.Repository != nil {
		k.Bearings = c.job.Repository.Bearings()
	}
	k.Elsewhere = c.others.kept()
	k.Retries, k.Executions, k.Logs = c.spent.sofar()
	return k
}

// progress is how far the run had come.
func (k Kept) progress() progress {
	p := progress{
		counters: policy.CountersOf(k.Routes, k.Actions), steps: maps.Clone(k.Steps), env: maps.Clone(k.Env), path: k.Path,
		rows: k.Rows, landings: k.Landings, recovered: k.Recovered, restarts: k.Restarts,
		rollback: k.Rollback, beside: k.Beside, rerun: k.Rerun,
	}
	if f := k.Failure; f != nil {
		p.failure = &failedStep{id: f.Step, from: origin{f.FromStep, f.FromItem}, failure: f.Failure, passed: f.Passed}
	}
	for _, l := range k.Landed {
		p.landed = append(p.landed, landed{l.Elsewhere, l.Branch, l.Paths, l.Commits, l.At})
	}
	return p
}

// trimmed is a row without what its log has too: a journal is written after every step.
func trimmed(row report.Step) report.Step {
	attempts := row.Attempts
	row.Attempts = nil
	for _, a := range attempts {
		if a.Status != report.StatusFailure {
			a.Tail = ""
		}
		a.Tail = lines(a.Tail, keptTail)
		row.Attempts = append(row.Attempts, a)
	}
	return row
}
