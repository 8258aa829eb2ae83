package expr

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// howDefault is how a default is written for a text, which is empty and not nil where it is not set.
const howDefault = "`env.A != '' ? env.A : 'default'`"

// idleDefaults reports every `??` behind a member that is text in any case, as those of inputs, env and steps are: what
// follows it would never be taken, and a run would go on with nothing in its place. One that would give the empty text does
// no harm. The types must be checked.
func idleDefaults(source string, root *ast.Node) []Problem {
	var problems []Problem
	ast.Walk(root, visit(func(node *ast.Node) {
		n, ok := (*node).(*ast.BinaryNode)
		if !ok || n.Operator != "??" || !textMember(n.Left) {
			return
		}
		if right, ok := n.Right.(*ast.StringNode); ok && right.Value == "" {
			return
		}
		problems = append(problems, problemAt(source, n.Location(),
			"`??` gives a default for `nil`, and what is before it is text, empty where it is not set: write "+howDefault))
	}))
	return problems
}

// textMember reports whether a node is a part of something, and text whatever happens.
func textMember(n ast.Node) bool {
	if chain, ok := n.(*ast.ChainNode); ok {
		n = chain.Node
	}
	_, member := n.(*ast.MemberNode)
	return member && n.Type() != nil && n.Type().Kind() == reflect.String
}
