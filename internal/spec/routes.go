package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// routes reads a list of routes. step is the step they belong to, nil for a policy's.
func (r *reader) routes(list *source.Node, prefix string, step *Step, s section) Routes {
	routes := Routes{Recovery: map[string][]Step{}, If: map[string]expr.Condition{}, pos: map[string]source.Pos{}}
	if !r.short(list, "a list of routes") || !r.count(&r.counts.routes, len(list.Items), MaxRoutes, "routes", list.Pos) {
		return routes
	}
	for i, n := range list.Items {
		in := routeReader{reader: r, routes: &routes, step: step, section: s, id: fmt.Sprintf("%s[%d]", prefix, i)}
		routes.pos[in.id] = n.Pos
		in.read(n)
	}
	r.lintOrder(routes)
	return routes
}

// routeReader reads one route into a list of them.
type routeReader struct {
	*reader
	routes  *Routes
	step    *Step
	section section
	id      string
}

func (r *routeReader) read(n *source.Node) {
	if info, ok := policy.ActionNamed(n.Text); ok && n.Scalar() {
		r.Report(n.Pos, "type", "an action is a key of its route; write `%s: %s`", info.Name, info.Example)
		return
	}
	rec := r.Record(n, "a route", RouteKeys())
	if n.Kind != source.Mapping {
		return
	}
	route := policy.Route{ID: r.id}
	matched := true
	if m := rec.Node("match"); m != nil {
		route.Match, matched = r.match(m)
	}
	info, ok := r.chosen(rec)
	if !ok {
		return
	}
	if over := r.section.handling; over && (info.Name == "to" || info.Name == "restart") {
		r.Report(rec.KeyPos(info.Name), "action", "`%s` can't be used in finally: the steps are over by then", info.Name)
	}
	route.Action, ok = r.action(info, rec.KeyPos(info.Name), rec.Node(info.Name))
	// A route that is half understood would only set off lints about what its author did not write.
	if ok && matched {
		r.routes.List = append(r.routes.List, route)
	}
}

// chosen returns the one action of a route.
func (r *routeReader) chosen(rec *source.Record) (policy.ActionInfo, bool) {
	var names []string
	var rows []policy.ActionInfo
	for _, info := range policy.Actions() {
		names = append(names, info.Name)
		if rec.Has(info.Name) {
			rows = append(rows, info)
		}
	}
	// Conductor's files have both, and there `retry` is what counts until it is spent.
	if rec.Has("retry") && rec.Has("to") {
		r.Warn(rec.KeyPos("to"), "action", "`to` beside `retry` is ignored; write it as a route of its own, below")
		rows = slices.DeleteFunc(rows, func(info policy.ActionInfo) bool { return info.Name == "to" })
	}
	switch len(rows) {
	case 0:
		if len(rec.Unknown) > 0 {
			return policy.ActionInfo{}, false // one of those was to be the action
		}
		r.Report(rec.Pos, "action", "this route has no action; it needs one of %s", strings.Join(names, ", "))
		return policy.ActionInfo{}, false
	case 1:
		return rows[0], true
	}
	slices.SortFunc(rows, func(a, b policy.ActionInfo) int {
		if rec.KeyPos(a.Name).Before(rec.KeyPos(b.Name)) {
			return -1
		}
		return 1
	})
	r.Report(rec.KeyPos(rows[1].Name), "action", "a route has one action, and this one has `%s` already; make a route of its own of `%s`", rows[0].Name, rows[1].Name)
	return policy.ActionInfo{}, false
}
