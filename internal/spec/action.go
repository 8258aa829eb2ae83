package spec

import (
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// action makes a route's action of its value. at is where its key stands.
func (r *routeReader) action(info policy.ActionInfo, at source.Pos, n *source.Node) (policy.Action, bool) {
	errors := r.errors()
	values := policy.Values{}
	keys := ActionKeys(info)
	bare := slices.IndexFunc(info.Keys, func(k policy.Key) bool { return k.Bare })
	switch {
	case n.Kind == source.Null && slices.ContainsFunc(info.Keys, func(k policy.Key) bool { return k.Required }):
		r.Report(at, "type", "`%s` has no value; write it as in `%s: %s`", info.Name, info.Name, info.Example)
		return nil, false
	case n.Kind == source.Null:
		// `rollback:` is `rollback: {}`.
		n = &source.Node{Kind: source.Mapping, Pos: at}
	case n.Kind != source.Mapping && bare >= 0:
		key := keys[bare]
		key.Name = info.Name // as the author knows it
		if v, ok := r.Value(key, n); ok {
			r.put(values, info, info.Keys[bare], v, n)
		}
		return r.made(info, values, at, errors)
	case n.Kind != source.Mapping && len(keys) == 0:
		r.Report(n.Pos, "type", "`%s` takes no value; write `%s: {}`", info.Name, info.Name)
		return nil, false
	}
	if n.Kind != source.Mapping {
		r.Report(n.Pos, "type", "`%s` must be a mapping, as in `%s: %s`", info.Name, info.Name, info.Example)
		return nil, false
	}
	rec := r.Record(n, "`"+info.Name+"`", keys)
	for _, k := range info.Keys {
		if v, ok := rec.Any(k.Name); ok {
			r.put(values, info, k, v, rec.Node(k.Name))
		}
	}
	if info.Name == "retry" && r.step != nil {
		if who, once := onlyOnce(r.step); once {
			r.Report(at, "idempotent", "%s says `idempotent: false`, so it can't be retried; use another action, or make it safe to run twice", who)
		}
	}
	action, ok := r.made(info, values, at, errors)
	if retry, is := action.(policy.RetryAction); is {
		r.lintDelays(rec, retry.Backoff)
	}
	return action, ok
}

// put notes a decoded value as package policy takes it.
func (r *routeReader) put(values policy.Values, info policy.ActionInfo, k policy.Key, v any, n *source.Node) {
	switch k.Type {
	case policy.TypeSteps:
		r.recovery(n)
		return
	case policy.TypeStep:
		if n.Text == "" {
			r.Report(n.Pos, "value", "this is to be the id of a step, and it is empty")
			return
		}
		if strings.Contains(n.Text, opening) {
			r.noExpression(n, "expression", "the id of a step is used as it is; an expression can't stand here")
			return
		}
		t := target{route: r.id, action: info.Name, key: k.Name, step: n.Text, pos: n.Pos}
		r.routes.targets = append(r.routes.targets, t)
		if r.isChild && info.Name == "restart" {
			r.Report(n.Pos, "action", "this file is run as a step, where `restart` starts the whole run again; it can't begin at one of the file's steps")
			return
		}
		if r.step != nil {
			r.checkTarget(t, r.order, r.step.ID)
		}
	case policy.TypeStrings:
		words := []string{}
		for _, w := range v.([]source.Value[string]) {
			words = append(words, w.Is)
		}
		v = words
	}
	values[k.Name] = v
}

// made makes the action, unless something is wrong with its values already.
func (r *routeReader) made(info policy.ActionInfo, values policy.Values, at source.Pos, errors int) (policy.Action, bool) {
	if r.errors() > errors {
		return nil, false
	}
	action, err := info.Make(values)
	if err != nil {
		r.Report(at, "value", "%v", err)
		return nil, false
	}
	return action, true
}

// recovery reads the steps of a `run` action.
func (r *routeReader) recovery(list *source.Node) {
	if len(list.Items) == 0 {
		r.Report(list.Pos, "value", "there are no recovery steps; without any, the action is `fail: {}`")
		return
	}
	s := section{list: list, prefix: "recovery", handling: true}
	if r.step != nil {
		s.prefix = r.step.ID + "-recovery"
	}
	for _, steps := range r.routes.Recovery {
		s.first += len(steps)
	}
	before := r.before
	r.routes.Recovery[r.id] = r.reader.section(s)
	r.before = before
}

// checkTarget reports a step that does not exist, or that stands on the wrong side of the failed one.
func (r *reader) checkTarget(t target, order []string, failed string) {
	there, here := slices.Index(order, t.step), slices.Index(order, failed)
	switch {
	case there < 0:
		r.Report(t.pos, "unknown-step", "unknown step %q%s", t.step, source.Known(t.step, order))
	case here < 0: // a policy's route, or one of a finally step: it can be any step that failed
	case t.action == "to" && there <= here:
		r.Report(t.pos, "unknown-step", "`to` goes on at a step after this one, and %q is not after it; to go back, use `restart`", t.step)
	case t.action == "restart" && there > here:
		r.Report(t.pos, "unknown-step", "`restart` begins at this step or one before it, and %q comes after it", t.step)
	}
}
