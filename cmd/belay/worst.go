package main

import (
	"math"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// worst is the most that something can cost. What steps and servers ask to wait comes on top.
type worst struct {
	Executions int           `json:"executions"`
	Retries    int           `json:"retries"` // of the executions
	Waits      time.Duration `json:"waits-ns"`
	Time       time.Duration `json:"time-ns"` // waits included
	Endless    bool          `json:"endless"` // a step without a timeout may take any time on top
}

// worstOf is the most that one visit of a step can cost: all its routes used up, in each of so many items. A step
// that runs a file executes that too, each time, under the file's own routes.
func worstOf(step spec.Step, routes spec.Routes, items int) worst {
	list := routes.List
	if step.Once() { // no retry takes it
		list = slices.DeleteFunc(slices.Clone(list), func(r policy.Route) bool { return r.Action.Name() == string(policy.Retry) })
	}
	executions, waits := policy.WorstCase(list)
	one := worst{Executions: 1, Time: step.Timeout, Endless: step.Timeout == 0}
	if step.Child != nil {
		inner := worstOfFile(step.Child)
		one = worst{inner.Executions + 1, inner.Retries, inner.Waits, inner.Time, inner.Endless}.within(step.Timeout)
	}
	w := one.times(executions).plus(worst{Retries: executions - 1, Waits: waits, Time: waits}).within(step.TotalTimeout)
	took := w.Time
	w = w.times(items)
	if step.ForEach != nil && items > 0 {
		w.Time = capped(took, (items+step.ForEach.MaxParallel-1)/step.ForEach.MaxParallel, 0)
	}
	return w
}

// worstOfFile is the most that a steps file can cost that a step runs. The policy's routes do not act inside.
func worstOfFile(file *spec.Steps) worst {
	var w worst
	for _, step := range planFile(file) {
		w = w.plus(step.Worst)
	}
	return w
}

// mostRestarts is how often a step's own routes can start the run again, and those of the steps in the file it runs.
func mostRestarts(step spec.Step) int {
	restarts := policy.MostRestarts(step.OnError.List)
	if step.Child != nil {
		for _, inner := range step.Child.Steps {
			restarts += mostRestarts(inner)
		}
	}
	return restarts
}

// within bounds the time, and all that takes time; 0 is no bound.
func (w worst) within(limit time.Duration) worst {
	if limit > 0 && (w.Endless || w.Time > limit) {
		w.Time, w.Waits, w.Endless = limit, min(w.Waits, limit), false
	}
	return w
}

func (w worst) plus(more worst) worst {
	return worst{w.Executions + more.Executions, w.Retries + more.Retries, capped(w.Waits, 1, more.Waits), capped(w.Time, 1, more.Time), w.Endless || more.Endless}
}

func (w worst) times(n int) worst {
	return worst{w.Executions * n, w.Retries * n, capped(w.Waits, n, 0), capped(w.Time, n, 0), w.Endless && n > 0}
}

// or is the most of either.
func (w worst) or(other worst) worst {
	return worst{
		max(w.Executions, other.Executions), max(w.Retries, other.Retries), max(w.Waits, other.Waits), max(w.Time, other.Time), w.Endless || other.Endless,
	}
}

// capped returns n times d and more, up to the longest duration there is.
func capped(d time.Duration, n int, more time.Duration) time.Duration {
	if sum := float64(d)*float64(n) + float64(more); sum >= math.MaxInt64 {
		return math.MaxInt64
	}
	return d*time.Duration(n) + more
}
