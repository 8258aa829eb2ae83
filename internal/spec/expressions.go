package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// scope says which names an expression may use here.
func (r *reader) scope(contexts ...string) expr.Names {
	return expr.Names{Inputs: r.inputs, Steps: slices.Clone(r.before), Allowed: contexts, Fields: expr.Fields()}
}

// text checks the expressions of a value.
func (r *reader) text(n *source.Node, names expr.Names) expr.Text {
	if !r.countExpressions(n, strings.Count(n.Text, "${{")) || r.Told() {
		return expr.Text{}
	}
	t, problems := expr.ParseText(n.Text, names)
	r.expressionProblems(n, problems)
	return t
}

// condition checks a condition.
func (r *reader) condition(n *source.Node, names expr.Names) expr.Condition {
	if !r.countExpressions(n, 1) || r.Told() {
		return expr.Condition{}
	}
	c, problems := expr.ParseCondition(n.Text, names)
	r.expressionProblems(n, problems)
	return c
}

func (r *reader) countExpressions(n *source.Node, more int) bool {
	return more == 0 || r.count(&r.counts.expressions, more, MaxExpressions, "expressions", n.Pos)
}

func (r *reader) expressionProblems(n *source.Node, problems []expr.Problem) {
	for _, p := range problems {
		r.Report(n.PosAt(p.Offset), "expression", "%s", p.Message)
	}
}

// plain returns the text of a key whose value is used as it is, before there is anything to evaluate.
func (r *reader) plain(rec *source.Record, key string) string {
	v, _ := rec.Text(key)
	if n := rec.Node(key); n != nil {
		r.noExpression(n, "expression", fmt.Sprintf("%q is used as it is; an expression can't stand here", key))
	}
	return v.Is
}

// opening begins an expression.
const opening = "${{"

// noExpression reports every expression in a value that may hold none.
func (r *reader) noExpression(n *source.Node, rule, message string) {
	for at := 0; ; at += len(opening) {
		next := strings.Index(n.Text[at:], opening)
		if next < 0 {
			return
		}
		at += next
		r.Report(n.PosAt(at), rule, "%s", message)
	}
}
