package runner

import (
	"context"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/report"
)

// section conducts a list of steps. A failure that nothing handled does not end the list: as on GitHub, the
// steps after it run when their `if` asks for failure() or always().
func (c *conductor) section(ctx context.Context, name string, steps []spec.Step, p progress) progress {
	return c.sectionFrom(ctx, name, steps, 0, p)
}

// sectionFrom is section from the i-th step on.
func (c *conductor) sectionFrom(ctx context.Context, name string, steps []spec.Step, i int, p progress) progress {
	begun := len(p.rows)
	for i < len(steps) {
		c.keep(name, steps[i:], p)
		at := place{section: name, begun: begun, within: c.job.Masks.String(c.in.Rows), n: i + 1, of: len(steps), later: ids(steps[i+1:])}
		var jump walk.Jump
		p, jump = c.visit(ctx, at, steps[i], p)
		for n, over := range jump.Over(steps, i) {
			at.n = i + n + 2
			p = c.skipped(at, over, p, jump.PassedOver())
		}
		i = jump.From(steps, i)
	}
	return p
}

// place says where in a run a step stands.
type place struct {
	section string
	begun   int      // the report's rows when the list began
	within  string   // what the ids of the list's rows begin with
	n, of   int      // n counts from 1
	later   []string // the ids of the steps after it
	id      string   // the step's
	row     int      // where in the report its row goes: before those of its items, and of the steps it runs
}

// failed reports whether a step of this list failed: what success() and failure() ask about. In finally they
// ask about the run.
func (at place) failed(p progress) bool {
	if at.section != walk.Recovery && at.section != walk.Verify {
		return p.failed()
	}
	return slices.ContainsFunc(p.rows[at.begun:], func(r report.Step) bool { return at.lists(r) && r.Conclusion == report.StatusFailure })
}

// lists reports whether a row is one of a step of this list, and not of an item or of a step in a file it runs.
func (at place) lists(r report.Step) bool {
	return r.Item == "" && !strings.Contains(strings.TrimPrefix(r.ID, at.within), "/")
}

func ids(steps []spec.Step) []string {
	var list []string
	for _, s := range steps {
		list = append(list, s.ID)
	}
	return list
}
