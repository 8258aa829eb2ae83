package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// errSibling is the cause of a context that ended because another item of the for-each failed.
var errSibling = errors.New("another item failed")

// group runs a step once for each of its items, and returns what that came to as if it were one visit. Each item had
// its own retries; every other action acts once, on the group, and the group's failure is that of the first item in
// the order of the list that failed for good.
func (c *conductor) group(ctx context.Context, at place, row report.Step, step spec.Step, p progress) tried {
	items, err := step.ForEach.Items(c.values(p, nil, 0))
	if err != nil {
		return c.attempts(ctx, at, row, step, p, fmt.Errorf("evaluate `for-each`: %w", err))
	}
	t := tried{progress: p, row: row, total: step.TotalTimeout, group: true}
	t.progress.counters = p.counters.NewVisit()
	all := c.items(ctx, at, step, p, items)
	for _, one := range all {
		t.progress = t.progress.with(p, one.progress)
		t.cancelled = t.cancelled || one.cancelled
	}
	first := slices.IndexFunc(all, func(one tried) bool { return one.failure != nil && !one.cancelled })
	t.last.effects = together(items, all)
	if ctx.Err() != nil && t.cancelled || first < 0 {
		return t
	}
	t.cancelled = false
	return c.groupFailed(at, step, t, all[first], tally(all))
}

// groupFailed decides about a group of which an item failed for good.
func (c *conductor) groupFailed(at place, step spec.Step, t, one tried, why string) tried {
	f := *one.failure
	f.Message = framed("item "+c.job.Masks.String(one.item.Name), f.Message, one.last.from)
	t.failure, t.item, t.n = &f, one.item, one.n
	left := t.last.effects
	t.last = one.last
	t.last.effects = left
	if t.last.from == (origin{}) {
		t.last.from = origin{id: one.row.ID, item: one.row.Item}
	}
	t.row.Why, t.row.Outputs = why, c.masked(left.Outputs)
	if one.last.decided.Verb != "" { // in a file the item ran, and counted there
		t.progress.counters = t.progress.counters.After(one.progress.counters)
	}
	routes := walk.Routes(c.job.Policy, at.section, step, c.in)
	t.decision, t.progress.counters = c.decide(at, step, routes, t, time.Since(t.row.Started))
	t.row.Decision = report.Decided(routes.List, t.decision)
	c.show(report.Noted{Warning: true, Text: t.row.Title() + ": " + why + " → " + t.row.Decision.String()})
	return t
}

// items runs the items, at most max-parallel at a time, and returns what became of each, in their order.
func (c *conductor) items(ctx context.Context, at place, step spec.Step, p progress, items []spec.Item) []tried {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	all := make([]tried, len(items))
	crashes := make([]*process.Crash, len(items))
	slots := make(chan struct{}, step.ForEach.MaxParallel)
	var turn sync.Mutex
	var running sync.WaitGroup
	for i := range items {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			crashes[i] = process.Guard(func() { all[i] = c.nth(ctx, i, at, step, p, items, &turn) })
			if crashes[i] != nil || all[i].failure != nil && step.ForEach.FailFast {
				stop(errSibling)
			}
		})
	}
	running.Wait()
	for _, crash := range crashes {
		crash.Rethrow()
	}
	return all
}

// nth takes the step through all attempts of one of several items, with a log of its own where some run side by side.
func (c *conductor) nth(ctx context.Context, i int, at place, step spec.Step, p progress, items []spec.Item, turn *sync.Mutex) tried {
	inner := *c
	inner.item = &items[i]
	if step.ForEach.MaxParallel > 1 {
		piece := newPiece(c.job, turn)
		defer piece.close()
		inner.abreast = true
		inner.job = piece.job
	}
	at.n, at.of = i+1, len(items)
	return inner.oneItem(ctx, at, step, p)
}

// oneItem takes the step through all attempts of one item. Its row is part of its progress.
func (c *conductor) oneItem(ctx context.Context, at place, step spec.Step, p progress) tried {
	row := c.row(at, step, p)
	if ctx.Err() != nil {
		why := c.in.Stopped()
		if errors.Is(context.Cause(ctx), errSibling) {
			why = errSibling.Error() + ", and the step has `fail-fast`"
		}
		return tried{progress: c.skip(p, at, row, why), row: row, item: c.item, cancelled: true}
	}
	c.show(report.StepStarted{Step: row, N: at.n, Of: at.of})
	t := c.attempts(ctx, at, row, step, p, nil)
	t.row = c.ended(t)
	c.show(report.StepEnded{Step: t.row})
	t.progress = t.progress.withRow(at.row, t.row)
	t.progress.recovered = t.progress.recovered || t.failure == nil && len(t.row.Attempts) > 1
	return t
}

// together is what the items leave to later steps: what each item that succeeded left in the environment, in their
// order, and as one output the outputs of all.
func together(items []spec.Item, all []tried) process.Effects {
	left := process.Effects{Env: map[string]string{}}
	outputs := make([]map[string]string, len(items))
	for i, one := range all {
		if one.failure != nil || one.cancelled {
			continue
		}
		outputs[i] = one.last.effects.Outputs
		maps.Copy(left.Env, one.last.effects.Env)
		left.Path = append(left.Path, one.last.effects.Path...)
	}
	left.Outputs = walk.Together(items, outputs)
	return left
}

// tally says how many items failed, and which.
func tally(all []tried) string {
	var failed []string
	for _, one := range all {
		if one.failure != nil && !one.cancelled {
			failed = append(failed, one.row.Item)
		}
	}
	return walk.Tally(failed, len(all))
}
