package expr

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// addMeters makes an expression pay for what it does: every operand and argument that is read whole goes through
// the scope's <spend>, every turn of a predicate through <turn>. expr-lang itself bounds neither time nor the size of
// texts: `map(a, map(a, map(a, # + #)))` would run for years.
func addMeters(root *ast.Node) { ast.Walk(root, visit(addMeter)) }

func addMeter(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if readsWhole(n.Operator) {
			meter(&n.Left, "<spend>")
			meter(&n.Right, "<spend>")
		}
	case *ast.BuiltinNode:
		for i := range n.Arguments {
			if _, ok := n.Arguments[i].(*ast.PredicateNode); !ok {
				meter(&n.Arguments[i], "<spend>")
			}
		}
	case *ast.PredicateNode:
		meter(&n.Node, "<turn>")
	case *ast.SliceNode: // expr-lang cuts a text between any two bytes, and counts its characters in `len`
		meter(&n.Node, "<letters>")
		meter(node, "<together>")
	}
}

// readsWhole reports whether the operator's cost grows with its operands.
func readsWhole(operator string) bool {
	return slices.Contains([]string{"+", "==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches"}, operator)
}

// meter wraps a node into a call. Literals are left as they are when only their size would count: expr-lang compiles
// a literal pattern once.
func meter(node *ast.Node, name string) {
	switch (*node).(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
		if name == "<spend>" {
			return
		}
	}
	ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: []ast.Node{*node}})
}
