package runner

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type how struct{ Steps string }

// written is the text of a journal of three entries.
func written(t *testing.T) (dir string, text []byte) {
	t.Helper()
	dir = t.TempDir()
	j, err := BeginJournal(dir, how{"steps.yml"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := []report.Step{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for i, next := range []string{"a", "b", ""} {
		if err := j.keep(Kept{Next: next, Rows: rows[:i], Restarts: i}, i == 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	return dir, text
}

func TestAJournalCutShortAtAnyByteCountsUpToItsLastWholeLine(t *testing.T) {
	dir, text := written(t)
	for n := range len(text) + 1 {
		if err := os.WriteFile(filepath.Join(dir, journalFile), text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(text[:n], []byte("\n"))
		if n > 0 && n < len(text) && text[n] == '\n' {
			whole++ // only the line's end is missing, and its checksum says that nothing else is
		}
		var h how
		k, err := ReadJournal(dir, &h)
		switch {
		case whole == 0 && !errors.Is(err, ErrNoJournal):
			t.Fatalf("of %d bytes: %v", n, err)
		case whole == 0:
		case err != nil || h.Steps != "steps.yml":
			t.Fatalf("of %d bytes: %+v, %v", n, h, err)
		case whole == 1 && k != nil, whole > 1 && (k == nil || k.Restarts != whole-2 || len(k.Rows) != whole-2):
			t.Fatalf("of %d bytes, with %d whole lines: %+v", n, whole, k)
		}
	}
}

func TestAJournalDamagedAtAnyByteLosesOnlyWhatComesAfter(t *testing.T) {
	dir, text := written(t)
	for n := range text {
		damaged := bytes.Clone(text)
		damaged[n] ^= 0x20
		if err := os.WriteFile(filepath.Join(dir, journalFile), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(text[:n], []byte("\n"))
		k, err := ReadJournal(dir, new(how))
		if whole == 0 && !errors.Is(err, ErrNoJournal) || whole > 1 && (k == nil || k.Restarts != whole-2) {
			t.Fatalf("byte %d: %+v, %v", n, k, err)
		}
	}
}

func TestWhatIsKeptComesBack(t *testing.T) {
	dir := t.TempDir()
	want := Kept{
		RunID: "7", RunAttempt: 2, Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Spent: time.Minute, Temp: "/t", Next: "b",
		Steps: map[string]expr.StepValue{"a": {Outputs: map[string]string{"x": "\x00y"}, Outcome: "success", Conclusion: "success"}},
		Env:   map[string]string{"A": "b"}, Path: []string{"/p"}, Rows: []report.Step{{ID: "a", Attempts: []report.Attempt{{Tail: "end", Status: report.StatusFailure}}}},
		Landed:    []KeptLanding{{Branch: "main", Paths: []string{"x"}, Commits: []gitops.Commit{{Hash: "1", Subject: "s", ID: "i"}}, At: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}},
		Recovered: true, Restarts: 1, Routes: map[string]int{"r": 1}, Actions: map[string]int{"restart": 1}, Retries: 3, Executions: 4, Logs: 5,
		Bearings: gitops.Bearings{Head: "h", Recorded: "r"}, Refused: "why", Secrets: []string{"hush"},
		Failure: &KeptFailure{Step: "b", FromItem: "x", Failure: policy.Failure{Kind: policy.StepExit, Message: "m", ExitCode: 1, Stderr: "e", Details: map[string]any{"a": "b"}},
			Passed: []policy.Passed{{Route: "r", Action: "retry", Reason: "used up"}}},
		RollbackDue: true, Rollback: &report.Rollback{Outcome: "opened", Number: 3}, Beside: []report.Rollback{{Outcome: "failed"}}, Rerun: &report.Rerun{Where: "host", N: 1},
	}
	j, err := BeginJournal(dir, how{}, &want)
	if err != nil {
		t.Fatal(err)
	}
	defer j.End()
	got, err := ReadJournal(dir, new(how))
	if diff := cmp.Diff(&want, got, cmpopts.IgnoreFields(Kept{}, "Snapshot")); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if again := got.progress(); again.restarts != 1 || again.failure.id != "b" || again.failure.from.item != "x" || again.rollback.Number != 3 || again.rerun.N != 1 || again.counters.Used(policy.Route{ID: "r"}).Run != 1 || len(again.landed) != 1 {
		t.Errorf("goes on with %+v", again)
	}
}

func TestAJournalThatCanNotBeWrittenSaysSoOnce(t *testing.T) {
	j, err := BeginJournal(t.TempDir(), how{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = j.file.Close()
	if first, second := j.keep(Kept{}, false), j.keep(Kept{}, true); first == nil || second != nil {
		t.Errorf("first %v, then %v", first, second)
	}
}
