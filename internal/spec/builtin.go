package spec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// builtin checks which built-in step is used, and what it is given.
func (r *reader) builtin(rec *source.Record, uses *source.Node, names expr.Names) map[string]any {
	i := slices.IndexFunc(r.builtins, func(b Builtin) bool { return b.Name == uses.Text })
	if i < 0 {
		r.unknownBuiltin(uses)
		return nil
	}
	b := r.builtins[i]
	errors := r.errors()
	with := r.given(rec, "`with` of "+uses.Text, b.With, names)
	if b.Check != nil && r.errors() == errors {
		at := rec.Pos
		if n := rec.Node("with"); n != nil {
			at = n.Pos
		}
		b.Check(at, with, func(at source.Pos, format string, args ...any) { r.Report(at, "value", format, args...) })
	}
	return with
}

// given reads the `with` of a step, which may be left out where nothing in it is required.
func (r *reader) given(rec *source.Record, what string, keys []source.Key, names expr.Names) map[string]any {
	with := rec.Node("with")
	if with == nil {
		if rec.Has("with") || rec.Meant("with") {
			return nil // reported
		}
		with = &source.Node{Kind: source.Mapping, Pos: rec.Pos}
	}
	return r.with(with, what, keys, names)
}

func (r *reader) unknownBuiltin(uses *source.Node) {
	var known []string
	for _, b := range r.builtins {
		known = append(known, b.Name)
	}
	plain, _, versioned := strings.Cut(uses.Text, "@")
	switch name := uses.Text; {
	case strings.Contains(name, opening):
		r.noExpression(uses, "expression", "what a step uses is known before anything runs; an expression can't stand here")
	case versioned && slices.Contains(known, plain):
		r.Report(uses.Pos, "step", "belay's own steps have no version; write %s", plain)
	case strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml"):
		r.Report(uses.Pos, "step", "the path of a steps file begins with ./ or ../, from the folder of this file, and has forward slashes: not %q", name)
	case strings.ContainsAny(name, "/@"):
		r.Report(uses.Pos, "step", "%q is no built-in step of belay; an action of GitHub's is called in the workflow, before or after belay", name)
	case source.Nearest(name, known) == "":
		r.Report(uses.Pos, "step", "unknown built-in step %q%s; a script belongs to `run`", name, source.Known(name, known))
	default:
		r.Report(uses.Pos, "step", "unknown built-in step %q%s", name, source.Known(name, known))
	}
}

// with reads what a built-in step is given, by its table of keys.
func (r *reader) with(n *source.Node, what string, keys []source.Key, names expr.Names) map[string]any {
	declared := keys
	keys = slices.Clone(keys)
	for i, k := range keys {
		// What an expression is worth is known when it is evaluated; the built-in step looks at it then.
		if v := n.Get(k.Name); v != nil && v.Kind == source.String && strings.Contains(v.Text, opening) {
			keys[i] = source.Key{Name: k.Name, Type: source.TypeText}
		}
	}
	rec := r.Record(n, what, keys)
	r.validate(rec, declared)
	values := map[string]any{}
	for _, k := range keys {
		v := rec.Node(k.Name)
		if v == nil {
			continue
		}
		switch k.Type {
		case source.TypeBool, source.TypeInt:
			values[k.Name], _ = rec.Any(k.Name)
		case source.TypeWords:
			if v.Scalar() {
				values[k.Name] = []any{r.text(v, names)}
			} else {
				values[k.Name] = r.tree(v, names, true)
			}
		case source.TypeMapping:
			if k.Keys != nil {
				values[k.Name] = r.with(v, strconv.Quote(k.Name), k.Keys, names)
			} else {
				values[k.Name] = r.tree(v, names, false)
			}
		case source.TypePairs:
			values[k.Name] = r.pairs(v, names)
		case source.TypeBody:
			values[k.Name] = r.exact(v, names)
		case source.TypePaths:
			values[k.Name] = r.paths(v, names)
		case source.TypeList:
			values[k.Name] = r.items(v, k, names)
		case source.TypeAny:
			values[k.Name] = r.tree(v, names, false)
		default:
			values[k.Name] = r.text(v, names)
		}
	}
	return values
}

// validate looks at what a type alone does not say of a value. What holds an expression is looked at when it is evaluated.
func (r *reader) validate(rec *source.Record, keys []source.Key) {
	for _, k := range keys {
		v := rec.Node(k.Name)
		if v == nil {
			continue
		}
		if k.Needs != "" && !rec.Has(k.Needs) {
			r.Report(rec.KeyPos(k.Name), "value", "`%s` says something of `%s`, which is not given", k.Name, k.Needs)
		}
		for _, other := range k.Excludes {
			if rec.Has(other) {
				r.Report(rec.KeyPos(other), "value", "`%s` and `%s` exclude each other", k.Name, other)
			}
		}
		if k.Valid == nil {
			continue
		}
		for _, text := range append([]*source.Node{v}, v.Items...) {
			if !text.Scalar() || strings.Contains(text.Text, opening) {
				continue
			}
			if wrong := k.Valid(text.Text); wrong != "" {
				r.Report(text.Pos, "value", "`%s`: %s", k.Name, wrong)
			}
		}
	}
}

// items reads a list whose items may have keys of their own. An expression in its place is looked at when it is evaluated.
func (r *reader) items(v *source.Node, k source.Key, names expr.Names) any {
	if k.Keys == nil || v.Kind != source.Sequence {
		return r.tree(v, names, false)
	}
	items := make([]any, len(v.Items))
	for i, item := range v.Items {
		items[i] = r.with(item, "an item of `"+k.Name+"`", k.Keys, names)
	}
	return items
}

// tree returns a value as it is, its text checked. words keeps numbers and the like as the text they are.
func (r *reader) tree(n *source.Node, names expr.Names, words bool) any {
	switch {
	case n.Kind == source.Sequence:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = r.tree(item, names, words)
		}
		return items
	case n.Kind == source.Mapping:
		entries := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			r.noExpression(e.Key, "expression", "a key is used as it is; an expression can't stand here")
			entries[e.Key.Text] = r.tree(e.Value, names, words)
		}
		return entries
	case words:
	case n.Kind == source.Null:
		return nil
	case n.Kind == source.Bool:
		return strings.EqualFold(n.Text, "true")
	case n.Kind == source.Int:
		if i, err := strconv.Atoi(n.Text); err == nil {
			return i
		}
	}
	return r.text(n, names)
}
