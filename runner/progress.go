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
	counters  policy.Counters
	steps     map[string]expr.StepValue // what later expressions see of a step
	env       map[string]string         // what steps left for later ones
	path      []string                  // what steps put before PATH, latest first
	rows      []report.Step
	landings  []report.Landing
	landed    []landed
	rollback  *report.Rollback
	beside    []report.Rollback // those of the run's other branches
	good      *report.Good      // what the run made of its stage's last good commit; nil for nothing
	failure   *failedStep       // the first failure nothing handled
	cancelled bool
	recovered bool
	rerun     *report.Rerun
	restarts  int
}

// landed is commits on a branch that are this run's to revert, oldest first.
type landed struct {
	where   Elsewhere
	branch  string
	paths   []string // what the land steps were given; nil where one was given none
	commits []gitops.Commit
	at      time.Time // when the last of them landed
}

// failedStep is a failure with the step it came from and the routes that were used up on it.
type failedStep struct {
	id      string
	failure policy.Failure
	passed  []policy.Passed
	from    origin
	decided policy.Decision // in a file that is run as a step: what is to become of the run, with an empty Verb for nothing
}

// origin is where a failure came from that is told of a step: an item of it, or a step of the file it runs. It is
// zero when the step itself failed.
type origin struct{ id, item string }

func (p progress) failed() bool { return p.failure != nil }

// withRow puts a row at its place in the report.
func (p progress) withRow(at int, row report.Step) progress {
	p.rows = slices.Insert(slices.Clip(p.rows), at, row)
	return p
}

// closed ends a visit: its row is in the report, and later expressions see the step.
func (p progress) closed(at place, row report.Step) progress {
	return p.withRow(at.row, row).withStep(at.id, expr.StepValue{Outcome: string(row.Outcome), Conclusion: string(row.Conclusion)})
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

// mended makes a success of a step that failed.
func (p progress) mended(at place, why string) progress {
	p.recovered = true
	p.rows = slices.Clone(p.rows)
	p.rows[at.row].Conclusion, p.rows[at.row].Why = report.StatusSuccess, why
	v := p.steps[at.id]
	v.Conclusion = string(report.StatusSuccess)
	return p.withStep(at.id, v)
}

// fresh forgets what steps left for later ones, as a run that has just begun.
func (p progress) fresh() progress {
	p.steps, p.env, p.path = nil, nil, nil
	return p
}

// restarted is a run that starts again, from the first step where from is empty.
func (p progress) restarted(from string) progress {
	p.restarts++
	p.recovered = true
	if from == "" {
		return p.fresh()
	}
	return p
}

// withLanding adds a landing, in the place of one that an earlier attempt of the step reported of the same commits.
func (p progress) withLanding(l report.Landing, where Elsewhere, paths []string, commits []gitops.Commit) progress {
	known := slices.ContainsFunc(p.landed, func(other landed) bool {
		return other.where == where && other.branch == l.Branch && slices.Equal(other.commits, commits)
	})
	if known && len(commits) > 0 {
		p.landings = slices.DeleteFunc(slices.Clone(p.landings), func(other report.Landing) bool {
			return other.Step == l.Step && other.Where() == l.Where() && len(other.Commits) > 0
		})
	}
	p.landings = append(slices.Clip(p.landings), l)
	if len(commits) > 0 && !known {
		p.landed = append(slices.Clip(p.landed), landed{where, l.Branch, paths, commits, l.Ended})
	}
	return p
}

// byBranch is all that landed, with the commits of each branch of each repository together, oldest first. Items land in any order.
func (p progress) byBranch() []landed {
	inOrder := slices.SortedStableFunc(slices.Values(p.landed), func(a, b landed) int { return a.at.Compare(b.at) })
	var branches []landed
	for _, l := range inOrder {
		i := slices.IndexFunc(branches, func(before landed) bool { return before.where == l.where && before.branch == l.branch })
		if i < 0 {
			branches = append(branches, l)
			continue
		}
		branches[i].commits = slices.Concat(branches[i].commits, l.commits)
		branches[i].at = l.at
		if branches[i].paths != nil && l.paths != nil {
			branches[i].paths = slices.Concat(branches[i].paths, l.paths)
		} else {
			branches[i].paths = nil
		}
	}
	return branches
}

// with adds to the report what happened in an item, or in a file that was run: inner began as base did. What inner
// counted, left for later steps of its own, and how it ended, is the caller's to judge.
func (p progress) with(base, inner progress) progress {
	p.rows = slices.Concat(p.rows, inner.rows[len(base.rows):])
	p.landings = slices.Concat(p.landings, inner.landings[len(base.landings):])
	p.landed = slices.Concat(p.landed, inner.landed[len(base.landed):])
	p.recovered = p.recovered || inner.recovered
	return p
}

// fail records the first failure; later ones don't hide it. What a later one decided for the run counts where the
// first decided nothing.
func (p progress) fail(f failedStep) progress {
	if p.failure == nil {
		p.failure = &f
	}
	if p.failure.decided.Verb == "" && f.decided.Verb != "" {
		earlier := *p.failure
		earlier.decided = f.decided
		p.failure = &earlier
	}
	return p
}
