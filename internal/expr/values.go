package expr

import "fmt"

// Values is what an expression is evaluated against.
type Values struct {
	Inputs, Env           map[string]string
	Steps                 map[string]StepValue
	Error, Run, Git, Host map[string]any
	Attempt               int
	Item                  any
	Index                 int // what `item.index` gives
}

// StepValue is what `steps.ID` gives.
type StepValue struct {
	Outputs    map[string]string `expr:"outputs" json:"outputs"`
	Outcome    string            `expr:"outcome" json:"outcome"`
	Conclusion string            `expr:"conclusion" json:"conclusion"`
}

// Status is what the status functions of a condition read.
type Status struct {
	Failed, Cancelled bool
	Steps             map[string]string // how each step ended, by id
}

// scope is what the compiled expression sees. Names in angle brackets can't be written by an author.
type scope struct {
	Inputs    map[string]string                           `expr:"inputs"`
	Env       map[string]string                           `expr:"env"`
	Steps     map[string]StepValue                        `expr:"steps"`
	Error     map[string]any                              `expr:"error"`
	Attempt   int                                         `expr:"attempt"`
	Run       map[string]any                              `expr:"run"`
	Git       map[string]any                              `expr:"git"`
	Host      map[string]any                              `expr:"host"`
	Item      any                                         `expr:"item"`
	Index     int                                         `expr:"<index>"`
	Success   func() bool                                 `expr:"success"`
	Failure   func() bool                                 `expr:"failure"`
	Cancelled func() bool                                 `expr:"cancelled"`
	Always    func() bool                                 `expr:"always"`
	Status    func(string) string                         `expr:"status"`
	Join      func(any, ...string) (string, error)        `expr:"join"`
	Replace   func(text, old, new string) (string, error) `expr:"replace"`
	IndexOf   func(text, part string) (int, error)        `expr:"indexOf"`
	Letters   func(any) (any, error)                      `expr:"<letters>"`
	Together  func(any) any                               `expr:"<together>"`
	Spend     func(any) (any, error)                      `expr:"<spend>"`
	Turn      func(any) (any, error)                      `expr:"<turn>"`
}

func newScope(v Values, s Status) scope {
	b := &budget{left: maxCost}
	return scope{
		Inputs: v.Inputs, Env: v.Env, Steps: v.Steps, Error: v.Error, Attempt: v.Attempt,
		Run: v.Run, Git: v.Git, Host: v.Host, Item: v.Item, Index: v.Index,
		Success:   func() bool { return !s.Failed && !s.Cancelled },
		Failure:   func() bool { return s.Failed && !s.Cancelled },
		Cancelled: func() bool { return s.Cancelled },
		Always:    func() bool { return true },
		Status:    func(id string) string { return s.Steps[id] },
		Join:      b.join,
		Replace:   b.replace,
		IndexOf:   b.indexOf,
		Letters:   b.letters,
		Together:  together,
		Spend:     b.spend,
		Turn:      b.turn,
	}
}

// typeName says what a value is in the words of a steps file.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "text"
	case bool:
		return "true or false"
	case int, int64, float64:
		return "a number"
	case []any, []string:
		return "a list"
	case map[string]any, map[string]string:
		return "a map"
	}
	return fmt.Sprintf("a %T", v)
}
