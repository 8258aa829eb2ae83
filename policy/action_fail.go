package policy

// FailAction does nothing more: the run fails with this failure (Kargo's "do nothing").
type FailAction struct{}

func makeFail(Values) (Action, error) { return FailAction{}, nil }

// Name returns "fail".
func (FailAction) Name() string { return "fail" }

// Next always fails.
func (FailAction) Next(Route, Used, Situation) (Decision, Refusal) {
	return Decision{Verb: Fail}, Refusal{}
}

// String says it in a word.
func (FailAction) String() string { return "fail" }
