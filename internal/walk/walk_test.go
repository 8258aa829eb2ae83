package walk

import (
	"fmt"
	"testing"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

// steps reads the text of a steps file's list.
func steps(t *testing.T, text string) []spec.Step {
	t.Helper()
	f := source.File{Name: "steps.yml", Data: []byte("version: 1\nsteps:\n" + text)}
	file, problems := spec.ReadSteps(f, nil)
	if len(problems) > 0 {
		t.Fatal(problems.Render(f))
	}
	return file.Steps
}

func TestWhichStepComesNext(t *testing.T) {
	list := steps(t, "  - {id: a, run: x}\n  - {id: b, run: x}\n  - {id: c, run: x}\n")
	tests := map[string]struct {
		jump Jump
		want int
	}{
		"the next one":                      {Jump{}, 2},
		"one that is named":                 {Jump{To: "c"}, 2},
		"the first, of a restart":           {Jump{Restart: true}, 0},
		"the one a restart begins with":     {Jump{To: "b", Restart: true}, 1},
		"one that is in another list":       {Jump{To: "elsewhere"}, 2},
		"the first, for what is not listed": {Jump{To: "elsewhere", Restart: true}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.jump.From(list, 1); got != test.want {
				t.Errorf("the step %d, want %d", got, test.want)
			}
		})
	}
}

func TestWhichStepIsWanted(t *testing.T) {
	const stopped, failed = "the run was cancelled", "an earlier step failed"
	tests := map[string]struct {
		condition string
		standing  Standing
		want      bool
		why       string
	}{
		"one without a condition":              {"", Standing{Section: Main}, true, ""},
		"after a failure":                      {"", Standing{Section: Main, Failed: true}, false, failed},
		"in finally, after a failure":          {"", Standing{Section: Finally, Failed: true}, true, ""},
		"after a cancellation":                 {"always()", Standing{Section: Main, Cancelled: true}, false, stopped},
		"in a file, after a cancellation":      {"", Standing{Section: Main, Cancelled: true, In: Inside{Routes: "a/"}}, false, "the step that runs this file was stopped"},
		"in finally, after a cancellation":     {"", Standing{Section: Finally, Cancelled: true}, true, ""},
		"one that asks for a failure":          {"failure()", Standing{Section: Main, Failed: true}, true, ""},
		"one that asks for none":               {"success()", Standing{Section: Main, Failed: true}, false, "its `if` is false: success()"},
		"a condition implies success()":        {"true", Standing{Section: Main, Failed: true}, false, "its `if` is false: true"},
		"and in finally it does not":           {"true", Standing{Section: Finally, Failed: true}, true, ""},
		"one that asks in finally is told":     {"success()", Standing{Section: Finally, Failed: true}, false, "its `if` is false: success()"},
		"one that asks for a step's end":       {"status('a') == 'failure'", Standing{Section: Main, Failed: true, Steps: map[string]expr.StepValue{"a": {Conclusion: "failure"}}}, true, ""},
		"one that asks whether it was stopped": {"cancelled()", Standing{Section: Finally, Cancelled: true}, true, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := "  - {id: a, run: x}\n  - id: b\n    run: x\n"
			if test.condition != "" {
				list += fmt.Sprintf("    if: %q\n", test.condition)
			}
			got, why, err := test.standing.Wanted(steps(t, list)[1], func() expr.Values { return expr.Values{} })
			if !got {
				why = "no: " + why
			} else {
				why = "yes"
			}
			want := "yes"
			if !test.want {
				want = "no: " + test.why
			}
			if why != want || err != nil {
				t.Errorf("%s, want %s; %v", why, want, err)
			}
		})
	}
}

func TestAConditionThatCanNotBeEvaluatedIsAnError(t *testing.T) {
	step := steps(t, "  - {id: a, run: x, if: \"int(env.N) > 1\"}\n")[0]
	if _, _, err := (Standing{Section: Main}).Wanted(step, func() expr.Values { return expr.Values{Env: map[string]string{"N": "many"}} }); err == nil {
		t.Error("it was evaluated")
	}
}

func TestWhatIsRefused(t *testing.T) {
	list := steps(t, "  - {id: a, run: x}\n  - {id: b, run: x, idempotent: false}\n")
	if RetryRefused(list[0], policy.StepExit) != "" || RetryRefused(list[1], policy.StepExit) == "" || RetryRefused(list[1], policy.StepStart) != "" {
		t.Error("only a step that says so, and began, can't be executed again")
	}
	tests := map[string]struct {
		section string
		failed  bool
		in      Inside
		want    string
	}{
		"of a step":                     {Main, false, Inside{}, ""},
		"of a step in a file":           {Main, false, Inside{Routes: "a/"}, ""},
		"of a step of finally":          {Finally, false, Inside{}, "only the steps themselves can be started again, not finally"},
		"of one in a file of finally":   {Main, false, Inside{Routes: "a/", Section: Finally}, "only the steps themselves can be started again, not finally"},
		"of a step after a failed step": {Main, true, Inside{}, "an earlier step failed, and what follows it would only be skipped again"},
	}
	for name, test := range tests {
		t.Run("a restart "+name, func(t *testing.T) {
			if got := RestartRefused(test.section, test.failed, test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatIsInsideOfAStep(t *testing.T) {
	in := Inside{}.Of(spec.Step{ID: "promote"}, &spec.Item{Name: "eu"}).Of(spec.Step{ID: "check"}, nil)
	if diff := cmp.Diff(Inside{Rows: "promote[eu]/check/", Routes: "promote/check/"}, in); diff != "" {
		t.Error(diff)
	}
	if !in.File() || !in.Runs("promote") || in.Runs("check") || (Inside{}).File() {
		t.Errorf("%+v is the file of the run's step promote", in)
	}
}

func TestWhatItemsComeTo(t *testing.T) {
	items := []spec.Item{{Key: "eu"}, {Key: "us"}}
	want := map[string]string{"outputs": `{"eu":{"url":"x"},"us":{}}`}
	if diff := cmp.Diff(want, Together(items, []map[string]string{{"url": "x"}, nil})); diff != "" {
		t.Error(diff)
	}
	for want, failed := range map[string][]string{
		"1 of 9 items failed: a":                {"a"},
		"6 of 9 items failed: a, b, c, d, e, …": {"a", "b", "c", "d", "e", "f"},
	} {
		if got := Tally(failed, 9); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhichStepsAJumpPassesOver(t *testing.T) {
	list := steps(t, "  - {id: a, run: x}\n  - {id: b, run: x}\n  - {id: c, run: x}\n  - {id: d, run: x}\n")
	for name, test := range map[string]struct {
		jump Jump
		want []string
	}{
		"the next step":        {Jump{}, nil},
		"named":                {Jump{To: "b"}, nil},
		"a later one":          {Jump{To: "d"}, []string{"b", "c"}},
		"of a restart, a step": {Jump{To: "d", Restart: true}, nil},
		"of a restart":         {Jump{Restart: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, over := range test.jump.Over(list, 0) {
				got = append(got, over.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
