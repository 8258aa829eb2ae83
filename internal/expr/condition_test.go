package expr

import (
	"strings"
	"testing"
)

func TestConditionHolds(t *testing.T) {
	fine, failed, cancelled := Status{}, Status{Failed: true}, Status{Failed: true, Cancelled: true}
	tests := []struct {
		name, condition         string
		fine, failed, cancelled bool
	}{
		{"success() is implied", "attempt == 2", true, false, false},
		{"success() is implied inside ${{ }}", " ${{ attempt == 2 }} ", true, false, false},
		{"a status function takes its place", "attempt == 2 && always()", true, true, true},
		{"success()", "success()", true, false, false},
		{"failure()", "failure()", false, true, false},
		{"cancelled()", "cancelled()", false, false, true},
		{"not cancelled()", "!cancelled()", true, true, false},
		{"status() reads one step", "status('bump') == 'failure'", true, true, true},
		{"a value that turns out boolean", "fromJSON(inputs.dry-run)", true, false, false},
		{"true", "true", true, false, false},
	}
	names := everything()
	names.Status = true
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, problems := ParseCondition(tt.condition, names)
			if problems != nil {
				t.Fatal(problems)
			}
			for _, at := range []struct {
				status Status
				want   bool
			}{{fine, tt.fine}, {failed, tt.failed}, {cancelled, tt.cancelled}} {
				at.status.Steps = map[string]string{"bump": "failure"}
				got, err := c.Holds(values(), at.status)
				if err != nil {
					t.Fatal(err)
				}
				if got != at.want {
					t.Errorf("%+v: got %v", at.status, got)
				}
			}
		})
	}
}

func TestAbsentConditionIsSuccess(t *testing.T) {
	for _, failed := range []bool{false, true} {
		if holds, err := (Condition{}).Holds(Values{}, Status{Failed: failed}); err != nil || holds == failed {
			t.Errorf("failed=%v: %v, %v", failed, holds, err)
		}
	}
}

func TestConditionProblems(t *testing.T) {
	tests := []struct{ name, condition, at, want string }{
		{"text", "inputs.tag", "inputs.tag", "a condition is true or false, and this is text: compare it, as in `… == 'true'`"},
		{"a number", "${{ 1 }}", "1", "a condition is true or false, and this is a number: compare it"},
		{"text around ${{ }}", "${{ true }} && false", "${{ true }} && false", "write the whole condition inside one `${{ }}`, or leave `${{ }}` away"},
		{"nothing", "", "", "the expression is empty"},
		{"no end", "${{ true", "${{", "`${{` has no `}}`"},
		{"an unknown step", "status('bumb') == 'x'", "'bumb'", "unknown step `bumb`, did you mean `bump`? (run before this: a-1, build-image, bump)"},
		{"a computed step", "status(env.X) == 'x'", "X", "the step's id must be written out, so that it can be checked before anything runs"},
		{"a status function with too much", "success(1)", "success", "too many arguments to call success"},
	}
	names := everything()
	names.Status = true
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := ParseCondition(tt.condition, names)
			if len(problems) != 1 {
				t.Fatalf("got %v", problems)
			}
			p := problems[0]
			if at := tt.condition[p.Offset : p.Offset+p.Length]; at != tt.at || p.Message != tt.want {
				t.Errorf("got %q at %q, want %q at %q", p.Message, at, tt.want, tt.at)
			}
		})
	}
}

func TestConditionThatTurnsOutText(t *testing.T) {
	c, problems := ParseCondition("git.dirty", everything())
	if problems != nil {
		t.Fatal(problems)
	}
	_, err := c.Holds(Values{Git: map[string]any{"dirty": "yes"}}, Status{})
	if err == nil || !strings.Contains(err.Error(), "this is text") {
		t.Errorf("got %v", err)
	}
}
