package policy

import "fmt"

// RunAction runs the user's own recovery steps (Kargo's "user-defined recovery"). The steps stay with the
// decoder, under the route's id.
type RunAction struct {
	Then Verb // Fail, Continue or RollBack
}

func runKeys() []Key {
	return []Key{
		{Name: "steps", Type: TypeSteps, Required: true, Means: "the recovery steps"},
		{Name: "then", Type: TypeEnum, Enum: []string{string(Fail), string(Continue), string(RollBack)}, Default: string(Fail), Means: "what follows the recovery steps"},
	}
}

func makeRun(v Values) (Action, error) { return RunAction{Then: Verb(v.word("then"))}, nil }

// Name returns "run".
func (a RunAction) Name() string { return "run" }

// Next always runs the steps; recovery does not make a success of a landing nobody knows about.
func (a RunAction) Next(r Route, _ Used, s Situation) (Decision, Refusal) {
	then := a.Then
	if then == "" || then == Continue && successRefused(r, s) != "" {
		then = Fail
	}
	return Decision{Verb: RunSteps, Then: then}, Refusal{}
}

// String says what follows.
func (a RunAction) String() string { return fmt.Sprintf("run recovery steps, then %s", a.Then) }
