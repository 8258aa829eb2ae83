package simulate

import (
	"slices"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/report"
)

// section plays a list of steps. A failure that nothing handled does not end the list: the steps after it run when
// their `if` asks for failure() or always().
func (c *conductor) section(name string, steps []spec.Step, p progress) progress {
	begun := len(p.rows)
	for i := 0; i < len(steps); {
		at := place{section: name, begun: begun, later: steps[i+1:]}
		var jump walk.Jump
		p, jump = c.visit(at, steps[i], p)
		for _, over := range jump.Over(steps, i) {
			p = c.skipped(at, over, p, jump.PassedOver())
		}
		i = jump.From(steps, i)
	}
	return p
}

// place says where in a run a step stands.
type place struct {
	section string
	begun   int         // the rows when the list began
	later   []spec.Step // the steps after it
}

// comesLater reports whether a step comes after this place.
func (at place) comesLater(id string) bool {
	return slices.ContainsFunc(at.later, func(s spec.Step) bool { return s.ID == id })
}

// failed reports whether a step of this list failed: what success() and failure() ask about. In finally they ask
// about the run.
func (at place) failed(p progress) bool {
	if at.section != walk.Recovery {
		return p.failed()
	}
	return slices.ContainsFunc(p.rows[at.begun:], func(r row) bool { return r.conclusion == report.StatusFailure })
}
