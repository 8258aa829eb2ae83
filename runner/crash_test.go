package runner

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

type listenerFunc func(report.Event)

func (f listenerFunc) Show(e report.Event) { f(e) }

// Go ends a program whose goroutine panics with exit code 2, which is belay's for "nothing ran".
func TestAPanicBesideOtherItemsReachesTheRunsOwnGoroutine(t *testing.T) {
	job := jobOf(t, "version: 1\nsteps:\n  - { id: a, for-each: [x, y, z], max-parallel: 3, fail-fast: false, run: sleep 30 }\n", "version: 1\nroutes: []\n")
	job.Dir, job.Temp, job.Environ = t.TempDir(), t.TempDir(), []string{"PATH=/usr/bin:/bin"}
	job.Listener = listenerFunc(func(e report.Event) {
		if started, ok := e.(report.StepStarted); ok && started.Step.Item == "y" {
			panic("the log is broken")
		}
	})
	crash := process.Guard(func() { Run(context.Background(), job) })
	if crash == nil {
		t.Fatal("the panic is lost")
	}
	if text := fmt.Sprint(crash.Value); !strings.HasPrefix(text, "the log is broken\n") || !strings.Contains(text, "crash_test.go") {
		t.Errorf("got %s", text)
	}
}
