package host

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/runner/report"
)

// attempt is an attempt that printed something, and what the policy decided about it.
type attempt struct {
	prints, action string
}

func failing(a attempt, n int) report.AttemptEnded {
	e := report.AttemptEnded{Step: report.Step{ID: "build"}, Attempt: report.Attempt{N: n, Status: report.StatusFailure, Kind: "step.exit", ExitCode: 1}}
	if a.action == "" {
		e.Attempt = report.Attempt{N: n, Status: report.StatusSuccess}
		return e
	}
	e.Attempt.Decision = &report.Decision{Action: a.action}
	return e
}

func TestErrorsOfStepsAreRedOnlyWhereTheRunIs(t *testing.T) {
	const mistake = "::error file=a.go,line=7::undefined: x\n"
	tests := []struct {
		name     string
		attempts []attempt
		want     []string // the annotations, in order
		shows    string   // among the rest
	}{
		{"a recovered attempt's is a warning", []attempt{{mistake, "retry"}, {"fine\n", ""}}, []string{"::warning file=a.go,line=7::undefined: x"}, "Error: undefined: x\n"},
		{"the last attempt's is an error", []attempt{{mistake, "retry"}, {mistake, "fail"}}, []string{"::warning file=a.go,line=7::undefined: x", "::error file=a.go,line=7::undefined: x"}, ""},
		{"one that was rolled back is an error", []attempt{{mistake, "rollback"}}, []string{"::error file=a.go,line=7::undefined: x"}, ""},
		{"one the run went on after is a warning", []attempt{{mistake, "continue"}}, []string{"::warning file=a.go,line=7::undefined: x"}, ""},
		{"a step that succeeds means what it prints", []attempt{{"::error::still\n", ""}}, []string{"::error::still"}, ""},
		{"other commands pass", []attempt{{"::warning::w\n::notice::n\n::group::g\n", ""}}, []string{"::warning::w", "::notice::n", "::group::g"}, ""},
		{"what only looks like one passes", []attempt{{"::errors::x\n::error\nan ::error::y\n", "fail"}}, []string{"::errors::x", "::error"}, "an ::error::y\n"},
		{"stopped commands are text", []attempt{{"::stop-commands::tok\n::error::no\n::tok::\n::error::yes\n", "fail"}}, []string{"::stop-commands::tok", "::error::no", "::tok::", "::error::yes"}, ""},
		{"in any case", []attempt{{"::Error::a\n::Stop-Commands::tok\n::TOK::\n::ERROR file=a.go::b\n", "retry"}}, []string{"::Stop-Commands::tok", "::TOK::", "::warning::a", "::warning file=a.go::b"}, "Error: b\n"},
		{"in the way of Azure Pipelines", []attempt{{"##[error]a\n ##[Error file=c:a,b.go;line=7]b%3B%5D\n##[errors]x\n##[error x\n##[group]g\n", "retry"}}, []string{"::warning::a", "::warning file=c%3Aa%2Cb.go,line=7::b;]"}, "Error: b;]\n##[errors]x\n##[error x\n##[group]g\n"},
		{"a step that dies with commands stopped does not silence belay", []attempt{{"::stop-commands::tok\n", "fail"}}, []string{"::stop-commands::tok", "::tok::"}, ""},
	}
	for _, tt := range tests {
		for _, size := range []int{1, 7, 1 << 20} { // however the output is cut
			var out bytes.Buffer
			g := newGitHub(environment(nil), Log{Out: &out})
			stdout, _ := g.Output()
			for n, a := range tt.attempts {
				for text := a.prints; text != ""; text = text[min(size, len(text)):] {
					if _, err := stdout.Write([]byte(text[:min(size, len(text))])); err != nil {
						t.Fatal(err)
					}
				}
				g.Show(failing(a, n))
			}
			var commands []string
			for line := range strings.Lines(out.String()) {
				if strings.HasPrefix(line, "::") {
					commands = append(commands, strings.TrimSuffix(line, "\n"))
				}
			}
			if diff := cmp.Diff(tt.want, commands); diff != "" || !strings.Contains(out.String(), tt.shows) {
				t.Errorf("%s, %d bytes at a time (-want +got):\n%s\n%s", tt.name, size, diff, out.String())
			}
		}
	}
}

func TestAnItemsErrorsWaitForTheGroup(t *testing.T) {
	for conclusion, want := range map[report.Status]string{report.StatusFailure: "::error::x\n", report.StatusSuccess: "::warning::x\n"} {
		var out bytes.Buffer
		g := newGitHub(environment(nil), Log{Out: &out})
		stdout, _ := g.Output()
		_, _ = stdout.Write([]byte("::error::x\n"))
		item := report.Step{ID: "deploy", Item: "eu", Conclusion: report.StatusFailure}
		g.Show(report.AttemptEnded{Step: item, Attempt: report.Attempt{Status: report.StatusFailure}})
		g.Show(report.StepEnded{Step: item})
		if strings.Contains(out.String(), "::") {
			t.Errorf("it did not wait: %s", out.String())
		}
		g.Show(report.StepEnded{Step: report.Step{ID: "deploy", Conclusion: conclusion}})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: there is no %q in %s", conclusion, want, out.String())
		}
	}
}

func TestAGroupsErrorsAreAsItsDecisionSays(t *testing.T) {
	for action, want := range map[string]string{"restart": "::warning::x\n", "run": "", "fail": "::error::x\n"} {
		var out bytes.Buffer
		g := newGitHub(environment(nil), Log{Out: &out})
		stdout, _ := g.Output()
		_, _ = stdout.Write([]byte("::error::x\n"))
		g.Show(report.StepEnded{Step: report.Step{ID: "deploy", Conclusion: report.StatusFailure, Decision: &report.Decision{Action: action}}})
		if !strings.Contains(out.String(), want) || want == "" && strings.Contains(out.String(), "::") {
			t.Errorf("%s: there is no %q in %s", action, want, out.String())
		}
	}
}

func TestErrorsWaitForTheRecoverySteps(t *testing.T) {
	for conclusion, want := range map[report.Status]string{report.StatusFailure: "::error::x\n", report.StatusSuccess: "::warning::x\n"} {
		var out bytes.Buffer
		g := newGitHub(environment(nil), Log{Out: &out})
		stdout, _ := g.Output()
		_, _ = stdout.Write([]byte("::error::x\n"))
		failed := failing(attempt{action: "run"}, 0)
		g.Show(failed)
		g.Show(report.AttemptEnded{Step: report.Step{ID: "mend"}, Attempt: report.Attempt{Status: report.StatusSuccess}})
		if strings.Contains(out.String(), "::") {
			t.Errorf("it did not wait: %s", out.String())
		}
		failed.Step.Conclusion = conclusion
		g.Show(report.RunEnded{Report: report.Report{Result: report.Success, Steps: []report.Step{failed.Step, {ID: "mend", Conclusion: report.StatusSuccess}}}})
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: there is no %q in %s", conclusion, want, out.String())
		}
	}
}

func TestAFloodOfErrorsIsNotKept(t *testing.T) {
	g := newGitHub(environment(nil), Log{Out: io.Discard})
	stdout, _ := g.Output()
	for range 1000 {
		_, _ = stdout.Write([]byte(strings.Repeat("::error::x\n", 100)))
	}
	if n := len(g.marks.held); n > maxAnnotations {
		t.Errorf("%d errors are held, of which GitHub shows %d", n, maxAnnotations)
	}
}

func TestBelaysOwnErrorHasAPlaceAmongTen(t *testing.T) {
	var out bytes.Buffer
	g := newGitHub(environment(nil), Log{Out: &out})
	stdout, _ := g.Output()
	_, _ = stdout.Write([]byte(strings.Repeat("::error::x\n", 50)))
	g.Show(failing(attempt{action: "fail"}, 0))
	g.Show(report.RunEnded{Report: report.Report{Result: report.Failed}})
	if own, all := strings.Count(out.String(), "\n::error title=belay"), strings.Count(out.String(), "\n::error"); own != 1 || all != 10 {
		t.Errorf("%d errors, %d of them belay's", all, own)
	}
}

func TestOutputPassesByteForByte(t *testing.T) {
	given := strings.Repeat("a line\r\n\x00\xff half", 5000) + "::not a command" // and no end
	for _, size := range []int{1, 3, 4096, 1 << 20} {
		var out bytes.Buffer
		g := newGitHub(environment(nil), Log{Out: &out})
		stdout, _ := g.Output()
		for text := given + "\n"; text != ""; text = text[min(size, len(text)):] {
			_, _ = stdout.Write([]byte(text[:min(size, len(text))]))
		}
		if out.String() != given+"\n" {
			t.Errorf("%d bytes at a time it comes out different", size)
		}
	}
}
