package walk

import (
	"fmt"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
)

// Inputs are what a step gives to the file it runs, with the defaults of the others. What can't be evaluated is an error.
func Inputs(step spec.Step, values expr.Values) (map[string]string, error) {
	inputs := map[string]string{}
	for _, in := range step.Child.Inputs {
		inputs[in.Name] = in.Default
		text, ok := step.With[in.Name].(expr.Text)
		if !ok {
			continue
		}
		value, err := text.Eval(values)
		if err != nil {
			return nil, fmt.Errorf("evaluate `with`: %w", err)
		}
		inputs[in.Name] = value
	}
	return inputs, nil
}

// WithItem adds the item of a for-each to what expressions see; nil is outside of one.
func WithItem(v expr.Values, item *spec.Item) expr.Values {
	if item != nil {
		v.Item, v.Index = item.Value, item.Index
	}
	return v
}
