//go:build unix

package process

import (
	"strings"
	"testing"
)

func TestAPanicOfALogReachesWhoeverRunsTheStep(t *testing.T) {
	c := command(t, "sh", "i=0; while [ $i -lt 3000 ]; do echo a line that fills the pipe, if nobody reads it on; i=$((i+1)); done; sleep 0.01")
	c.Stdout = writerFunc(func([]byte) (int, error) { panic("the log is broken") })
	crash := Guard(func() { run(t, c) })
	if crash == nil {
		t.Fatal("the panic is lost")
	}
	inner, ok := crash.Value.(*Crash)
	if !ok || inner.Value != "the log is broken" || !strings.Contains(inner.String(), "crash_test.go") {
		t.Errorf("got %v", crash.Value)
	}
}
