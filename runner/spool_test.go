package runner

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

// order writes what both streams get into one text, so that their order shows.
type order struct {
	name string
	all  *bytes.Buffer
}

func (o order) Write(p []byte) (int, error) {
	fmt.Fprintf(o.all, "%s:%d:%q ", o.name, len(p), p[:min(len(p), 4)])
	return len(p), nil
}

func TestASpoolKeepsTheOrderOfTwoStreams(t *testing.T) {
	dir := t.TempDir()
	s := newSpool(dir)
	var all bytes.Buffer
	out, errs := order{"out", &all}, order{"err", &all}
	s.print(out, errs) // nothing
	fmt.Fprint(s.stream(0), "a")
	fmt.Fprint(s.stream(1), "b\x00\x01")
	fmt.Fprint(s.stream(0), "")
	fmt.Fprint(s.stream(0), "c")
	s.print(out, errs)
	s.print(out, errs) // nothing more
	fmt.Fprint(s.stream(1), "d")
	s.print(out, nil) // nobody listens
	fmt.Fprint(s.stream(0), "e")
	s.print(out, errs)
	if diff := cmp.Diff(`out:1:"a" err:3:"b\x00\x01" out:1:"c" out:1:"e" `, all.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestASpoolIsWithoutBounds(t *testing.T) {
	s := newSpool(t.TempDir())
	defer s.close()
	line := strings.Repeat("x", 1000) + "\n"
	for range 10_000 {
		io.WriteString(s.stream(0), line)
	}
	var all bytes.Buffer
	s.print(&all, nil)
	if all.String() != strings.Repeat(line, 10_000) {
		t.Errorf("%d bytes came out", all.Len())
	}
}

func TestASpoolWithoutAFolderLosesOutputAndNothingElse(t *testing.T) {
	s := newSpool("/nowhere/at/all")
	if _, err := io.WriteString(s.stream(0), "x"); err == nil {
		t.Error("kept it where there is no folder")
	}
	s.print(io.Discard, io.Discard)
	s.close()
}

// heard is a log: events and output in the order they came.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) Show(e report.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := e.(type) {
	case report.AttemptStarted:
		h.all = append(h.all, "begin "+e.Step.Item)
	case report.AttemptEnded:
		h.all = append(h.all, "end "+e.Step.Item)
	case report.Waiting:
		h.all = append(h.all, "wait "+e.Step.Item)
	}
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, string(p))
	return len(p), nil
}

func TestWhatItemsPrintSideBySideComesInPieces(t *testing.T) {
	log := &heard{}
	outer := Job{Listener: log, Stdout: log, Stderr: log, Temp: t.TempDir()}
	var turn sync.Mutex
	var items sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		items.Go(func() {
			p := newPiece(outer, &turn)
			defer p.close()
			row := report.Step{ID: "step", Item: name}
			for n := range 20 {
				p.Show(report.AttemptStarted{Step: row, N: n})
				fmt.Fprint(p.job.Stdout, "out "+name)
				p.Show(report.Waiting{Step: row})
				fmt.Fprint(p.job.Stderr, "err "+name)
				p.Show(report.AttemptEnded{Step: row})
			}
		})
	}
	items.Wait()
	pieces := 0
	for i, line := range log.all {
		name, ok := strings.CutPrefix(line, "begin ")
		if !ok {
			continue
		}
		pieces++
		want := []string{"begin " + name, "out " + name, "err " + name, "end " + name}
		if diff := cmp.Diff(want, log.all[i:min(i+4, len(log.all))]); diff != "" {
			t.Fatalf("not in one piece (-want +got):\n%s", diff)
		}
	}
	if pieces != 60 {
		t.Errorf("%d pieces of 60", pieces)
	}
}
