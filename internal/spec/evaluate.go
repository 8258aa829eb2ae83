package spec

import "github.com/belay-ci/belay/internal/expr"

// Evaluate returns a value of a file, such as `with`, with every expression in it replaced by what it gives.
func Evaluate(v any, values expr.Values) (any, error) {
	switch v := v.(type) {
	case expr.Text:
		return v.Value(values)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			value, err := Evaluate(item, values)
			if err != nil {
				return nil, err
			}
			items[i] = value
		}
		return items, nil
	case map[string]any:
		entries := make(map[string]any, len(v))
		for key, item := range v {
			value, err := Evaluate(item, values)
			if err != nil {
				return nil, err
			}
			entries[key] = value
		}
		return entries, nil
	}
	return v, nil
}
