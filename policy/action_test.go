package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestActionsAreMadeOfTheirValues(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		values Values
		want   Action
		text   string
	}{
		"retry by default": {
			action: "retry",
			want:   RetryAction{Max: 3, Backoff: Backoff{Initial: 5 * time.Second, Factor: 2, MaxDelay: 5 * time.Minute, Jitter: 0.25}, Workspace: KeepWorkspace},
			text:   "retry at most 3 times, after 5s, 10s, 20s, jitter ±25%",
		},
		"retry with every key": {
			action: "retry",
			values: Values{"max": 9, "backoff": "exponential", "initial": time.Minute, "factor": 3.0, "max-delay": time.Hour, "jitter": "full", "max-elapsed": 2 * time.Hour, "workspace": "clean"},
			want:   RetryAction{Max: 9, Backoff: Backoff{Initial: time.Minute, Factor: 3, MaxDelay: time.Hour, Jitter: FullJitter}, MaxElapsed: 2 * time.Hour, Workspace: CleanWorkspace},
			text:   "retry at most 9 times, after 1m, 3m, 9m, 27m, …, jitter full, with the files as the step found them",
		},
		"fixed retry": {
			action: "retry",
			values: Values{"backoff": "fixed", "jitter": 0.0, "max-delay": time.Duration(0)},
			want:   RetryAction{Max: 3, Backoff: Backoff{Initial: 5 * time.Second, Factor: 1}, Workspace: KeepWorkspace},
			text:   "retry at most 3 times, after 5s, 5s, 5s, jitter none",
		},
		"restart by default": {action: "restart", want: RestartAction{Max: 3, Workspace: CleanWorkspace}, text: "restart at most 3 times, from the first step on the fresh tip"},
		"restart from":       {action: "restart", values: Values{"max": 1, "from": "bump"}, want: RestartAction{Max: 1, From: "bump", Workspace: CleanWorkspace}, text: "restart at most once, from step bump on the fresh tip"},
		"restart where it is": {
			action: "restart", values: Values{"workspace": "keep"}, want: RestartAction{Max: 3, Workspace: KeepWorkspace},
			text: "restart at most 3 times, from the first step with the files as they are",
		},
		"restart in a fresh checkout": {
			action: "restart", values: Values{"workspace": "reset"}, want: RestartAction{Max: 3, Workspace: ResetWorkspace},
			text: "restart at most 3 times, from the first step on the fresh tip, without ignored files the run added",
		},
		"rerun by default":   {action: "rerun", want: RerunAction{Max: 1}, text: "rerun by the host, or else here, at most once in all"},
		"rerun here":         {action: "rerun", values: Values{"max": 2, "where": "here"}, want: RerunAction{Max: 2, Where: RerunHere}, text: "rerun here, at most 2 times in all"},
		"fail":               {action: "fail", want: FailAction{}, text: "fail"},
		"rollback":           {action: "rollback", want: RollbackAction{}, text: "rollback of what this run landed"},
		"run by default":     {action: "run", want: RunAction{Then: Fail}, text: "run recovery steps, then fail"},
		"run, then rollback": {action: "run", values: Values{"then": "rollback"}, want: RunAction{Then: RollBack}, text: "run recovery steps, then rollback"},
		"to":                 {action: "to", values: Values{"step": "cleanup"}, want: ToAction{Step: "cleanup"}, text: "go on at step cleanup"},
		"continue":           {action: "continue", want: ContinueAction{}, text: "continue with a warning"},
	} {
		t.Run(name, func(t *testing.T) {
			got := act(t, c.action, c.values)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Name() != c.action {
				t.Errorf("its name is %q", got.Name())
			}
			if got.String() != c.text {
				t.Errorf("it reads %q, want %q", got, c.text)
			}
		})
	}
}

func TestWrongValuesAreRefusedWithTheirCause(t *testing.T) {
	for _, c := range []struct {
		action string
		values Values
		want   string
	}{
		{"retry", Values{"max": 0}, "make retry: set max: 0 is less than 1"},
		{"retry", Values{"max": 1001}, "make retry: set max: 1001 is more than 1000"},
		{"retry", Values{"max": "3"}, "make retry: set max: a value of type int is wanted, not \"3\""},
		{"retry", Values{"initial": -time.Second}, "make retry: set initial: -1s is less than 0s"},
		{"retry", Values{"factor": 0.5}, "make retry: set factor: 0.5 is less than 1"},
		{"retry", Values{"jitter": 1.5}, "make retry: set jitter: 1.5 is more than 1"},
		{"retry", Values{"jitter": "some"}, "make retry: set jitter: a value of type float or one of full is wanted, not \"some\""},
		{"retry", Values{"backoff": "linear"}, "make retry: set backoff: one of exponential, fixed is wanted, not \"linear\""},
		{"retry", Values{"retries": 3}, "make retry: set retries: there is no such key"},
		{"retry", Values{"workspace": "fresh"}, "make retry: set workspace: one of keep, clean, reset is wanted, not \"fresh\""},
		{"restart", Values{"from": ""}, "make restart: set from: a value of type step id is wanted, not \"\""},
		{"rerun", Values{"where": "there"}, "make rerun: set where: one of host, here is wanted, not \"there\""},
		{"run", Values{"then": "retry"}, "make run: set then: one of fail, continue, rollback is wanted, not \"retry\""},
		{"to", nil, "make to: set step: a value is required"},
		{"fail", Values{"max": 1}, "make fail: set max: there is no such key"},
	} {
		info, _ := ActionNamed(c.action)
		a, err := info.Make(c.values)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %v: %v, %v; want the error %q", c.action, c.values, a, err, c.want)
		}
	}
}

func TestTheActionTableIsWhole(t *testing.T) {
	var names []string
	for _, info := range Actions() {
		names = append(names, info.Name)
		if !strings.HasSuffix(info.Means, ".") {
			t.Errorf("%s means %q, want a sentence", info.Name, info.Means)
		}
		bare := 0
		for _, k := range info.Keys {
			if k.Means == "" {
				t.Errorf("%s.%s does not say what it means", info.Name, k.Name)
			}
			if k.Default != nil {
				if err := k.Check(k.Default); err != nil {
					t.Errorf("%s.%s has a default it refuses: %v", info.Name, k.Name, err)
				}
			}
			if k.Bare {
				bare++
			}
		}
		if bare > 1 {
			t.Errorf("%s has %d keys that a bare value may fill", info.Name, bare)
		}
	}
	if diff := cmp.Diff([]string{"retry", "restart", "rerun", "fail", "rollback", "run", "to", "continue"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestKeysCheckEveryType(t *testing.T) {
	for _, c := range []struct {
		key       Key
		good, bad any
	}{
		{Key{Type: TypeString}, "", 1},
		{Key{Type: TypeInt}, 1, 1.0},
		{Key{Type: TypeDuration, Max: 60}, time.Minute, time.Hour},
		{Key{Type: TypeFloat}, 0.5, 1},
		{Key{Type: TypeBool}, false, "false"},
		{Key{Type: TypeEnum, Enum: []string{"a"}}, "a", "b"},
		{Key{Type: TypeStrings}, []string{"a"}, "a"},
		{Key{Type: TypeStep}, "a", ""},
		{Key{Type: TypeSteps}, nil, nil},
	} {
		if err := c.key.Check(c.good); err != nil && c.key.Type != TypeSteps {
			t.Errorf("%s refuses %v: %v", c.key.Type, c.good, err)
		}
		if err := c.key.Check(c.bad); err == nil {
			t.Errorf("%s takes %v", c.key.Type, c.bad)
		}
	}
}

// pause is an action that belay does not have.
type pause struct{ max int }

func (pause) Name() string   { return "pause" }
func (pause) String() string { return "pause" }
func (a pause) Next(_ Route, used Used, _ Situation) (Decision, Refusal) {
	if used.Visit == a.max {
		return Decision{}, Refusal{Reason: "slept enough"}
	}
	return Decision{Verb: "pause", N: used.Visit + 1, Max: a.max}, Refusal{}
}

func TestANinthActionNeedsNothingElse(t *testing.T) {
	routes := []Route{on("p", pause{max: 1}), on("end", ContinueAction{})}
	want := []choice{{"pause", "p", 1, 0}, {Verb: Continue, Route: "end"}}
	if diff := cmp.Diff(want, play(routes, failed("x"), failed("x"))); diff != "" {
		t.Error(diff)
	}
}
