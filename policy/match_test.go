package policy

import (
	"regexp"
	"testing"
)

func TestMatchKeysAndTogetherAndListsOr(t *testing.T) {
	f := Failure{Kind: GitConflict, ExitCode: 75, Signal: "KILL", Stdout: "out: lost", Stderr: "err: refused", Hint: HintRetry}
	for name, c := range map[string]struct {
		match Match
		want  bool
	}{
		"nothing asked":               {Match{}, true},
		"its kind":                    {Match{Kinds: []Kind{GitConflict}}, true},
		"its parent":                  {Match{Kinds: []Kind{"git"}}, true},
		"the start of its name":       {Match{Kinds: []Kind{"git.con"}}, false},
		"a child":                     {Match{Kinds: []Kind{"git.conflict.binary"}}, false},
		"one kind of a list":          {Match{Kinds: []Kind{Network, "git"}}, true},
		"another kind":                {Match{Kinds: []Kind{Network}}, false},
		"a range of exit codes":       {Match{ExitCodes: []Range{{1, 2}, {70, 79}}}, true},
		"other exit codes":            {Match{ExitCodes: []Range{{1, 74}, {76, 99}}}, false},
		"its signal":                  {Match{Signals: []string{"TERM", "KILL"}}, true},
		"its signal, written at will": {Match{Signals: []string{"sigkill"}}, true},
		"another signal":              {Match{Signals: []string{"TERM"}}, false},
		"its stdout":                  {Match{Stdout: regexp.MustCompile("lost$")}, true},
		"stdout that stderr has":      {Match{Stdout: regexp.MustCompile("refused")}, false},
		"its stderr":                  {Match{Stderr: regexp.MustCompile("^err")}, true},
		"stderr that stdout has":      {Match{Stderr: regexp.MustCompile("lost")}, false},
		"its hint":                    {Match{Hints: []Hint{HintFail, HintRetry}}, true},
		"another hint":                {Match{Hints: []Hint{HintFail}}, false},
		"all keys agree":              {Match{Kinds: []Kind{"git"}, ExitCodes: []Range{{75, 75}}, Hints: []Hint{HintRetry}}, true},
		"one key of two does not":     {Match{Kinds: []Kind{"git"}, ExitCodes: []Range{{1, 1}}}, false},
	} {
		if got := c.match.Matches(f); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if (Match{Signals: []string{""}}).Matches(Failure{}) || (Match{Hints: []Hint{""}}).Matches(Failure{}) {
		t.Error("an empty signal or hint matches a failure that has none")
	}
}

func TestCovers(t *testing.T) {
	codes := func(r ...Range) Match { return Match{ExitCodes: r} }
	lost := Match{Stderr: regexp.MustCompile("lost")}
	for name, c := range map[string]struct {
		earlier, later Match
		want           bool
	}{
		"everything covers all":             {Match{}, Match{Kinds: []Kind{"a"}, ExitCodes: []Range{{1, 1}}}, true},
		"everything under a condition":      {Match{If: true}, Match{}, false},
		"a condition on the later":          {Match{}, Match{If: true}, true},
		"a kind covers itself":              {Match{Kinds: []Kind{"git"}}, Match{Kinds: []Kind{"git"}}, true},
		"a parent covers its children":      {Match{Kinds: []Kind{"git", "a"}}, Match{Kinds: []Kind{GitConflict, GitRace}}, true},
		"a child does not cover its parent": {Match{Kinds: []Kind{GitConflict}}, Match{Kinds: []Kind{"git"}}, false},
		"one of two kinds":                  {Match{Kinds: []Kind{"a"}}, Match{Kinds: []Kind{"a", "b"}}, false},
		"a kind does not cover everything":  {Match{Kinds: []Kind{"a"}}, Match{}, false},
		"ranges that touch":                 {codes(Range{5, 9}, Range{1, 4}), codes(Range{2, 8}), true},
		"ranges with a gap":                 {codes(Range{1, 4}, Range{6, 9}), codes(Range{2, 8}), false},
		"a range within another":            {codes(Range{1, 9}, Range{2, 3}), codes(Range{8, 9}, Range{1, 1}), true},
		"the same pattern":                  {lost, Match{Stderr: regexp.MustCompile("lost"), Kinds: []Kind{"a"}}, true},
		"another pattern":                   {lost, Match{Stderr: regexp.MustCompile("lost!")}, false},
		"the other stream":                  {lost, Match{Stdout: lost.Stderr}, false},
		"the same signal":                   {Match{Signals: []string{"KILL", "TERM"}}, Match{Signals: []string{"SIGKILL"}}, true},
		"another hint":                      {Match{Hints: []Hint{HintRetry}}, Match{Hints: []Hint{HintFail}}, false},
	} {
		if got := Covers(c.earlier, c.later); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestOnlyARouteThatNeverFallsThroughHidesAnother(t *testing.T) {
	for _, info := range Actions() {
		v := Values{}
		if info.Name == "to" {
			v["step"] = "z"
		}
		routes := []Route{on("above", act(t, info.Name, v), "git"), on("below", FailAction{}, GitConflict), on("other", FailAction{}, Network)}
		hides := info.Name == "fail" || info.Name == "run" || info.Name == "continue"
		if by, got := Unreachable(routes, 1); got != hides || by != 0 {
			t.Errorf("%s hides what it covers: %v, want %v", info.Name, got, hides)
		}
		if _, got := Unreachable(routes, 2); got {
			t.Errorf("%s hides what it does not cover", info.Name)
		}
		s := open(failed(GitRace))
		if d, _ := Decide(routes, Counters{}, s); info.Ends && d.Route != "above" {
			t.Errorf("%s is said to act always, and does not", info.Name)
		}
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string]Range{
		"75": {75, 75}, "70-79": {70, 79}, " 70 - 79 ": {70, 79}, "0": {}, "7-7": {7, 7}, "2147483646": {2147483646, 2147483646},
	} {
		if got, err := ParseRange(text); err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "-1", "9-7", "7-", "a", "1-2-3", "0x10", "99999999999999999999"} {
		if got, err := ParseRange(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for _, r := range []Range{{7, 7}, {70, 79}} {
		if got, err := ParseRange(r.String()); err != nil || got != r {
			t.Errorf("%v does not read as it is written: %v %v", r, got, err)
		}
	}
}
