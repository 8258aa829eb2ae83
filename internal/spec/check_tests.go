package spec

import (
	"slices"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// CheckTest tells what is wrong between a case and the steps file it names, and between that file and the policy.
// Warnings are left to Check.
func CheckTest(t Test, s *Steps, p *Policy) source.Diagnostics {
	r := &reader{Decoder: source.Decoder{File: p.Name}, inPolicy: true}
	r.checkTest(t, s, p)
	problems := append(Check(s, p), r.Problems...)
	return slices.DeleteFunc(problems, func(d source.Diagnostic) bool { return d.Warning }).Sorted()
}

// checkTest reports steps, inputs and routes that do not exist.
func (r *reader) checkTest(t Test, s *Steps, p *Policy) {
	r.checkFail(t.Fail, s, p)
	known := everyStep(s, p)
	for _, o := range t.Left {
		r.knownStep(o.Step, o.Pos, known)
	}
	for _, a := range t.Expect.Attempts {
		r.knownStep(a.Step, a.Pos, known)
	}
	var inputs []string
	for _, in := range s.Inputs {
		inputs = append(inputs, in.Name)
	}
	for name, at := range t.inputs {
		if !slices.Contains(inputs, name) {
			r.Report(at, "unknown-key", "unknown input %q%s", name, source.Known(name, inputs))
		}
	}
	routes := everyRoute(s, p)
	for _, w := range t.Expect.Routes {
		if !slices.Contains(routes, w.Is) {
			r.Report(w.Pos, "value", "%q is neither a route's id nor an action%s", w.Is, source.Known(w.Is, routes))
		}
	}
}

// checkFail reports steps that do not exist, and outcomes that are nearly another.
func (r *reader) checkFail(list []Fail, s *Steps, p *Policy) {
	known, spoken, probed := everyStep(s, p), everyKind(s, p), everyProbed(s, p)
	for _, f := range list {
		r.knownStep(f.Step, f.Pos, known)
		for i, o := range f.Outcomes {
			outcomeReader{Decoder: &r.Decoder}.checkSpoken(o, spoken)
			switch id := itemName.ReplaceAllString(f.Step, ""); {
			case !o.Done:
			case slices.Contains(known.ids, id) && !slices.Contains(probed, id):
				r.Report(o.Pos, "outcome", "step %s has no `probe` that could find its work done", id)
			case i == 0:
				r.Report(o.Pos, "outcome", "the probe is asked before a step is executed again, not before its first execution: write what that comes to first, as in `exit:1,probe:done`")
			}
		}
	}
}

var itemName = pattern.New(`\[[^\[\]]*\]`)

// knownStep reports a step that does not exist. An item may be named behind it, as in deploy[eu]; which items there
// are is known here where the file lists them.
func (r *reader) knownStep(name string, at source.Pos, known known) {
	if r.Told() {
		return
	}
	if !slices.Contains(known.ids, itemName.ReplaceAllString(name, "")) {
		r.Report(at, "unknown-step", "unknown step %q%s", name, source.Known(name, known.ids))
		return
	}
	for _, in := range itemName.Regexp().FindAllStringIndex(name, -1) {
		id := itemName.ReplaceAllString(name[:in[0]], "")
		r.knownItem(id, name[in[0]+1:in[1]-1], at, known)
	}
}

// knownItem reports an item that its step does not have.
func (r *reader) knownItem(id, item string, at source.Pos, known known) {
	each := known.each[id]
	if each == nil {
		r.Report(at, "unknown-step", "step %s has no `for-each`, and so no item %q", id, item)
		return
	}
	names, asked := known.listed[id]
	if !asked {
		names = each.listed()
		known.listed[id] = names
	}
	if names != nil && !slices.Contains(names, item) {
		r.Report(at, "unknown-step", "step %s has no item %q%s", id, item, source.Known(item, names))
	}
}

// everywhere calls f with every step that a run may execute, recovery steps included, and what the ids begin with in
// the file the step is in: nothing, or "promote/" in one that the step promote runs.
func everywhere(s *Steps, p *Policy, f func(within string, step Step)) {
	eachStep("", slices.Concat(s.Steps, s.Finally), f)
	for _, steps := range p.Routes.Recovery {
		eachStep("", steps, f)
	}
}

func eachStep(within string, steps []Step, f func(within string, step Step)) {
	for _, step := range steps {
		f(within, step)
		for _, recovery := range step.OnError.Recovery {
			eachStep(within, recovery, f)
		}
		if step.Child != nil {
			eachStep(within+step.ID+"/", slices.Concat(step.Child.Steps, step.Child.Finally), f)
		}
	}
}

// known is all steps that a run may execute.
type known struct {
	ids    []string
	each   map[string]*ForEach // by id; nil for a step that runs once
	listed map[string][]string // the names of its items, for those that were asked for
}

// everyStep lists all steps that a run may execute.
func everyStep(s *Steps, p *Policy) known {
	all := known{each: map[string]*ForEach{}, listed: map[string][]string{}}
	everywhere(s, p, func(within string, step Step) {
		all.ids = append(all.ids, within+step.ID)
		all.each[within+step.ID] = step.ForEach
	})
	return all
}

// everyProbed lists the ids of those that have a probe.
func everyProbed(s *Steps, p *Policy) []string {
	var ids []string
	everywhere(s, p, func(within string, step Step) {
		if step.Probe != "" {
			ids = append(ids, within+step.ID)
		}
	})
	return ids
}

// everyRoute lists the ids of all routes, and the actions by which an expectation may name them.
func everyRoute(s *Steps, p *Policy) []string {
	names := []string{"continue-on-error"}
	for _, info := range policy.Actions() {
		names = append(names, info.Name)
	}
	for _, route := range p.Routes.List {
		names = append(names, route.ID)
	}
	everywhere(s, p, func(within string, step Step) {
		for _, route := range step.OnError.List {
			names = append(names, within+route.ID)
		}
	})
	return names
}

// everyKind lists the kinds that the routes and rules of both files speak of.
func everyKind(s *Steps, p *Policy) []policy.Kind {
	var kinds []policy.Kind
	for _, c := range p.Classify {
		kinds = append(kinds, c.Kind)
	}
	of := func(routes []policy.Route) {
		for _, route := range routes {
			kinds = append(kinds, route.Match.Kinds...)
		}
	}
	of(p.Routes.List)
	everywhere(s, p, func(_ string, step Step) { of(step.OnError.List) })
	return kinds
}
