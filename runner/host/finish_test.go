package host

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/runner/report"
)

// hostileReport tries to break out of every outputs file.
func hostileReport() report.Report {
	const value = "a\nresult=forged\nkind<<X\r\nforged\nX\n\\u0041=:#! é 😀"
	return report.Report{
		Result: report.Failed, Path: value, Failure: &report.Failure{Step: value, Kind: "step.exit"},
		Steps: []report.Step{{ID: "s", Outputs: map[string]string{"o": value}}},
	}
}

// outputsOf is what every host has to carry over.
func outputsOf(r report.Report) map[string]string {
	outputs := map[string]string{}
	for _, o := range report.Outputs() {
		outputs[o.Name] = o.Value(r)
	}
	return outputs
}

// readAsRunner reads an outputs file as GitHub's runner does.
func readAsRunner(t *testing.T, text string) map[string]string {
	t.Helper()
	got := map[string]string{}
	rest := strings.Split(text, "\n")
	for len(rest) > 0 {
		line := rest[0]
		rest = rest[1:]
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		if heredoc < 0 || equals >= 0 && equals < heredoc {
			name, value, _ := strings.Cut(line, "=")
			got[name] = value
			continue
		}
		name, delimiter := line[:heredoc], line[heredoc+2:]
		var value []string
		for len(rest) > 0 && rest[0] != delimiter {
			value, rest = append(value, rest[0]), rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("the value of %s does not end", name)
		}
		rest = rest[1:]
		got[name] = strings.Join(value, "\n")
	}
	return got
}

func TestGitHubFinish(t *testing.T) {
	dir := t.TempDir()
	outputs, summary := filepath.Join(dir, "output"), filepath.Join(dir, "summary")
	if err := os.WriteFile(outputs, []byte("earlier=1"), 0o644); err != nil { // without a newline
		t.Fatal(err)
	}
	g := newGitHub(environment(map[string]string{"GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": summary}), Log{Out: io.Discard})
	r := hostileReport()
	for range 2 { // the second call does nothing
		if err := g.Finish(r); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	want := outputsOf(r)
	want["earlier"] = "1"
	if diff := cmp.Diff(want, readAsRunner(t, string(text))); diff != "" {
		t.Error(diff)
	}
	if strings.Count(string(text), "result<<") != 1 || !strings.HasSuffix(string(text), "\n") {
		t.Errorf("written more than once, or without a newline at the end:\n%s", text)
	}
	markdown, err := os.ReadFile(summary)
	if err != nil || string(markdown) != report.Markdown(r) {
		t.Errorf("summary: %v\n%s", err, markdown)
	}
}

func TestDelimiterInAValueIsRefused(t *testing.T) {
	if _, err := heredocs(report.Report{Path: "x\nbelay_GUESSED\ny"}, "belay_GUESSED"); err == nil {
		t.Error("a value that contains the delimiter is written")
	}
	if a, b := newDelimiter(), newDelimiter(); a == b || len(a) < 20 {
		t.Errorf("delimiters can be guessed: %s, %s", a, b)
	}
}

func TestSummaryLeavesRoomForWhatStepsWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(path, bytes.Repeat([]byte("steps\n"), 150_000), 0o644); err != nil {
		t.Fatal(err)
	}
	r := report.Report{Result: report.Failed}
	for range 20 {
		r.Steps = append(r.Steps, report.Step{ID: "s", Attempts: []report.Attempt{{Status: report.StatusFailure, Tail: strings.Repeat("line\n", 5000)}}})
	}
	if err := newGitHub(environment(map[string]string{"GITHUB_STEP_SUMMARY": path}), Log{Out: io.Discard}).Finish(r); err != nil {
		t.Fatal(err)
	}
	if n := size(path); n <= 900_000 || n >= maxSummary {
		t.Errorf("the summary has %d bytes", n)
	}
}

func TestGitHubFinishNamesWhatFailed(t *testing.T) {
	g := newGitHub(environment(map[string]string{"GITHUB_OUTPUT": filepath.Join(t.TempDir(), "no", "file")}), Log{Out: io.Discard})
	if err := g.Finish(report.Report{}); err == nil || !strings.HasPrefix(err.Error(), "write outputs: ") {
		t.Errorf("got %v", err)
	}
}

func TestMaskCoversEveryForm(t *testing.T) {
	var out bytes.Buffer
	g := newGitHub(environment(map[string]string{"INPUT_TOKEN": "x"}), Log{Out: &out})
	g.Mask("a+b\nse%cond\n")
	g.Mask(" \n")
	want := "::add-mask::a+b\n::add-mask::se%25cond\n::add-mask::YStiCnNlJWNvbmQ=\n::add-mask::eC1hY2Nlc3MtdG9rZW46YStiCnNlJWNvbmQ=\n::add-mask::a%252Bb%250Ase%2525cond\n"
	if diff := cmp.Diff(want, strings.ReplaceAll(out.String(), "\r\n", "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestOneErrorPerFailure(t *testing.T) {
	var out bytes.Buffer
	show(story(), newGitHub(environment(nil), Log{Out: &out}))
	if n := strings.Count(out.String(), "\n::error "); n != 1 {
		t.Errorf("%d errors", n)
	}
	if n := strings.Count(out.String(), "\n::warning "); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

func TestParallelAttemptsDontNestGroups(t *testing.T) {
	var out bytes.Buffer
	a, b := report.Step{ID: "s", Item: "a"}, report.Step{ID: "s", Item: "b"}
	ok := report.Attempt{Status: report.StatusSuccess}
	show([]report.Event{
		report.AttemptStarted{Step: a}, report.AttemptStarted{Step: b}, report.AttemptEnded{Step: b, Attempt: ok}, report.AttemptEnded{Step: a, Attempt: ok},
		report.AttemptStarted{Step: b}, report.RunEnded{},
	}, newGitHub(environment(nil), Log{Out: &out}))
	var marks []string
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "::") {
			marks = append(marks, strings.TrimSpace(line))
		}
	}
	want := []string{"::group::s [a], attempt 1", "::endgroup::", "::group::s [b], attempt 1", "::endgroup::"}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Error(diff)
	}
}

func TestGitLabFinish(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.env")
	var out bytes.Buffer
	g := newGitLab(environment(map[string]string{"BELAY_OUTPUTS_FILE": path}), Log{Out: &out})
	r := hostileReport()
	r.Steps[0].Outputs["big"] = strings.Repeat("x", 5000)
	if err := g.Finish(r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "BELAY_RESULT=failed\nBELAY_KIND=step.exit\nBELAY_ATTEMPTS=0\nBELAY_RESTARTS=0\nBELAY_LANDED=false\nBELAY_RECOVERED=false\nBELAY_RERUN=false\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(out.String(), "failed-step, report, steps") {
		t.Errorf("the log does not say what is left out: %s", out.String())
	}
}

func TestJenkinsFinish(t *testing.T) {
	dir := t.TempDir()
	j := newJenkins(environment(map[string]string{"WORKSPACE": dir}), Log{Out: io.Discard})
	r := hostileReport()
	if err := j.Finish(r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "belay.properties"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != len(report.Outputs()) {
		t.Errorf("%d lines for %d outputs:\n%s", n, len(report.Outputs()), text)
	}
	if !strings.Contains(string(text), `report=a\nresult=forged\nkind<<X\r\nforged\nX\n\\u0041=:#! \u00e9 \ud83d\ude00`+"\n") {
		t.Errorf("not as java.util.Properties reads it:\n%s", text)
	}
}
