package policy

// ContinueAction treats the failure as success, with a warning (GitHub's continue-on-error).
type ContinueAction struct{}

func makeContinue(Values) (Action, error) { return ContinueAction{}, nil }

// Name returns "continue".
func (ContinueAction) Name() string { return "continue" }

// Next refuses git.unknown unless the route names it: not knowing is never a success by accident.
func (ContinueAction) Next(r Route, _ Used, s Situation) (Decision, Refusal) {
	return Decision{Verb: Continue}, Refusal{Reason: successRefused(r, s)}
}

// String says it in a line.
func (ContinueAction) String() string { return "continue with a warning" }
