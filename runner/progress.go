package runner

import (
	"maps"
	"slices"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// progress is how far a run has come. It is a value: a stage takes one and returns the next, and a stage
// that fails half-way has changed nothing.
type progress struct {
	counters   policy.Counters
	steps      map[string]expr.StepValue // what later expressions see of a step
	env        map[string]string         // what steps left for later ones
	path       []string                  // what steps put before PATH, latest first
	rows       []report.Step
	landings   []report.Landing
	landed     []landed
	rollback   *report.Rollback
	failure    *failedStep // the first failure nothing handled
	cancelled  bool
	recovered  bool
	rerun      *report.Rerun
	restarts   int
	retries    int
	executions int
}

// landed is all of a branch's commits that are this run's to revert, oldest first.
type landed struct {
	branch  string
	commits []gitops.Commit
	at      time.Time // when the last of them landed
}

// failedStep is a failure with the step it came from and the routes that were used up on it.
type failedStep struct {
	id      string
	failure policy.Failure
	passed  []policy.Passed
}

func (p progress) failed() bool { return p.failure != nil }

func (p progress) withRow(row report.Step) progress {
	p.rows = append(slices.Clip(p.rows), row)
	return p
}

func (p progress) withStep(id string, v expr.StepValue) progress {
	p.steps = maps.Clone(p.steps)
	if p.steps == nil {
		p.steps = map[string]expr.StepValue{}
	}
	p.steps[id] = v
	return p
}

func (p progress) withEnv(env map[string]string, path []string) progress {
	if len(env) > 0 {
		p.env = maps.Clone(p.env)
		if p.env == nil {
			p.env = map[string]string{}
		}
		maps.Copy(p.env, env)
	}
	for _, dir := range path {
		p.path = slices.Insert(slices.Clone(p.path), 0, dir)
	}
	return p
}

// mended makes a success of the failed step in a row of the report.
func (p progress) mended(row int, why string) progress {
	p.recovered = true
	p.rows = slices.Clone(p.rows)
	p.rows[row].Conclusion, p.rows[row].Why = report.StatusSuccess, why
	v := p.steps[p.rows[row].ID]
	v.Conclusion = string(report.StatusSuccess)
	return p.withStep(p.rows[row].ID, v)
}

// fresh forgets what steps left for later ones, as a run that has just begun.
func (p progress) fresh() progress {
	p.steps, p.env, p.path = nil, nil, nil
	return p
}

func (p progress) withLanding(l report.Landing, commits []gitops.Commit) progress {
	p.landings = append(slices.Clip(p.landings), l)
	if len(commits) == 0 {
		return p
	}
	p.landed = slices.Clone(p.landed)
	i := slices.IndexFunc(p.landed, func(before landed) bool { return before.branch == l.Branch })
	if i < 0 {
		p.landed = append(p.landed, landed{l.Branch, commits, l.Ended})
		return p
	}
	p.landed[i].commits = slices.Concat(p.landed[i].commits, commits)
	p.landed[i].at = l.Ended
	return p
}

// fail records the first failure; later ones don't hide it.
func (p progress) fail(f failedStep) progress {
	if p.failure == nil {
		p.failure = &f
	}
	return p
}
