package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The tests of this file are named after the semantics of a policy, in their order.

func TestEveryFailureWalksTheListFromTheTop(t *testing.T) {
	routes := []Route{
		on("a", fixed(2, time.Second), "a"),
		on("b", fixed(2, 2*time.Second), "b"),
	}
	want := []choice{{Retry, "b", 1, 2 * time.Second}, {Retry, "a", 1, time.Second}, {Retry, "b", 2, 2 * time.Second}, {Retry, "a", 2, time.Second}, {Verb: Fail}}
	if diff := cmp.Diff(want, play(routes, failed("b"), failed("a"), failed("b"), failed("a"), failed("a"))); diff != "" {
		t.Error(diff)
	}
}

func TestCountersBelongToTheRouteWithinOneVisit(t *testing.T) {
	routes := []Route{on("r", fixed(1, time.Second))}
	_, c := Decide(routes, Counters{}, open(failed("x")))
	if d, _ := Decide(routes, c, open(failed("x"))); d.Verb != Fail {
		t.Errorf("a second failure of the visit: %s, want fail", d.Verb)
	}
	if d, _ := Decide(routes, c.NewVisit(), open(failed("x"))); d.Verb != Retry || d.N != 1 {
		t.Errorf("the first failure of the next visit: %s %d, want retry 1", d.Verb, d.N)
	}
}

// AWS documents this case for Step Functions under "Complex retry scenarios" (Amazon States Language, Errors).
func TestASpentRouteIsSkippedAndOnlyThatOne(t *testing.T) {
	routes := []Route{
		on("R1", RetryAction{Max: 2, Backoff: Backoff{Initial: time.Second, Factor: 2}}, "a", "b"),
		on("R2", RetryAction{Max: 3, Backoff: Backoff{Initial: 5 * time.Second, Factor: 2}}, "c"),
		on("catch", ToAction{Step: "z"}),
	}
	want := []choice{{Retry, "R1", 1, time.Second}, {Retry, "R1", 2, 2 * time.Second}, {Retry, "R2", 1, 5 * time.Second}, {Verb: GoTo, Route: "catch"}}
	if diff := cmp.Diff(want, play(routes, failed("a"), failed("b"), failed("c"), failed("b"))); diff != "" {
		t.Error(diff)
	}
}

func TestALaterRetryRouteIsASlowerTier(t *testing.T) {
	routes := []Route{on("fast", fixed(2, time.Second)), on("slow", fixed(1, time.Minute)), on("end", FailAction{})}
	want := []choice{{Retry, "fast", 1, time.Second}, {Retry, "fast", 2, time.Second}, {Retry, "slow", 1, time.Minute}, {Verb: Fail, Route: "end"}}
	if diff := cmp.Diff(want, play(routes, failed("x"), failed("x"), failed("x"), failed("x"))); diff != "" {
		t.Error(diff)
	}
}

func TestARetryAfterIsAFloor(t *testing.T) {
	routes := []Route{on("r", RetryAction{Max: 3, Backoff: Backoff{Initial: 5 * time.Second, MaxDelay: time.Minute}})}
	for name, c := range map[string]struct {
		asked, want time.Duration
		hinted      bool
	}{
		"shorter than the route's own wait": {asked: time.Second, want: 5 * time.Second},
		"as long as the route's own wait":   {asked: 5 * time.Second, want: 5 * time.Second},
		"longer":                            {asked: 30 * time.Second, want: 30 * time.Second, hinted: true},
		"longer than max-delay":             {asked: time.Hour, want: time.Hour, hinted: true},
	} {
		f := failed("x")
		f.RetryAfter = c.asked
		d, _ := Decide(routes, Counters{}, open(f))
		if d.Verb != Retry || d.Delay != c.want || d.Hinted != c.hinted {
			t.Errorf("%s: %s after %s, hinted %v; want retry after %s, hinted %v", name, d.Verb, d.Delay, d.Hinted, c.want, c.hinted)
		}
	}
}

func TestAWaitThatDoesNotFitSpendsTheRouteAtOnce(t *testing.T) {
	limited := fixed(3, 10*time.Second)
	limited.MaxElapsed = time.Minute
	for name, c := range map[string]struct {
		situation func(*Situation)
		want      Verb
		reason    string
	}{
		"fits max-elapsed to the second":     {situation: func(s *Situation) { s.Elapsed = 50 * time.Second }, want: Retry},
		"passes max-elapsed":                 {situation: func(s *Situation) { s.Elapsed = 51 * time.Second }, want: Fail, reason: "the wait of 10s does not fit what is left of max-elapsed 1m"},
		"fits before the deadline":           {situation: func(s *Situation) { s.NoDeadline, s.Left = false, 10*time.Second }, want: Retry},
		"passes the deadline":                {situation: func(s *Situation) { s.NoDeadline, s.Left = false, 9*time.Second }, want: Fail, reason: "the wait of 10s does not fit the 9s left before the deadline"},
		"asks for more than is left":         {situation: func(s *Situation) { s.Failure.RetryAfter = time.Hour }, want: Fail, reason: "the wait of 1h does not fit what is left of max-elapsed 1m"},
		"comes when the deadline is here":    {situation: func(s *Situation) { s.NoDeadline = false }, want: Fail, reason: noTime},
		"fits the step's total-timeout":      {situation: func(s *Situation) { s.Elapsed, s.TotalTimeout = 19*time.Second, 30*time.Second }, want: Retry},
		"leaves nothing of total-timeout":    {situation: func(s *Situation) { s.Elapsed, s.TotalTimeout = 20*time.Second, 30*time.Second }, want: Fail, reason: "the wait of 10s does not fit what is left of the step's total-timeout 30s"},
		"comes when total-timeout is over":   {situation: func(s *Situation) { s.Elapsed, s.TotalTimeout = 31*time.Second, 30*time.Second }, want: Fail, reason: "the wait of 10s does not fit what is left of the step's total-timeout 30s"},
		"does not count without a deadline":  {situation: func(s *Situation) { s.Left = -time.Hour }, want: Retry},
		"comes with the run.deadline itself": {situation: func(s *Situation) { s.Failure.Kind = RunDeadline }, want: Fail, reason: noTime},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(failed("x"))
			c.situation(&s)
			d, _ := Decide([]Route{on("r", limited)}, Counters{}, s)
			if d.Verb != c.want || d.Delay != 0 && d.Verb != Retry {
				t.Errorf("%s after %s, want %s", d.Verb, d.Delay, c.want)
			}
			var want []Passed
			if c.reason != "" {
				want = []Passed{{"r", "retry", c.reason}}
			}
			if diff := cmp.Diff(want, d.Passed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARouteSpentByItsWaitStaysSpentInTheVisit(t *testing.T) {
	limited := fixed(3, time.Minute)
	limited.MaxElapsed = 20 * time.Minute
	routes := []Route{on("r", fixed(3, time.Second)), on("limited", limited)}
	s := open(failed("x"))
	s.NoDeadline, s.Left = false, 10*time.Minute
	s.Failure.RetryAfter = time.Hour
	d, c := Decide(routes, Counters{}, s)
	if d.Verb != Fail || len(d.Passed) != 2 {
		t.Fatalf("a wait of an hour: %+v, want both routes passed over", d)
	}
	s.Failure.RetryAfter = 0
	if d, _ := Decide(routes, c, s); d.Verb != Fail {
		t.Errorf("later in the visit: %+v, want the routes spent still", d)
	} else if diff := cmp.Diff([]Passed{
		{"r", "retry", "the wait of 1h does not fit the 10m left before the deadline"},
		{"limited", "retry", "the wait of 1h does not fit what is left of max-elapsed 20m"},
	}, d.Passed); diff != "" {
		t.Error(diff)
	}
	if d, _ := Decide(routes, c.NewVisit(), s); d.Verb != Retry {
		t.Errorf("in the next visit: %s, want retry", d.Verb)
	}
}

func TestRetryableFalseSkipsRetryRestartAndRerunForThatFailure(t *testing.T) {
	routes := []Route{
		on("retry", fixed(3, 0)), on("restart", RestartAction{Max: 3}), on("rerun", RerunAction{Max: 3}), on("rollback", RollbackAction{}),
	}
	final := failed("x")
	final.Final = true
	d, c := Decide(routes, Counters{}, open(final))
	if d.Verb != RollBack || len(d.Passed) != 3 {
		t.Errorf("%+v, want a rollback with three routes passed over", d)
	}
	for _, p := range d.Passed {
		if p.Reason != finalFailure {
			t.Errorf("%s is passed over because %q", p.Route, p.Reason)
		}
	}
	if d, _ := Decide(routes, c, open(failed("x"))); d.Verb != Retry || d.N != 1 {
		t.Errorf("the next failure: %s %d, want retry 1", d.Verb, d.N)
	}
}

func TestRestartIsUnavailableOnceSomethingLanded(t *testing.T) {
	routes := []Route{on("restart", RestartAction{Max: 3, From: "bump"}), on("rollback", RollbackAction{})}
	s := open(failed("x"))
	if d, _ := Decide(routes, Counters{}, s); d.Verb != RollBack {
		t.Errorf("with something landed: %s, want the fall to rollback", d.Verb)
	}
	s.Landed = false
	if d, _ := Decide(routes, Counters{}, s); d.Verb != Restart || d.From != "bump" || d.N != 1 || d.Max != 3 {
		t.Errorf("with nothing landed: %+v, want restart 1 of 3 from bump", d)
	}
}

func TestRestartCountsPerRunAndNotPerVisit(t *testing.T) {
	routes := []Route{on("r", RestartAction{Max: 2})}
	s := open(failed("x"))
	s.Landed = false
	var c Counters
	for _, want := range []choice{{Restart, "r", 1, 0}, {Restart, "r", 2, 0}, {Verb: Fail}} {
		var d Decision
		d, c = Decide(routes, c.NewVisit(), s)
		if chosen(d) != want {
			t.Errorf("%+v, want %+v", chosen(d), want)
		}
	}
}

func TestRollbackHappensAtMostOnceARunAndOnlyForWhatLanded(t *testing.T) {
	routes := []Route{on("rollback", RollbackAction{}), on("after", FailAction{})}
	for name, c := range map[string]struct {
		situation func(*Situation)
		want      string
		reason    string
	}{
		"something landed":        {situation: func(*Situation) {}, want: "rollback"},
		"nothing landed":          {situation: func(s *Situation) { s.Landed = false }, want: "after", reason: "this run landed nothing"},
		"it is rolled back":       {situation: func(s *Situation) { s.RolledBack = true }, want: "after", reason: "this run was rolled back already"},
		"it is a rollback itself": {situation: func(s *Situation) { s.IsRollback = true }, want: "after", reason: "this run is itself a rollback"},
		"landing is unknown":      {situation: func(s *Situation) { s.Failure.Kind = GitUnknown }, want: "after", reason: unknownLanding},
		"the deadline came":       {situation: func(s *Situation) { s.Failure.Kind = RunDeadline }, want: "rollback"},
	} {
		s := open(failed("x"))
		c.situation(&s)
		d, _ := Decide(routes, Counters{}, s)
		if d.Route != c.want || c.reason != "" && d.Passed[0].Reason != c.reason {
			t.Errorf("%s: route %q, passed %v; want %q, because %q", name, d.Route, d.Passed, c.want, c.reason)
		}
	}
}

func TestRollbackHappensOnceOverAllItsRoutesAndVisits(t *testing.T) {
	_, c := Decide([]Route{on("step's own", RollbackAction{})}, Counters{}, open(failed("x")))
	if d, _ := Decide([]Route{on("policy's", RollbackAction{})}, c.NewVisit(), open(failed("x"))); d.Verb != Fail {
		t.Errorf("a second rollback in the run: %s, want fail", d.Verb)
	}
}

func TestRerunIsBoundedByTheLineage(t *testing.T) {
	for name, c := range map[string]struct {
		action    RerunAction
		situation Situation
		verb      Verb
		where     string
		reason    string
	}{
		"the host can":                           {verb: Rerun, where: RerunHost},
		"the host can't":                         {situation: Situation{RerunHostRefused: "no host"}, verb: Rerun, where: RerunHere},
		"neither can":                            {situation: Situation{RerunHostRefused: "no host", RerunHereRefused: "no clone"}, verb: Fail, reason: "no host; no clone"},
		"the host is asked for and can't":        {action: RerunAction{Where: RerunHost}, situation: Situation{RerunHostRefused: "no host"}, verb: Fail, reason: "no host"},
		"here is asked for":                      {action: RerunAction{Where: RerunHere}, verb: Rerun, where: RerunHere},
		"here is asked for and can't":            {action: RerunAction{Where: RerunHere}, situation: Situation{RerunHereRefused: "no clone"}, verb: Fail, reason: "no clone"},
		"the lineage has its one new run":        {situation: Situation{Reruns: 1}, verb: Fail, reason: "used up: 1 of 1"},
		"the host can after the deadline":        {situation: Situation{Failure: failed(RunDeadline)}, verb: Rerun, where: RerunHost},
		"here can't after the deadline":          {action: RerunAction{Where: RerunHere}, situation: Situation{Failure: failed(RunDeadline)}, verb: Fail, reason: noTime},
		"landed commits do not stand in its way": {situation: Situation{Landed: true}, verb: Rerun, where: RerunHost},
	} {
		t.Run(name, func(t *testing.T) {
			c.action.Max, c.situation.NoDeadline = 1, true
			d, _ := Decide([]Route{on("r", c.action)}, Counters{}, c.situation)
			if d.Verb != c.verb || d.Verb == Rerun && (d.Where != c.where || d.N != 1 || d.Max != 1) {
				t.Errorf("%+v, want %s %s 1 of 1", d, c.verb, c.where)
			}
			if c.reason != "" && (len(d.Passed) != 1 || d.Passed[0].Reason != c.reason) {
				t.Errorf("passed over %v, want %q", d.Passed, c.reason)
			}
		})
	}
}

func TestCancellationRunsNoRoute(t *testing.T) {
	for _, info := range Actions() {
		v := Values{}
		if info.Name == "to" {
			v["step"] = "z"
		}
		routes := []Route{on("r", act(t, info.Name, v))}
		s := open(failed("x"))
		s.Cancelled = true
		for _, s := range []Situation{s, open(failed(Cancelled))} {
			d, c := Decide(routes, Counters{}, s)
			if diff := cmp.Diff(Decision{Verb: Fail, Action: "fail"}, d); diff != "" {
				t.Errorf("%s: %s", info.Name, diff)
			}
			if c.Used(routes[0]) != (Used{}) {
				t.Errorf("%s counted %+v", info.Name, c.Used(routes[0]))
			}
		}
	}
}

func TestAfterTheLastRouteTheRunFailsAndNamesTheSpentRoutes(t *testing.T) {
	routes := []Route{
		on("other", FailAction{}, "other"), on("spent", fixed(1, 0)), on("restart", RestartAction{Max: 1}), on("rollback", RollbackAction{}),
	}
	_, c := Decide(routes, Counters{}, open(failed("x")))
	s := open(failed("x"))
	s.Landed, s.RefreshRefused = false, "the work tree had uncommitted changes when the run began"
	d, _ := Decide(routes, c, s)
	want := Decision{Verb: Fail, Action: "fail", Passed: []Passed{
		{"spent", "retry", "used up: 1 of 1"}, {"restart", "restart", s.RefreshRefused}, {"rollback", "rollback", "this run landed nothing"},
	}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}

func TestSomeKindsAreRetriedOnlyWhereARouteNamesThem(t *testing.T) {
	for _, info := range Kinds() {
		for name, c := range map[string]struct {
			match Match
			named bool
		}{
			"its own name":       {match: Match{Kinds: []Kind{info.Kind}}, named: true},
			"its name in a list": {match: Match{Kinds: []Kind{"other", info.Kind}}, named: true},
			"everything":         {match: Match{}},
			"its parent":         {match: Match{Kinds: []Kind{"step", "git", "forge", "run", "rollback", "network"}}, named: info.Kind == Network},
			"its exit code":      {match: Match{ExitCodes: []Range{{1, 1}}}},
		} {
			d, _ := Decide([]Route{{ID: "r", Match: c.match, Action: fixed(1, 0)}}, Counters{}, open(failed(info.Kind)))
			can := info.Kind != RunDeadline && info.Kind != RunBudget
			if want := can && (c.named || !info.NamedOnly); (d.Verb == Retry) != want {
				t.Errorf("%s matched by %s: %s, want retry %v", info.Kind, name, d.Verb, want)
			}
		}
	}
	for _, k := range []Kind{GitConflict, StepStart, StepErrorFile} {
		if info, _ := k.Info(); !info.NamedOnly {
			t.Errorf("%s is retried by any route", k)
		}
	}
}

func TestAGroupTakesEveryActionButRetry(t *testing.T) {
	routes := []Route{on("retry", fixed(1, 0)), on("restart", RestartAction{Max: 1})}
	item := open(failed("x"))
	item.Landed = false
	d, ofItem := Decide(routes, Counters{}, item)
	if d.Verb != Retry {
		t.Fatalf("an item's first failure: %s, want retry", d.Verb)
	}
	if d, _ := Decide(routes, ofItem, item); d.Verb != Restart {
		t.Fatalf("an item's last failure: %s, want restart", d.Verb)
	}
	group := item
	group.Group = true
	d, _ = Decide(routes, Counters{}, group)
	if d.Verb != Restart || d.N != 1 || len(d.Passed) != 1 {
		t.Errorf("the group: %+v, want the first restart with retry passed over", d)
	}
}
