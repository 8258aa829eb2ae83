package policy

import "fmt"

// ToAction goes on at a later step: the failure is handled (Conductor's `to:`).
type ToAction struct {
	Step string
}

func toKeys() []Key {
	return []Key{{Name: "step", Type: TypeStep, Required: true, Bare: true, Means: "the step to go on at; it comes after the failed one"}}
}

func makeTo(v Values) (Action, error) { return ToAction{Step: v.word("step")}, nil }

// Name returns "to".
func (a ToAction) Name() string { return "to" }

// Next refuses a step that does not come later: going back would have no end.
func (a ToAction) Next(r Route, _ Used, s Situation) (Decision, Refusal) {
	reason := successRefused(r, s)
	if s.Later != nil && !s.Later(a.Step) {
		reason = fmt.Sprintf("step %s does not come after the failed one", a.Step)
	}
	return Decision{Verb: GoTo, From: a.Step}, Refusal{Reason: reason}
}

// String says where.
func (a ToAction) String() string { return "go on at step " + a.Step }
