package expr

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// nameCheck walks an expression and collects what is wrong with its names.
type nameCheck struct {
	source    string
	names     Names
	callees   map[ast.Node]bool            // identifiers that are called
	members   map[ast.Node]*ast.MemberNode // by the node they are a member of
	problems  []Problem
	status    bool
	statement bool // the last problem is that it is no expression, and the others come of that
}

// checkNames puts the dashes back, turns `item.index` into what the scope knows it as, and reports every name that
// does not exist at this place. status says whether a status function is called.
func checkNames(source string, root *ast.Node, n Names) (status bool, _ []Problem) {
	c := &nameCheck{source: source, names: n, callees: map[ast.Node]bool{}, members: map[ast.Node]*ast.MemberNode{}}
	ast.Walk(root, visit(c.relate))
	ast.Walk(root, visit(c.check))
	if c.statement {
		c.problems = c.problems[len(c.problems)-1:]
	}
	return c.status, c.problems
}

// visit lets a function walk a tree.
type visit func(*ast.Node)

// Visit implements ast.Visitor.
func (v visit) Visit(n *ast.Node) { v(n) }

func (c *nameCheck) relate(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.CallNode:
		c.callees[n.Callee] = true
	case *ast.MemberNode:
		if name, ok := n.Property.(*ast.StringNode); ok {
			name.Value = splitDashes(name.Value)
			if isIdentifier(n.Node, "item") && name.Value == "index" {
				c.context(n.Node.(*ast.IdentifierNode))
				ast.Patch(node, &ast.IdentifierNode{Value: "<index>"})
				return
			}
		}
		c.members[n.Node] = n
	}
}

func (c *nameCheck) check(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if !c.callees[n] && n.Value != "<index>" {
			c.context(n)
		}
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			c.call(callee, n.Arguments)
		} else {
			c.add(n, "values have no methods; a function is given the value, as in `upper(env.APP)`")
		}
	case *ast.BuiltinNode:
		if f, ok := function(n.Name); !ok || f.ours {
			c.add(n, unknownFunction(n.Name))
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		c.statement = true
		c.add(n, "there are no variables and no `;` here: write one expression")
	}
}

func (c *nameCheck) context(n *ast.IdentifierNode) {
	if !slices.Contains(c.names.Allowed, n.Value) {
		if n.Value == "item" {
			c.add(n, fmt.Sprintf("`item` exists only in a step with `for-each`, and not in its `if`, which is asked once for all items (here there are: %s)", listed(c.names.Allowed)))
			return
		}
		if n.Value == "error" {
			c.add(n, fmt.Sprintf("`error` exists only where a failure is handled: in the `match` of a route, in recovery steps and in finally (here there are: %s)", listed(c.names.Allowed)))
			return
		}
		if slices.ContainsFunc(Contexts(), func(known Context) bool { return known.Name == n.Value }) {
			c.add(n, fmt.Sprintf("`%s` does not exist here (these do: %s)", n.Value, listed(c.names.Allowed)))
			return
		}
		c.add(n, c.unknownName(n))
		return
	}
	switch n.Value {
	case "inputs":
		c.member(n, "input", "declared", c.names.Inputs)
	case "steps":
		if step := c.member(n, "step", "run before this", c.names.Steps); step != nil {
			c.member(step, "part of a step", "of a step", []string{"outputs", "outcome", "conclusion"})
		}
	default:
		if fields, ok := c.names.Fields[n.Value]; ok {
			c.member(n, "field", "of "+n.Value, fields)
		}
	}
}

// member checks the name that follows of, and returns the member when there is one and it exists.
func (c *nameCheck) member(of ast.Node, what, where string, known []string) ast.Node {
	m := c.members[of]
	if m == nil {
		return nil // the whole, as in toJSON(inputs)
	}
	name, ok := m.Property.(*ast.StringNode)
	if !ok {
		c.add(m.Property, fmt.Sprintf("the name of the %s must be written out, so that it can be checked before anything runs", what))
		return nil
	}
	if !slices.Contains(known, name.Value) {
		c.add(name, unknown(what, name.Value, where, known))
		return nil
	}
	return m
}

func (c *nameCheck) call(callee *ast.IdentifierNode, arguments []ast.Node) {
	f, ok := function(callee.Value)
	switch {
	case !ok:
		c.add(callee, unknownFunction(callee.Value))
		return
	case !f.Status:
		return
	case !c.names.Status:
		c.add(callee, fmt.Sprintf("`%s()` can be called in the `if` of a step only", f.Name))
		return
	}
	c.status = true
	if f.Name != "status" || len(arguments) != 1 {
		return // the type check counts arguments
	}
	id, ok := arguments[0].(*ast.StringNode)
	if !ok {
		c.add(arguments[0], "the step's id must be written out, so that it can be checked before anything runs")
	} else if !slices.Contains(c.names.Steps, id.Value) {
		c.add(id, unknown("step", id.Value, "run before this", c.names.Steps))
	}
}

func (c *nameCheck) add(n ast.Node, message string) {
	c.problems = append(c.problems, problemAt(c.source, n.Location(), message))
}

func isIdentifier(n ast.Node, name string) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == name
}

func unknownFunction(name string) string {
	if instead, ok := otherFunctions()[name]; ok {
		return fmt.Sprintf("unknown function `%s`: %s", name, instead)
	}
	var known []string
	for _, f := range Functions() {
		known = append(known, f.Name)
	}
	return unknown("function", name, "these exist", known)
}
