package simulate

import (
	"fmt"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/report"
)

// group plays a step once for each of its items, and returns what that came to as if it were one visit. Each item has
// its own retries; every other action acts once, on the group, and the group's failure is that of the first item in
// the order of the list that failed for good.
func (c *conductor) group(at place, step spec.Step, p progress) tried {
	items, err := step.ForEach.Items(c.values(p, nil, 0))
	if err != nil {
		return c.attempts(at, step, p, fmt.Errorf("evaluate `for-each`: %w", err))
	}
	all := c.items(at, step, p, items)
	t := tried{progress: p, total: step.TotalTimeout, group: true, outputs: together(items, all)}
	t.progress.counters = p.counters.NewVisit()
	for _, one := range all {
		t.progress = t.progress.with(p, one.progress)
		t.progress.now = max(t.progress.now, one.progress.now)
		t.cancelled = t.cancelled || one.cancelled
	}
	first := slices.IndexFunc(all, func(one tried) bool { return one.failure != nil && !one.cancelled })
	if c.stopped(t.progress.now) && t.cancelled || first < 0 {
		return t
	}
	t.cancelled = false
	return c.groupFailed(at, step, t, all[first], tally(items, all), p.now)
}

// groupFailed decides about a group of which an item failed for good.
func (c *conductor) groupFailed(at place, step spec.Step, t, one tried, why string, begun time.Duration) tried {
	t.failure, t.item, t.n, t.decided = one.failure, one.item, one.n, one.decided
	if one.decided.Verb != "" { // in a file the item ran, and counted there
		t.progress.counters = t.progress.counters.After(one.progress.counters)
	}
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	t.decision, t.progress.counters = c.decide(at, step, routes, t, t.progress.now-begun)
	m := c.moment(at, step, t.progress, 0)
	m.Group = true
	m.Status, m.Kind, m.Took, m.Outcome = report.StatusFailure, t.failure.Kind, t.progress.now-begun, why
	m.Decision, m.To = report.Decided(routes.List, t.decision), t.decision.From
	c.log.show(m)
	return t
}

// items plays the items, at most max-parallel at a time, and returns what became of each, in their order. Where the
// first failure stops those at work, all are played once to see when that is.
func (c *conductor) items(at place, step spec.Step, p progress, items []spec.Item) []tried {
	each := step.ForEach
	if each.MaxParallel <= 1 || !each.FailFast {
		return c.inTurn(at, step, p, items, nil)
	}
	ahead := *c
	ahead.log = c.log.copy()
	var stop *sibling
	for i, one := range ahead.inTurn(at, step, p, items, nil) {
		if one.failure != nil && !one.cancelled && (stop == nil || one.progress.now < stop.at) {
			stop = &sibling{i, one.progress.now}
		}
	}
	return c.inTurn(at, step, p, items, stop)
}

// sibling is the item whose failure stops the others, and when it does.
type sibling struct {
	item int
	at   time.Duration
}

// inTurn plays each item as soon as one of the places is free. Nothing begins once the sibling has failed; with one
// place, that is whichever fails first.
func (c *conductor) inTurn(at place, step spec.Step, p progress, items []spec.Item, stop *sibling) []tried {
	free := slices.Repeat([]time.Duration{p.now}, max(step.ForEach.MaxParallel, 1))
	all := make([]tried, len(items))
	for i := range items {
		slices.Sort(free)
		inner, from := *c, p
		inner.item, from.now = &items[i], free[0]
		inner.abreast = c.abreast || step.ForEach.MaxParallel > 1
		why := ""
		switch {
		case c.stopped(from.now):
			why = c.in.Stopped()
		case stop != nil && i > stop.item && from.now >= stop.at:
			why = "another item failed, and the step has `fail-fast`"
		}
		if why != "" {
			all[i] = tried{progress: from, item: inner.item, cancelled: true}
			inner.skip(at, step, from, why)
			continue
		}
		if stop != nil && i != stop.item && (c.stop == nil || stop.at < *c.stop) {
			inner.stop = &stop.at
		}
		all[i] = inner.attempts(at, step, from, nil)
		all[i].progress.recovered = all[i].progress.recovered || all[i].failure == nil && all[i].n > 0
		free[0] = all[i].progress.now
		if step.ForEach.FailFast && step.ForEach.MaxParallel <= 1 && all[i].failure != nil && stop == nil {
			stop = &sibling{i, free[0]}
		}
	}
	return all
}

// together is the one output of a group: the outputs of all items.
func together(items []spec.Item, all []tried) map[string]string {
	left := make([]map[string]string, len(items))
	for i, one := range all {
		if one.failure == nil && !one.cancelled {
			left[i] = one.outputs
		}
	}
	return walk.Together(items, left)
}

// tally says how many items failed, and which.
func tally(items []spec.Item, all []tried) string {
	var failed []string
	for i, one := range all {
		if one.failure != nil && !one.cancelled {
			failed = append(failed, items[i].Name)
		}
	}
	return walk.Tally(failed, len(all))
}
