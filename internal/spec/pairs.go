package spec

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// Pairs is a mapping whose order counts and whose keys may hold expressions; or a list of such keys, without values.
type Pairs []Pair

// Pair is one key and its value. A value is what Builtin says of a TypeAny, but a number with a fraction is a
// json.Number, and a mapping is Pairs.
type Pair struct {
	Key   expr.Text
	Value any
	Node  *source.Node // the key
}

// Given is a pair with its expressions evaluated. What an expression of the key gives is kept apart from the key: it is
// part of a name, whatever it holds.
type Given struct {
	Key   string   // with expr.Mark in the place of expressions
	Marks []string // what the expressions of the key give
	Value any      // mappings are []Given
	Node  *source.Node
}

// Filled returns text with the marks in it replaced by what the key's expressions gave.
func (g Given) Filled(text string) string {
	for i, value := range g.Marks {
		text = strings.ReplaceAll(text, string(expr.Mark(i)), value)
	}
	return text
}

// Whole reports whether the key is nothing but one expression.
func (g Given) Whole() bool { return g.Key == string(expr.Mark(0)) }

func (ps Pairs) evaluate(values expr.Values) (any, error) {
	given := make([]Given, len(ps))
	for i, p := range ps {
		marks, err := p.Key.Values(values)
		if err != nil {
			return nil, err
		}
		value, err := Evaluate(p.Value, values)
		if err != nil {
			return nil, err
		}
		given[i] = Given{Key: p.Key.Marks(), Marks: marks, Value: value, Node: p.Node}
	}
	return given, nil
}

// pairs reads a mapping in its order.
func (r *reader) pairs(n *source.Node, names expr.Names) Pairs {
	ps := make(Pairs, 0, len(n.Entries))
	for _, e := range n.Entries {
		ps = append(ps, Pair{Key: r.text(e.Key, names), Value: r.exact(e.Value, names), Node: e.Key})
	}
	return ps
}

// paths reads one key or a list of them.
func (r *reader) paths(n *source.Node, names expr.Names) Pairs {
	items := n.Items
	if n.Kind != source.Sequence {
		items = []*source.Node{n}
	}
	var ps Pairs
	for _, item := range items {
		ps = append(ps, Pair{Key: r.text(item, names), Node: item})
	}
	return ps
}

// exact returns a value as it is, in its order and with numbers as they are written.
func (r *reader) exact(n *source.Node, names expr.Names) any {
	switch n.Kind {
	case source.Mapping:
		return r.pairs(n, names)
	case source.Sequence:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = r.exact(item, names)
		}
		return items
	case source.Null:
		return nil
	case source.Bool:
		return strings.EqualFold(n.Text, "true")
	case source.Int, source.Float:
		text := strings.TrimPrefix(n.Text, "+")
		if i, err := strconv.Atoi(text); err == nil && n.Kind == source.Int {
			return i
		}
		return json.Number(text)
	}
	return r.text(n, names)
}
