package host

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata/golden. Escape characters are made visible.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.NewReplacer("\x1b", "␛", "\r", "␍").Replace(got)
	path := filepath.Join("..", "..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, run with -update to rewrite it:\n%s", name, diff)
	}
}

func environment(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// story is a run that meets nearly everything: a lost race, retries that recover, a step that fails for good, and the
// rollback.
func story() []report.Event {
	run := report.Run{
		ID: "4711", Attempt: 1, Name: "promote shop to prod", StepsFile: ".belay/steps.yml", Policy: "rollback", Branch: "main",
		Commit: "1a2b3c4d5e6f", URL: "https://github.com/acme/deploy/actions/runs/4711", Started: at(0), Ended: at(92),
	}
	land := report.Step{ID: "land", Section: "steps"}
	landed := land
	landed.Outcome, landed.Conclusion, landed.Started, landed.Ended = report.StatusSuccess, report.StatusSuccess, at(0), at(3)
	landed.Attempts = []report.Attempt{{Status: report.StatusSuccess, Started: at(0), Ended: at(3)}}
	notify := report.Step{ID: "notify", Conclusion: report.StatusSkipped, Why: "its condition does not hold"}
	fetch := report.Step{ID: "fetch", Name: "Fetch the chart", Item: "eu"}
	flaky := report.Attempt{
		Status: report.StatusFailure, Kind: policy.Network, ExitCode: 7, Message: "curl: (7) Failed to connect to charts.example.com port 443 after 130 ms: Couldn't connect to server",
		Decision: &report.Decision{Action: "retry", Route: "routes[0]", N: 1, Max: 3, Delay: 5 * time.Second, For: "network or transient", Plan: "retry at most 3 times, after 5s, 10s, 20s, jitter ±25%"},
	}
	fetched := fetch
	fetched.Outcome, fetched.Conclusion, fetched.Started, fetched.Ended = report.StatusSuccess, report.StatusSuccess, at(3), at(10)
	fetched.Attempts = []report.Attempt{flaky, {N: 1, Status: report.StatusSuccess}}
	smoke := report.Step{ID: "smoke"}
	killed := report.Attempt{Status: report.StatusFailure, Kind: policy.StepTimeout, ExitCode: -1, Message: "stopped after 1m20s", Tail: "GET /health\nstill waiting\n", Decision: &report.Decision{Action: "rollback", Route: "routes[1]", Passed: []report.Passed{{Route: "routes[0]", Action: "retry", Reason: "used up: 3 of 3"}}}}
	failed := smoke
	failed.Outcome, failed.Conclusion, failed.Started, failed.Ended, failed.Attempts = report.StatusFailure, report.StatusFailure, at(10), at(90), []report.Attempt{killed}
	landing := report.Landing{
		Step: "land", Branch: "main", Outcome: "landed", Pushes: 2, RacesLost: 1,
		Commits: []report.Commit{{Hash: "4c5d6e7f8091", Subject: "prod: shop v2", URL: "https://github.com/acme/deploy/commit/4c5d6e7f8091"}},
	}
	rollback := report.Rollback{
		Outcome: "opened", Branch: "belay/rollback/4711", URL: "https://github.com/acme/deploy/pull/12", Number: 12, Reverts: landing.Commits,
	}
	return []report.Event{
		report.RunStarted{Run: run, Steps: 4},
		report.Noted{Text: "the checkout is shallow: landing needs no history, so that is fine"},
		report.StepStarted{Step: land, N: 1, Of: 4},
		report.AttemptStarted{Step: land},
		report.RaceLost{Step: land, Branch: "main", Tip: "9f8e7d6c5b4a", Lost: 1},
		report.Waiting{Step: land, Delay: 200 * time.Millisecond, Why: "lost the race for main"},
		report.LandingEnded{Landing: landing},
		report.AttemptEnded{Step: land, Attempt: landed.Attempts[0]},
		report.StepEnded{Step: landed},
		report.StepSkipped{Step: notify, N: 2, Of: 4},
		report.StepStarted{Step: fetch, N: 3, Of: 4},
		report.AttemptStarted{Step: fetch},
		report.AttemptEnded{Step: fetch, Attempt: flaky},
		report.Waiting{Step: fetch, Delay: 5 * time.Second, Why: "retry 1 of 3 for network"},
		report.AttemptStarted{Step: fetch, N: 1, Max: 3},
		report.AttemptEnded{Step: fetch, Attempt: fetched.Attempts[1]},
		report.StepEnded{Step: fetched},
		report.StepStarted{Step: smoke, N: 4, Of: 4},
		report.AttemptStarted{Step: smoke},
		report.AttemptEnded{Step: smoke, Attempt: killed},
		report.StepEnded{Step: failed},
		report.RollbackEnded{Rollback: rollback},
		report.RunEnded{Report: report.Report{
			Run: run, Result: report.Failed, ExitCode: report.ExitRolledBack, Steps: []report.Step{landed, notify, fetched, failed},
			Failure:  &report.Failure{Step: "smoke", Kind: policy.StepTimeout, Message: "stopped after 1m20s", Advice: "Raise the step's `timeout`, or find what it was waiting for."},
			Landings: []report.Landing{landing}, Rollback: &rollback,
		}},
	}
}

func show(events []report.Event, h Host) {
	for _, e := range events {
		h.Show(e)
	}
}

func TestDetect(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nothing known is a local run", nil, "local"},
		{"GitHub Actions", map[string]string{"GITHUB_ACTIONS": "true"}, "github"},
		{"GitLab CI", map[string]string{"GITLAB_CI": "true"}, "gitlab"},
		{"Jenkins", map[string]string{"JENKINS_URL": "https://ci.test/"}, "jenkins"},
		{"Jenkins without a configured address", map[string]string{"BUILD_URL": "https://ci.test/1", "BUILD_TAG": "jenkins-a-1"}, "jenkins"},
		{"an unknown CI host is a local run", map[string]string{"CI": "true"}, "local"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Detect(environment(tt.env), Log{Out: io.Discard}).Facts().Name; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLogs(t *testing.T) {
	logs := map[string]func(out io.Writer) Host{
		"local":   func(out io.Writer) Host { return newLocal(environment(nil), Log{Out: out}) },
		"github":  func(out io.Writer) Host { return newGitHub(environment(nil), Log{Out: out}) },
		"gitlab":  func(out io.Writer) Host { return newGitLab(environment(nil), Log{Out: out}) },
		"jenkins": func(out io.Writer) Host { return newJenkins(environment(nil), Log{Out: out}) },
		"terminal": func(out io.Writer) Host {
			l := newLocal(environment(nil), Log{Out: out})
			l.lines.paint.on, l.lines.width = true, 80
			return l
		},
	}
	for name, open := range logs {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // section marks carry the time
				var out bytes.Buffer
				show(story(), open(&out))
				golden(t, "host-"+name+".txt", out.String())
			})
		})
	}
}

func TestLinesFitATerminal(t *testing.T) {
	var out bytes.Buffer
	l := newLocal(environment(nil), Log{Out: &out})
	l.lines.width = 80
	show(story(), l)
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 && !strings.Contains(line, "https://") { // an address is to be clicked: it is not broken
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestHandWorkIsShownToCopy(t *testing.T) {
	r := report.Report{
		Result: report.Failed, ExitCode: report.ExitRollbackFailed,
		Failure: &report.Failure{Step: "smoke", Kind: policy.StepExit, Message: "no"},
		Rollback: &report.Rollback{
			Outcome: "failed", Kind: policy.RollbackConflict, Message: "values.yaml was changed since",
			Commands: []string{"git fetch origin main", "git revert " + strings.Repeat("0123456789", 8)},
		},
	}
	var out bytes.Buffer
	newLocal(environment(nil), Log{Out: &out}).Show(report.RunEnded{Report: r})
	golden(t, "host-by-hand.txt", out.String())
}

const evil = "x\n::error::y\r\n##[error]z \x1b[31m\x1b]0;title\x07 %0A \u202e"

func evilEvents() []report.Event {
	step := report.Step{ID: evil, Name: evil, Item: evil, Why: evil, Outcome: report.StatusFailure, Conclusion: report.StatusSuccess}
	attempt := report.Attempt{Status: report.StatusFailure, Kind: "step.exit", ExitCode: 1, Message: evil}
	step.Attempts = []report.Attempt{attempt}
	landing := report.Landing{Step: evil, Branch: evil, Outcome: "landed", Commits: []report.Commit{{Hash: "4c5d6e7f", Subject: evil, URL: evil}}}
	rollback := report.Rollback{Outcome: "failed", Message: evil, Commands: []string{evil}, URL: evil}
	run := report.Run{Name: evil, StepsFile: evil, Policy: evil, Branch: evil, Commit: evil, URL: evil}
	return []report.Event{
		report.RunStarted{Run: run}, report.StepStarted{Step: step}, report.StepSkipped{Step: step}, report.AttemptStarted{Step: step, N: 1},
		report.AttemptEnded{Step: step, Attempt: attempt}, report.Waiting{Step: step, Why: evil}, report.RaceLost{Step: step, Branch: evil, Tip: evil},
		report.LandingEnded{Landing: landing}, report.LandingEnded{Landing: report.Landing{Step: evil, Outcome: "conflict", Message: evil, Paths: []string{evil}}},
		report.Restarted{From: evil, Tip: evil}, report.StepEnded{Step: step}, report.RollbackEnded{Rollback: rollback},
		report.Noted{Text: evil}, report.Noted{Text: evil, Warning: true},
		report.RunEnded{Report: report.Report{Run: run, Result: report.Failed, Steps: []report.Step{step}, Landings: []report.Landing{landing}, Rollback: &rollback,
			Failure: &report.Failure{Step: evil, Kind: "step.exit", Message: evil, Advice: evil, Passed: []report.Passed{{Route: evil, Action: evil, Reason: evil}}}}},
	}
}

func TestHostileTextStaysText(t *testing.T) {
	for name, open := range map[string]func(io.Writer) Host{
		"local":  func(out io.Writer) Host { return newLocal(environment(nil), Log{Out: out}) },
		"github": func(out io.Writer) Host { return newGitHub(environment(nil), Log{Out: out}) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range evilEvents() {
				var out bytes.Buffer
				open(&out).Show(e)
				if strings.ContainsAny(out.String(), "\x1b\x07\r\u202e") {
					t.Errorf("%T lets control characters through: %q", e, out.String())
				}
				for line := range strings.Lines(out.String()) {
					command := strings.HasPrefix(strings.TrimSpace(line), "::")
					ours := strings.HasPrefix(line, "::group::") || strings.HasPrefix(line, "::endgroup::") || strings.HasPrefix(line, "::warning title=belay") || strings.HasPrefix(line, "::error title=belay")
					if name == "github" && command && !ours {
						t.Errorf("%T writes a command: %q", e, line)
					}
					if name == "github" && !command && strings.Contains(line, "##[") {
						t.Errorf("%T writes an old command: %q", e, line)
					}
				}
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestABrokenLogFailsNothing(t *testing.T) {
	for _, open := range []func(io.Writer) Host{
		func(out io.Writer) Host { return newLocal(environment(nil), Log{Out: out}) },
		func(out io.Writer) Host { return newGitHub(environment(nil), Log{Out: out}) },
		func(out io.Writer) Host { return newGitLab(environment(nil), Log{Out: out}) },
		func(out io.Writer) Host { return newJenkins(environment(nil), Log{Out: out}) },
	} {
		h := open(brokenPipe{})
		h.Mask("secret")
		show(story(), h)
	}
}
