package spec

import (
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// ForEach says what a step runs once for each of.
type ForEach struct {
	List        expr.List // what gives the items, unless Written does
	Written     []Entry   // the items, where the file itself lists them, in its order
	IsMap       bool      // Written is a mapping
	MaxParallel int       // at least 1
	FailFast    bool
}

// Entry is one item as a file lists it.
type Entry struct {
	Key   string // of a mapping; empty in a list
	Value any    // as Builtin says of a TypeAny
}

// forEach reads what a step is run for. It returns nil for a step that runs once.
func (r *reader) forEach(rec *source.Record, names expr.Names) *ForEach {
	if !rec.Has("for-each") {
		for _, key := range []string{"max-parallel", "fail-fast"} {
			if rec.Has(key) && !rec.Meant("for-each") {
				r.Report(rec.KeyPos(key), "step", "`%s` belongs to `for-each`, which this step does not have", key)
			}
		}
		return nil
	}
	each := &ForEach{MaxParallel: 1, FailFast: true}
	if v, ok := rec.Int("max-parallel"); ok {
		each.MaxParallel = v.Is
	}
	if v, ok := rec.Bool("fail-fast"); ok {
		each.FailFast = v.Is
	}
	switch n := rec.Node("for-each"); n.Kind {
	case source.Sequence:
		r.writtenList(each, n, names)
	case source.Mapping:
		r.writtenMap(each, n, names)
	case source.String:
		each.List = r.itemsOf(n, names)
	case source.Null:
		r.Report(n.Pos, "type", "`for-each` has no value; write a list as in `[eu, us]`, a mapping, or an expression that gives one")
	default:
		r.Report(n.Pos, "type", "`for-each` must be a list, a mapping, or an expression that gives one, not %s", n.Kind)
	}
	return each
}

// itemsOf checks an expression that gives items.
func (r *reader) itemsOf(n *source.Node, names expr.Names) expr.List {
	if !r.countExpressions(n, 1) || r.Told() {
		return expr.List{}
	}
	l, problems := expr.ParseList(n.Text, names)
	r.expressionProblems(n, problems)
	return l
}

func (r *reader) writtenList(each *ForEach, n *source.Node, names expr.Names) {
	if !r.fewItems(n, len(n.Items)) {
		return
	}
	at := map[string]source.Pos{}
	for _, item := range n.Items {
		each.Written = append(each.Written, Entry{Value: r.tree(item, names, false)})
		if !item.Scalar() || nameOf(item.Text, "") == "" || strings.Contains(item.Text, opening) {
			continue
		}
		if first, twice := at[item.Text]; twice {
			r.Report(item.Pos, "value", "the item %q is there twice, first at line %d, column %d; an item is known by its text, so it must differ from the others", item.Text, first.Line, first.Col)
			continue
		}
		at[item.Text] = item.Pos
	}
}

func (r *reader) writtenMap(each *ForEach, n *source.Node, names expr.Names) {
	each.IsMap = true
	if !r.fewItems(n, len(n.Entries)) {
		return
	}
	for _, e := range n.Entries {
		r.noExpression(e.Key, "expression", "a key is used as it is; an expression can't stand here")
		each.Written = append(each.Written, Entry{Key: e.Key.Text, Value: r.tree(e.Value, names, false)})
	}
}

func (r *reader) fewItems(n *source.Node, items int) bool {
	switch {
	case items == 0:
		r.Warn(n.Pos, "value", "there are no items, so this step never runs")
	case items > MaxItems:
		r.Report(n.Pos, "value", "a for-each goes over at most %d items, and here are %d; spread them over jobs with `belay plan --matrix`", MaxItems, items)
	}
	return items <= MaxItems
}

// checkParallel reports a land step whose items would commit what the others are still writing.
func (r *reader) checkParallel(step *Step, rec *source.Record) {
	if step.ForEach == nil || step.ForEach.MaxParallel == 1 {
		return
	}
	if landsEverything(step) {
		r.Report(rec.KeyPos("max-parallel"), "step", "items that run at the same time share the work tree, and a `land` without `paths` commits what the others are still writing; give it `paths`, or leave `max-parallel` out")
	}
}

// landsEverything reports whether a step lands, itself or in the file it runs, whatever is in the work tree.
func landsEverything(step *Step) bool {
	if step.Child != nil {
		return step.Child.first(landsEverything) != nil
	}
	_, narrowed := step.With["paths"]
	return step.Uses == "land" && !narrowed
}
