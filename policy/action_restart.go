package policy

import "fmt"

// RestartAction resets the workspace to the branch's fresh tip and starts the run's steps again (Kargo's
// "start again from step 0"). Its count is the run's.
type RestartAction struct {
	Max  int
	From string // the step to start from; empty for the first
}

func restartKeys() []Key {
	return []Key{
		{Name: "max", Type: TypeInt, Default: 3, Min: 1, Max: 1000, Means: "how often a run may start again by this route"},
		{Name: "from", Type: TypeStep, Means: "the step to start from, instead of the first"},
	}
}

func makeRestart(v Values) (Action, error) {
	return RestartAction{Max: v["max"].(int), From: v.word("from")}, nil
}

// Name returns "restart".
func (a RestartAction) Name() string { return "restart" }

// Next refuses once something landed: others can see it, and starting again would not take it back.
func (a RestartAction) Next(_ Route, used Used, s Situation) (Decision, Refusal) {
	reason := s.againRefused()
	switch {
	case reason != "":
	case used.Run >= a.Max:
		reason = fmt.Sprintf("used up: %d of %d", used.Run, a.Max)
	case s.Landed:
		reason = "this run has landed a change that others can see"
	case s.Failure.Kind == GitUnknown:
		reason = unknownLanding
	case a.From != "" && s.Later != nil && s.Later(a.From):
		reason = fmt.Sprintf("step %s comes after the failed one", a.From)
	case s.RestartRefused != "":
		reason = s.RestartRefused
	case s.Repeats != nil && s.Repeats(a.From) != "":
		reason = fmt.Sprintf("step %s says `idempotent: false`, and would run again", s.Repeats(a.From))
	}
	return Decision{Verb: Restart, N: used.Run + 1, Max: a.Max, From: a.From}, Refusal{Reason: reason}
}

// String says how often, and from where.
func (a RestartAction) String() string {
	from := "the first step"
	if a.From != "" {
		from = "step " + a.From
	}
	return fmt.Sprintf("restart at most %s, from %s on the fresh tip", often(a.Max), from)
}

// Restarts returns how often this action can start a run again.
func (a RestartAction) Restarts() int { return max(a.Max, 0) }
