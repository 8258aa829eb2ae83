package runner

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// drawnRun is how far a run has come after each of its steps; now and then one is started again, and forgets what steps left.
func drawnRun(draw *rand.Rand) []Kept {
	p := progress{}.withEnv(map[string]string{"A": "of before"}, nil)
	var all []Kept
	for n := range 30 {
		id, value := fmt.Sprint("s", draw.IntN(8)), fmt.Sprint(draw.IntN(3))
		switch draw.IntN(8) {
		case 0:
			p = p.fresh()
		case 1: // as it was
		default:
			p = p.withRow(len(p.rows), report.Step{ID: id}).withStep(id, expr.StepValue{Outputs: map[string]string{"x": value}, Outcome: "success"})
			p = p.withEnv(map[string]string{id: value}, nil)
		}
		all = append(all, Kept{Next: fmt.Sprint(n), Steps: p.steps, Env: p.env, Rows: p.rows, Refused: value})
	}
	return all
}

func TestAJournalHasOfEveryEntryWhatWasKept(t *testing.T) {
	seed := rand.Uint64()
	draw := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		dir := t.TempDir()
		j, err := BeginJournal(dir, how{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n, k := range drawnRun(draw) {
			if err := j.keep(k, false); err != nil {
				t.Fatal(err)
			}
			got, err := ReadJournal(dir, new(how))
			if diff := cmp.Diff(&k, got, cmpopts.IgnoreFields(Kept{}, "Snapshot"), cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Fatalf("seed %d, entry %d: %v (-want +got):\n%s", seed, n, err, diff)
			}
		}
		if err := j.End(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAJournalHasTheSnapshotOnceAndGivesItWithEveryEntry(t *testing.T) {
	dir := t.TempDir()
	j, err := BeginJournal(dir, how{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.End()
	for next := range 3 {
		if err := j.keep(Kept{Next: fmt.Sprint(next), Snapshot: gitops.Snapshot{Dirty: true}}, false); err != nil {
			t.Fatal(err)
		}
	}
	k, err := ReadJournal(dir, new(how))
	if err != nil || k.Next != "2" || !k.Snapshot.Dirty {
		t.Errorf("%+v, %v", k, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, journalFile))
	if n := strings.Count(string(text), `"snapshot"`); n != 1 || err != nil {
		t.Errorf("it is there %d times, %v", n, err)
	}
}

func TestAJournalGrowsAsItsRunDoes(t *testing.T) {
	dir := t.TempDir()
	j, err := BeginJournal(dir, how{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.End()
	const steps, output = 100, 1000
	var p progress
	for n := range steps {
		id := fmt.Sprint("s", n)
		p = p.withStep(id, expr.StepValue{Outputs: map[string]string{"x": strings.Repeat("x", output)}})
		p = p.withEnv(map[string]string{id: strings.Repeat("x", output)}, nil)
		if err := j.keep(Kept{Steps: p.steps, Env: p.env}, false); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, journalFile))
	if most := int64(steps * (2*output + 500)); err != nil || info.Size() > most {
		t.Errorf("%d bytes, at most %d were expected: %v", info.Size(), most, err)
	}
}
