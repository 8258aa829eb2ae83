package policy

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAKindComesFromTheFirstThatApplies(t *testing.T) {
	rules := []Classification{{ExitCodes: []Range{{0, 255}}, Kind: "by.rule"}}
	all := Observation{
		Cancelled: true, TimedOut: true, StartError: "no shell", RaisedError: "not JSON",
		Raised: &Raised{Kind: "by.file"}, Rules: rules, ExitCode: -1, Signal: "KILL",
	}
	// Each entry takes away what the one before it was decided by.
	for _, c := range []struct {
		without func(*Observation)
		want    Kind
	}{
		{func(*Observation) {}, Cancelled},
		{func(o *Observation) { o.Cancelled = false }, StepTimeout},
		{func(o *Observation) { o.TimedOut = false }, StepStart},
		{func(o *Observation) { o.StartError = "" }, StepErrorFile},
		{func(o *Observation) { o.RaisedError = "" }, "by.file"},
		{func(o *Observation) { o.Raised = nil }, "by.rule"},
		{func(o *Observation) { o.Rules = nil }, StepSignal},
		{func(o *Observation) { o.Signal, o.ExitCode = "", 3 }, StepExit},
	} {
		c.without(&all)
		f, failed := Observe(all)
		if !failed || f.Kind != c.want {
			t.Errorf("%q %v, want %q", f.Kind, failed, c.want)
		}
		if f.Message == "" {
			t.Errorf("%q says nothing", f.Kind)
		}
	}
	all.ExitCode = 0
	if f, failed := Observe(all); failed {
		t.Errorf("exit code 0 is %+v, want success", f)
	}
}

func TestExitCodesAndSignalsAreNormalisedBothWays(t *testing.T) {
	for name, c := range map[string]struct {
		code   int
		signal string
		want   Failure
	}{
		"killed itself":                   {-1, "KILL", Failure{Kind: StepSignal, ExitCode: 137, Signal: "KILL"}},
		"the shell saw it":                {137, "", Failure{Kind: StepSignal, ExitCode: 137, Signal: "KILL"}},
		"written in full":                 {-1, "SIGTERM", Failure{Kind: StepSignal, ExitCode: 143, Signal: "TERM"}},
		"a signal beside exit code 0":     {0, "SEGV", Failure{Kind: StepSignal, ExitCode: 139, Signal: "SEGV"}},
		"INT":                             {130, "", Failure{Kind: StepSignal, ExitCode: 130, Signal: "INT"}},
		"QUIT":                            {131, "", Failure{Kind: StepSignal, ExitCode: 131, Signal: "QUIT"}},
		"ABRT":                            {134, "", Failure{Kind: StepSignal, ExitCode: 134, Signal: "ABRT"}},
		"BUS":                             {135, "", Failure{Kind: StepSignal, ExitCode: 135, Signal: "BUS"}},
		"FPE":                             {136, "", Failure{Kind: StepSignal, ExitCode: 136, Signal: "FPE"}},
		"PIPE":                            {141, "", Failure{Kind: StepSignal, ExitCode: 141, Signal: "PIPE"}},
		"git called wrongly":              {129, "", Failure{Kind: StepExit, ExitCode: 129}},
		"hung up":                         {-1, "HUP", Failure{Kind: StepSignal, ExitCode: -1, Signal: "HUP"}},
		"a code that is BUS elsewhere":    {138, "", Failure{Kind: StepExit, ExitCode: 138}},
		"the signal where both are known": {137, "TERM", Failure{Kind: StepSignal, ExitCode: 143, Signal: "TERM"}},
		"an exit code":                    {3, "", Failure{Kind: StepExit, ExitCode: 3}},
		"neither exit code nor signal":    {-1, "", Failure{Kind: StepExit, ExitCode: -1}},
		"a signal belay has not heard of": {-1, "RTMIN+1", Failure{Kind: StepSignal, ExitCode: -1, Signal: "RTMIN+1"}},
	} {
		f, failed := Observe(Observation{ExitCode: c.code, Signal: c.signal})
		f.Message = ""
		if diff := cmp.Diff(c.want, f); diff != "" || !failed {
			t.Errorf("%s: failed %v, %s", name, failed, diff)
		}
	}
}

func TestBelaysOwnKillIsATimeoutAndLooksLikeNoSignal(t *testing.T) {
	for name, o := range map[string]Observation{
		"killed":                   {TimedOut: true, ExitCode: -1, Signal: "KILL"},
		"the step's trap exits 0":  {TimedOut: true},
		"the step's trap exits 75": {TimedOut: true, ExitCode: 75},
	} {
		f, failed := Observe(o)
		if !failed || f.Kind != StepTimeout || f.ExitCode != -1 || f.Signal != "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAnErrorFileIsAFailureWhateverTheExitCode(t *testing.T) {
	no, yes := false, true
	for name, c := range map[string]struct {
		code   int
		raised Raised
		want   Failure
	}{
		"all it can say": {
			0, Raised{Kind: "db.locked", Message: "locked", Details: map[string]any{"table": "t"}, RetryAfter: time.Minute, Retryable: &no, Hint: HintRollback},
			Failure{Kind: "db.locked", Message: "locked", Details: map[string]any{"table": "t"}, RetryAfter: time.Minute, Final: true, Hint: HintRollback},
		},
		"retryable: true":                 {1, Raised{Kind: "db", Message: "m", Retryable: &yes}, Failure{Kind: "db", Message: "m", ExitCode: 1}},
		"no message":                      {1, Raised{Kind: "db"}, Failure{Kind: "db", Message: "the step ended with exit code 1", ExitCode: 1}},
		"no kind":                         {1, Raised{Message: "m"}, Failure{Kind: StepExit, Message: "m", ExitCode: 1}},
		"no kind, and a rule":             {75, Raised{Message: "m"}, Failure{Kind: "transient", Message: "m", ExitCode: 75}},
		"a kind, and a rule":              {75, Raised{Kind: "db", Message: "m"}, Failure{Kind: "db", Message: "m", ExitCode: 75}},
		"no kind, and a signal":           {137, Raised{Message: "m"}, Failure{Kind: StepSignal, Message: "m", ExitCode: 137, Signal: "KILL"}},
		"nothing at all, and exit code 0": {0, Raised{}, Failure{Kind: StepExit, Message: "the step ended with exit code 0"}},
	} {
		rules := []Classification{{ExitCodes: []Range{{75, 75}}, Kind: "transient"}}
		f, failed := Observe(Observation{ExitCode: c.code, Raised: &c.raised, Rules: rules})
		if diff := cmp.Diff(c.want, f); diff != "" || !failed {
			t.Errorf("%s: failed %v, %s", name, failed, diff)
		}
	}
}

func TestAnErrorFileMaySayOnlyWhatIsTheSteps(t *testing.T) {
	for name, c := range map[string]struct {
		raised Raised
		want   string
	}{
		"a kind of belay's":      {Raised{Kind: GitConflict}, `kind "git.conflict" is one of belay's own`},
		"a kind under belay's":   {Raised{Kind: "step.mine"}, `kind "step.mine" is one of belay's own`},
		"cancelled":              {Raised{Kind: Cancelled}, `kind "cancelled" is one of belay's own`},
		"no name for a kind":     {Raised{Kind: "DB Locked"}, `kind "DB Locked" is not a dotted lower-case name`},
		"an unknown hint":        {Raised{Kind: "db", Hint: "panic"}, `hint "panic" is not one of`},
		"a negative retry-after": {Raised{Kind: "db", RetryAfter: -1}, `retry-after -1ns is negative`},
	} {
		f, failed := Observe(Observation{Raised: &c.raised})
		if !failed || f.Kind != StepErrorFile || !strings.Contains(f.Message, c.want) {
			t.Errorf("%s: %q %q, want %s with %q", name, f.Kind, f.Message, StepErrorFile, c.want)
		}
		f, _ = Observe(Observation{TimedOut: true, Raised: &c.raised})
		if f.Kind != StepTimeout || f.Details != nil || f.Hint != "" {
			t.Errorf("%s, at a timeout: %+v, want nothing of it kept", name, f)
		}
	}
}

func TestAtATimeoutTheErrorFilesAdviceStands(t *testing.T) {
	no := false
	r := Raised{Kind: "db.locked", Message: "locked", Retryable: &no, Hint: HintRollback, RetryAfter: time.Minute}
	f, _ := Observe(Observation{TimedOut: true, Raised: &r})
	if f.Kind != StepTimeout || !f.Final || f.Hint != HintRollback || f.RetryAfter != time.Minute {
		t.Errorf("%+v, want the timeout with the step's advice", f)
	}
	want := map[string]any{"partial": map[string]any{"kind": "db.locked", "message": "locked", "details": map[string]any(nil)}}
	if diff := cmp.Diff(want, f.Details); diff != "" {
		t.Error(diff)
	}
}

func TestClassifyTakesTheFirstRuleThatAgrees(t *testing.T) {
	rules := []Classification{
		{ExitCodes: []Range{{75, 75}}, Stderr: regexp.MustCompile("(?i)locked"), Kind: "db.locked"},
		{ExitCodes: []Range{{70, 79}}, Kind: "transient"},
		{Signals: []string{"SIGKILL"}, Kind: "memory"},
		{Stdout: regexp.MustCompile("^FLAKY"), Kind: "flaky"},
	}
	for name, c := range map[string]struct {
		observation Observation
		want        Kind
	}{
		"both keys agree":      {Observation{ExitCode: 75, Stderr: "database is LOCKED"}, "db.locked"},
		"one of two keys":      {Observation{ExitCode: 75, Stderr: "gone"}, "transient"},
		"by signal":            {Observation{ExitCode: -1, Signal: "KILL"}, "memory"},
		"by the shell's words": {Observation{ExitCode: 137}, "memory"},
		"by stdout":            {Observation{ExitCode: 1, Stdout: "FLAKY test"}, "flaky"},
		"none":                 {Observation{ExitCode: 1}, StepExit},
	} {
		c.observation.Rules = rules
		if f, _ := Observe(c.observation); f.Kind != c.want {
			t.Errorf("%s: %q, want %q", name, f.Kind, c.want)
		}
	}
	if f, failed := Observe(Observation{Stdout: "FLAKY test", Rules: rules}); failed {
		t.Errorf("a rule made a failure of a success: %+v", f)
	}
}
