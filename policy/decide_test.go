package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConductorRetryDefaults(t *testing.T) {
	retry := act(t, "retry", nil)
	routes := []Route{on("retry", retry), on("after", FailAction{})}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	for _, c := range []struct {
		draw float64
		want []time.Duration
	}{
		{draw: 0, want: []time.Duration{seconds(3.75), seconds(7.5), seconds(15)}},
		{draw: 0.5, want: []time.Duration{seconds(5), seconds(10), seconds(20)}},
		{draw: 1, want: []time.Duration{seconds(6.25), seconds(12.5), seconds(25)}},
	} {
		var waits []time.Duration
		executions := 1 // the original, attempt 0
		var counters Counters
		for {
			s := open(failed("x"))
			s.Draw = c.draw
			var d Decision
			d, counters = Decide(routes, counters, s)
			if d.Verb != Retry {
				if d.Route != "after" {
					t.Errorf("it ended with %+v, want the fall to the next route", d)
				}
				break
			}
			if d.N != executions || d.Max != 3 {
				t.Errorf("attempt %d of %d, want %d of 3", d.N, d.Max, executions)
			}
			executions++
			waits = append(waits, d.Delay)
		}
		if executions != 4 {
			t.Errorf("%d executions, want 4", executions)
		}
		if diff := cmp.Diff(c.want, waits); diff != "" {
			t.Errorf("draw %v: %s", c.draw, diff)
		}
	}
}

func TestKargosFiveStrategies(t *testing.T) {
	for name, c := range map[string]struct {
		action Action
		hint   Hint
		want   Decision
	}{
		"start again from step 0, limited":                   {RestartAction{Max: 2}, HintRestart, Decision{Verb: Restart, N: 1, Max: 2, Workspace: CleanWorkspace}},
		"let it fail, then create one just like it, limited": {RerunAction{Max: 1}, HintRerun, Decision{Verb: Rerun, N: 1, Max: 1, Where: RerunHost}},
		"do nothing": {FailAction{}, HintFail, Decision{Verb: Fail}},
		"let it fail, then return to the previous state, once": {RollbackAction{}, HintRollback, Decision{Verb: RollBack, N: 1, Max: 1}},
		"run the user's own recovery":                          {RunAction{Then: Continue}, HintRetry, Decision{Verb: RunSteps, Then: Continue}},
	} {
		t.Run(name, func(t *testing.T) {
			routes := []Route{{ID: "hinted", Match: Match{Hints: []Hint{c.hint}}, Action: c.action}}
			s := open(failed("x"))
			s.Failure.Hint, s.Landed = c.hint, c.want.Verb == RollBack
			d, _ := Decide(routes, Counters{}, s)
			c.want.Action, c.want.Route = c.action.Name(), "hinted"
			if diff := cmp.Diff(c.want, d); diff != "" {
				t.Error(diff)
			}
			s.Failure.Hint = ""
			if d, _ := Decide(routes, Counters{}, s); d.Route != "" {
				t.Errorf("without the hint: %+v, want no route", d)
			}
		})
	}
}

func TestARouteWithAConditionWaitsForItToHold(t *testing.T) {
	routes := []Route{{ID: "if", Match: Match{If: true}, Action: ContinueAction{}}, on("else", FailAction{})}
	for name, c := range map[string]struct {
		holds func(string) bool
		want  string
	}{
		"it holds":            {func(id string) bool { return id == "if" }, "if"},
		"it does not hold":    {func(string) bool { return false }, "else"},
		"nobody can evaluate": {nil, "else"},
	} {
		s := open(failed("x"))
		s.Holds = c.holds
		d, _ := Decide(routes, Counters{}, s)
		if d.Route != c.want || len(d.Passed) != 0 {
			t.Errorf("%s: %+v, want route %q and none passed over", name, d, c.want)
		}
	}
}

func TestTheRunsOwnLimitsStopDoingItOver(t *testing.T) {
	for name, c := range map[string]struct {
		situation func(*Situation)
		action    Action
		reason    string
	}{
		"retries used up":             {func(s *Situation) { s.RetriesLeft = 0 }, fixed(3, 0), "the run's retries are used up"},
		"executions used up, retry":   {func(s *Situation) { s.ExecutionsLeft = 0 }, fixed(3, 0), "the run's executions are used up"},
		"executions used up, restart": {func(s *Situation) { s.ExecutionsLeft = 0 }, RestartAction{Max: 1}, "the run's executions are used up"},
		"run.budget, restart":         {func(s *Situation) { s.Failure.Kind = RunBudget }, RestartAction{Max: 1}, "the run's executions are used up"},
		"run.deadline, restart":       {func(s *Situation) { s.Failure.Kind = RunDeadline }, RestartAction{Max: 1}, noTime},
		"git.unknown, restart":        {func(s *Situation) { s.Failure.Kind = GitUnknown }, RestartAction{Max: 1}, unknownLanding},
	} {
		s := open(failed("x"))
		s.Landed = false
		c.situation(&s)
		d, _ := Decide([]Route{on("r", c.action)}, Counters{}, s)
		if diff := cmp.Diff([]Passed{{"r", c.action.Name(), c.reason}}, d.Passed); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestStepsAreTakenInTheirOrder(t *testing.T) {
	later := func(step string) bool { return step == "cleanup" }
	for name, c := range map[string]struct {
		action Action
		reason string
	}{
		"to a later step":              {action: ToAction{Step: "cleanup"}},
		"to an earlier step":           {action: ToAction{Step: "build"}, reason: "step build does not come after the failed one"},
		"restart from an earlier step": {action: RestartAction{Max: 1, From: "build"}},
		"restart from a later step":    {action: RestartAction{Max: 1, From: "cleanup"}, reason: "step cleanup comes after the failed one"},
		"restart from the first":       {action: RestartAction{Max: 1}},
	} {
		s := open(failed("x"))
		s.Landed, s.Later = false, later
		d, _ := Decide([]Route{on("r", c.action)}, Counters{}, s)
		if c.reason == "" && d.Route != "r" {
			t.Errorf("%s: %+v, want it taken", name, d)
		}
		if c.reason != "" && (len(d.Passed) != 1 || d.Passed[0].Reason != c.reason) {
			t.Errorf("%s: %+v, want it passed over because %q", name, d, c.reason)
		}
	}
}

func TestALandingNobodyKnowsAboutIsNoSuccessByAccident(t *testing.T) {
	for _, c := range []struct {
		action Action
		kinds  []Kind
		verb   Verb
		then   Verb
	}{
		{ContinueAction{}, nil, Fail, ""},
		{ContinueAction{}, []Kind{"git"}, Fail, ""},
		{ContinueAction{}, []Kind{GitUnknown}, Continue, ""},
		{ToAction{Step: "z"}, nil, Fail, ""},
		{ToAction{Step: "z"}, []Kind{GitUnknown}, GoTo, ""},
		{RunAction{Then: Continue}, nil, RunSteps, Fail},
		{RunAction{Then: Continue}, []Kind{GitUnknown}, RunSteps, Continue},
		{RunAction{}, nil, RunSteps, Fail},
	} {
		d, _ := Decide([]Route{on("r", c.action, c.kinds...)}, Counters{}, open(failed(GitUnknown)))
		if d.Verb != c.verb || d.Then != c.then {
			t.Errorf("%s on %v: %s then %q, want %s then %q", c.action, c.kinds, d.Verb, d.Then, c.verb, c.then)
		}
	}
}

func TestDecideLeavesTheOldCountersAsTheyWere(t *testing.T) {
	routes := []Route{on("r", fixed(2, 0)), on("s", RestartAction{Max: 2})}
	_, first := Decide(routes, Counters{}, open(failed("x")))
	before := fmt.Sprint(first)
	for range 3 {
		s := open(failed("x"))
		s.Landed = false
		if d, _ := Decide(routes, first, s); d.N != 2 {
			t.Errorf("from the same counters: %+v, want the second retry each time", d)
		}
	}
	if after := fmt.Sprint(first); after != before {
		t.Errorf("the counters changed from %s to %s", before, after)
	}
}

func TestSpendingARouteLeavesTheOldCountersAsTheyWere(t *testing.T) {
	routes := []Route{on("a", fixed(2, 0), "a"), on("b", fixed(2, 0), "b")}
	spend := func(c Counters, k Kind) Counters {
		s := open(failed(k))
		s.NoDeadline, s.Left, s.Failure.RetryAfter = false, time.Second, time.Hour
		_, c = Decide(routes, c, s)
		return c
	}
	first := spend(Counters{}, "a")
	spend(first, "b")
	if d, _ := Decide(routes, first, open(failed("b"))); d.Verb != Retry {
		t.Errorf("from the counters before b was spent: %s, want retry", d.Verb)
	}
}

func TestARouteWithoutActionIsPassedOver(t *testing.T) {
	d, _ := Decide([]Route{{ID: "empty"}, on("next", ContinueAction{})}, Counters{}, open(failed("x")))
	if d.Route != "next" || len(d.Passed) != 1 {
		t.Errorf("%+v, want the next route, and the empty one passed over", d)
	}
}
