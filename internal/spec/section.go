package spec

import (
	"fmt"
	"slices"

	"github.com/belay-ci/belay/internal/source"
)

// section is a list of steps: the file's own, those of finally, or the recovery steps of a route.
type section struct {
	list     *source.Node
	prefix   string // of ids that are made up
	first    int    // how many steps had an id made up with the prefix before
	main     bool   // routes can name these steps
	mayRoute bool   // on-error is allowed
	handling bool   // there may be a failure to speak of: the context `error` exists
}

// section reads a list of steps. Each sees those before it.
func (r *reader) section(s section) []Step {
	if !r.count(&r.counts.steps, len(s.list.Items), MaxSteps, "steps, finally and recovery included", s.list.Pos) {
		return nil
	}
	ids := r.assignIDs(s)
	if s.main {
		r.order = ids
	}
	before := r.before
	var steps []Step
	for i, n := range s.list.Items {
		r.before = slices.Concat(before, ids[:i])
		steps = append(steps, r.step(n, ids[i], s))
	}
	r.before = slices.Concat(before, ids)
	return steps
}

// assignIDs gives every step its id. It comes before the steps are read, because a route may name a later one.
func (r *reader) assignIDs(s section) []string {
	if r.ids == nil {
		r.ids = map[string]source.Pos{}
	}
	ids := make([]string, len(s.list.Items))
	for i, n := range s.list.Items {
		given := n.Get("id")
		switch {
		case given == nil || !given.Scalar() || given.Kind == source.Null:
		case !isName(given.Text):
			r.Report(given.Pos, "id", "an id begins with a letter or _ and goes on with letters, digits, _ and -, at most 100 of them: not %q", given.Text)
		case r.ids[given.Text].Line > 0:
			first := r.ids[given.Text]
			r.Report(given.Pos, "id", "the id %q is there twice; the first is at line %d, column %d", given.Text, first.Line, first.Col)
		default:
			ids[i] = given.Text
			r.ids[given.Text] = given.Pos
		}
	}
	for i, n := range s.list.Items {
		if ids[i] != "" {
			continue
		}
		ids[i] = fmt.Sprintf("%s-%d", s.prefix, s.first+i+1)
		if pos, taken := r.ids[ids[i]]; taken && n.Get("id") == nil {
			r.Report(pos, "id", "%q is what the step at line %d is called, which has no id; choose another, or give that step one", ids[i], n.Pos.Line)
		}
		r.ids[ids[i]] = n.Pos
	}
	return ids
}
