package runner

import (
	"maps"
	"slices"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
)

// entry is how far the run has come, as an entry of its journal after another one: of what grows with the steps, and of
// what stays as it is in the whole run, it has only what is new. So a journal grows as its run does, and not with the
// square of that.
type entry struct {
	Kept
	Afresh bool `json:"afresh,omitzero"` // what the entries before have of Steps and Env counts no more
}

// since is the entry for k after one for before; nil where it is the first. Between two entries rows are only added.
func (k Kept) since(before *Kept) entry {
	e := entry{Kept: k}
	if before == nil {
		before = &Kept{}
	} else {
		e.Snapshot = gitops.Snapshot{} // a run has one
	}
	e.Rows = nil
	for _, row := range k.Rows[min(len(before.Rows), len(k.Rows)):] {
		e.Rows = append(e.Rows, trimmed(row))
	}
	steps, noStepGone := added(before.Steps, k.Steps, sameValue)
	env, noNameGone := added(before.Env, k.Env, func(a, b string) bool { return a == b })
	if e.Afresh = !noStepGone || !noNameGone; !e.Afresh { // else it was started again, and what steps left is forgotten
		e.Steps, e.Env = steps, env
	}
	return e
}

// after is what since was called on, given what that was after.
func (e entry) after(before *Kept) Kept {
	k := e.Kept
	if before == nil {
		return k
	}
	k.Snapshot = before.Snapshot
	k.Rows = slices.Concat(before.Rows, e.Rows)
	if !e.Afresh {
		k.Steps, k.Env = joined(before.Steps, e.Steps), joined(before.Env, e.Env)
	}
	return k
}

// added is what of now is not the same in before, and whether all the names in before are still in now.
func added[V any](before, now map[string]V, same func(a, b V) bool) (news map[string]V, noneGone bool) {
	news, met := map[string]V{}, 0
	for name, value := range now {
		old, known := before[name]
		if known {
			met++
		}
		if !known || !same(old, value) {
			news[name] = value
		}
	}
	return news, met == len(before)
}

func joined[V any](before, news map[string]V) map[string]V {
	if len(news) == 0 {
		return before
	}
	all := maps.Clone(before)
	if all == nil {
		return news
	}
	maps.Copy(all, news)
	return all
}

func sameValue(a, b expr.StepValue) bool {
	return a.Outcome == b.Outcome && a.Conclusion == b.Conclusion && maps.Equal(a.Outputs, b.Outputs)
}
