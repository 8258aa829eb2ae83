package policy

// RollbackAction reverts what this run landed, at most once a run (Kargo's "return to the previous state").
// How it is done, Policy.Rollback says.
type RollbackAction struct{}

func makeRollback(Values) (Action, error) { return RollbackAction{}, nil }

// Name returns "rollback".
func (RollbackAction) Name() string { return "rollback" }

// Next refuses as Situation.RollbackRefused says, and a second time in one run.
func (RollbackAction) Next(_ Route, used Used, s Situation) (Decision, Refusal) {
	if used.Action > 0 {
		s.RolledBack = true
	}
	return Decision{Verb: RollBack, N: 1, Max: 1}, Refusal{Reason: s.RollbackRefused()}
}

// String says it in a line.
func (RollbackAction) String() string { return "rollback of what this run landed" }
