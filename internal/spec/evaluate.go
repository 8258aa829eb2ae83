package spec

import (
	"maps"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
)

// Evaluate returns a value of a file, such as `with`, with every expression in it replaced by what it gives.
func Evaluate(v any, values expr.Values) (any, error) {
	switch v := v.(type) {
	case expr.Text:
		return v.Value(values)
	case Pairs:
		return v.evaluate(values)
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

// EvaluateEnv evaluates a list of `env:` entries. Each sees those before it; values stays as it was.
func EvaluateEnv(vars []Var, values expr.Values) (map[string]string, error) {
	env := map[string]string{}
	values.Env = maps.Clone(values.Env)
	if values.Env == nil {
		values.Env = map[string]string{}
	}
	for _, v := range vars {
		text, err := v.Value.Eval(values)
		if err != nil {
			return nil, err
		}
		env[v.Name], values.Env[v.Name] = text, text
	}
	return env, nil
}

// ErrorValue is the `error` context for a failure of a step. That of the zero Failure is empty, so that an expression
// may ask while nothing has failed.
func ErrorValue(step string, f policy.Failure) map[string]any {
	details := f.Details
	if details == nil {
		details = map[string]any{}
	}
	return map[string]any{
		"kind": string(f.Kind), "message": f.Message, "exit-code": f.ExitCode, "signal": f.Signal,
		"step": step, "hint": string(f.Hint), "details": details,
	}
}
