package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// match reads which failures a route is for. Text or a list is its kind.
func (r *routeReader) match(n *source.Node) (policy.Match, bool) {
	errors := r.errors()
	keys := MatchKeys()
	switch {
	case n.Kind == source.Null:
		r.Report(n.Pos, "type", "`match` has no value; leave it out to match every failure")
		return policy.Match{}, false
	case n.Kind == source.Bool:
		r.Report(n.Pos, "type", "`match` can't be %s; leave it out to match every failure", n.Text)
		return policy.Match{}, false
	case len(n.Items) > 0 && n.Items[0].Kind == source.Mapping:
		r.Report(n.Pos, "type", "a list of a match is one of kinds; write one mapping whose keys all agree, as in `match: { kind: network, exit-code: 75 }`, or a route for each")
		return policy.Match{}, false
	}
	if n.Kind != source.Mapping {
		i := slices.IndexFunc(keys, func(k source.Key) bool { return k.Name == "kind" })
		n = &source.Node{Kind: source.Mapping, Pos: n.Pos, Entries: []source.Entry{{
			Key: &source.Node{Kind: source.String, Text: "kind", Pos: n.Pos}, Value: n,
		}}}
		keys = keys[i : i+1]
	}
	rec := r.Record(n, "`match`", keys)
	m := policy.Match{
		Kinds:     r.kinds(rec),
		ExitCodes: r.exitCodes(rec),
		Signals:   r.signals(rec),
		Stdout:    r.pattern(rec, "stdout"),
		Stderr:    r.pattern(rec, "stderr"),
		Hints:     r.hints(rec),
	}
	if cond := rec.Node("if"); cond != nil {
		m.If = true
		r.routes.If[r.id] = r.condition(cond, r.routeScope())
	}
	return m, r.errors() == errors
}

// routeScope says which names the condition of a route may use.
func (r *routeReader) routeScope() expr.Names {
	if r.inPolicy {
		return r.scope("error", "attempt", "env", "run", "git", "host")
	}
	contexts := []string{"error", "attempt", "inputs", "env", "steps", "run", "git", "host"}
	if r.step != nil && r.step.ForEach != nil {
		contexts = append(contexts, "item")
	}
	return r.scope(contexts...)
}

// list returns the values of a key that may be a list, and refuses an empty one: whoever wrote it did not mean
// what policy makes of it, a key that asks for nothing. A very long one is refused as well.
func (r *reader) list(rec *source.Record, key string) []source.Value[string] {
	words := rec.Words(key)
	switch n := rec.Node(key); {
	case n == nil:
	case !r.short(n, strconv.Quote(key)):
		return nil
	case len(words) == 0:
		r.Report(n.Pos, "value", "%q is an empty list, which matches nothing; leave it out to match everything", key)
	}
	return words
}

func (r *reader) kinds(rec *source.Record) []policy.Kind {
	var kinds []policy.Kind
	for _, w := range r.list(rec, "kind") {
		if k := policy.Kind(w.Is); r.kind(k, w.Pos) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func (r *reader) exitCodes(rec *source.Record) []policy.Range {
	var ranges []policy.Range
	for _, w := range r.list(rec, "exit-code") {
		parsed, err := policy.ParseRange(w.Is)
		if err != nil {
			r.Report(w.Pos, "value", "%v", err)
			continue
		}
		ranges = append(ranges, parsed)
	}
	return ranges
}

func (r *reader) signals(rec *source.Record) []string {
	var signals []string
	for _, w := range r.list(rec, "signal") {
		name := policy.SignalName(w.Is)
		if number, known := signalNumbers()[w.Is]; known {
			r.Report(w.Pos, "value", "a signal is known by its name; %s is %s", w.Is, number)
		} else if !slices.Contains(policy.SignalNames(), name) {
			r.Warn(w.Pos, "value", "%q is no signal that ends processes%s", w.Is, source.Known(name, policy.SignalNames()))
		}
		signals = append(signals, name)
	}
	return signals
}

// signalNumbers are the numbers that mean the same wherever there are signals (POSIX, kill).
func signalNumbers() map[string]string {
	return map[string]string{"1": "HUP", "2": "INT", "3": "QUIT", "6": "ABRT", "9": "KILL", "14": "ALRM", "15": "TERM"}
}

func (r *reader) hints(rec *source.Record) []policy.Hint {
	var known []string
	for _, h := range policy.Hints() {
		known = append(known, string(h))
	}
	var hints []policy.Hint
	for _, w := range r.list(rec, "hint") {
		if !slices.Contains(known, w.Is) {
			r.Report(w.Pos, "value", "no step can give the hint %q%s", w.Is, source.Known(w.Is, known))
			continue
		}
		hints = append(hints, policy.Hint(w.Is))
	}
	return hints
}

func (r *reader) pattern(rec *source.Record, key string) *regexp.Regexp {
	n := rec.Node(key)
	if n == nil {
		return nil
	}
	r.noExpression(n, "expression", fmt.Sprintf("%q is used as it is; an expression can't stand here", key))
	re, err := regexp.Compile(n.Text)
	if err != nil {
		r.Report(n.Pos, "value", "%q is no regular expression (RE2): %s", key, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}
