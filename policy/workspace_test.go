package policy

import "testing"

func TestWhatCanNotBeBroughtBackIsPassedOver(t *testing.T) {
	const back, tip = "there is nothing to bring it back to", "the work tree was dirty"
	for name, c := range map[string]struct {
		action Action
		want   string // the reason for passing it over
	}{
		"a retry that keeps the files":   {action: RetryAction{Max: 1, Workspace: KeepWorkspace}},
		"a retry that says nothing":      {action: RetryAction{Max: 1}},
		"a retry that cleans":            {action: RetryAction{Max: 1, Workspace: CleanWorkspace}, want: back},
		"a retry that resets":            {action: RetryAction{Max: 1, Workspace: ResetWorkspace}, want: back},
		"a restart that keeps the files": {action: RestartAction{Max: 1, Workspace: KeepWorkspace}},
		"a restart that says nothing":    {action: RestartAction{Max: 1}, want: tip},
		"a restart that cleans":          {action: RestartAction{Max: 1, Workspace: CleanWorkspace}, want: tip},
		"a restart that resets":          {action: RestartAction{Max: 1, Workspace: ResetWorkspace}, want: tip},
		"an action that has no files":    {action: ContinueAction{}},
	} {
		s := open(failed("x"))
		s.Landed = false
		s.BringBackRefused, s.RefreshRefused = back, tip
		d, _ := Decide([]Route{on("r", c.action)}, Counters{}, s)
		got := ""
		if len(d.Passed) > 0 {
			got = d.Passed[0].Reason
		}
		if got != c.want {
			t.Errorf("%s: passed over for %q, want %q", name, got, c.want)
		}
		s.BringBackRefused, s.RefreshRefused = "", ""
		if d, _ := Decide([]Route{on("r", c.action)}, Counters{}, s); len(d.Passed) > 0 {
			t.Errorf("%s is passed over: %v", name, d.Passed)
		}
	}
}
