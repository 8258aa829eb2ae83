package policy

import "fmt"

// RestartAction resets the workspace to the branch's fresh tip and starts the run's steps again (Kargo's
// "start again from step 0"). Its count is the run's.
type RestartAction struct {
	Max  int
	From string // the step to start from; empty for the first
	// Workspace is what the new beginning finds: but for KeepWorkspace, the branch's fresh tip. Empty: CleanWorkspace.
	Workspace Workspace
}

func restartKeys() []Key {
	return []Key{
		{Name: "max", Type: TypeInt, Default: 3, Min: 1, Max: 1000, Means: "how often a run may start again by this route"},
		{Name: "from", Type: TypeStep, Means: "the step to start from, instead of the first"},
		{Name: "workspace", Type: TypeEnum, Enum: Workspaces(), Default: string(CleanWorkspace), Means: "which files the steps find; keep: all as the run left them; clean: the branch's fresh tip, and those git ignores; reset: the same, and none of the ignored ones that the run added"},
	}
}

func makeRestart(v Values) (Action, error) {
	return RestartAction{Max: v["max"].(int), From: v.word("from"), Workspace: Workspace(v.word("workspace"))}, nil
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
	case a.Workspace != KeepWorkspace && s.RefreshRefused != "":
		reason = s.RefreshRefused
	case s.Repeats != nil && s.Repeats(a.From) != "":
		reason = fmt.Sprintf("step %s says `idempotent: false`, and would run again", s.Repeats(a.From))
	}
	return Decision{Verb: Restart, N: used.Run + 1, Max: a.Max, From: a.From, Workspace: a.Workspace.or(CleanWorkspace)}, Refusal{Reason: reason}
}

// String says how often, and from where.
func (a RestartAction) String() string {
	from := "the first step"
	if a.From != "" {
		from = "step " + a.From
	}
	on := "on the fresh tip"
	switch a.Workspace {
	case KeepWorkspace:
		on = "with the files as they are"
	case ResetWorkspace:
		on += ", without ignored files the run added"
	}
	return fmt.Sprintf("restart at most %s, from %s %s", often(a.Max), from, on)
}

// Restarts returns how often this action can start a run again.
func (a RestartAction) Restarts() int { return max(a.Max, 0) }
