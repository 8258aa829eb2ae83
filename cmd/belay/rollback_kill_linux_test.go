package main

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestARollbackThatIsKilledAtAnyWriteEndsInOnePullRequest kills belay with SIGKILL as it is about to write, to a file or to
// a socket, to rename, make or remove a file, or to connect, for the n-th time, for n = 1, 2, 3 … until a run comes through.
// The job then runs again, on a fresh clone. Without -every-use it is one n in many, other ones each time.
func TestARollbackThatIsKilledAtAnyWriteEndsInOnePullRequest(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("to look on while a program uses files takes root")
	}
	changes := map[int32]bool{
		unix.SYS_WRITE: true, unix.SYS_PWRITE64: true, unix.SYS_RENAMEAT: true, unix.SYS_RENAMEAT2: true, unix.SYS_MKDIRAT: true,
		unix.SYS_UNLINKAT: true, unix.SYS_FTRUNCATE: true, unix.SYS_COPY_FILE_RANGE: true, unix.SYS_CONNECT: true,
	}
	run := func(k *killed, n int) (at string, calls int, killed bool) {
		var out strings.Builder
		cmd := k.command(&out)
		w := &watcher{n: n, kills: true, counts: func(call int32, file string) bool {
			return changes[call] && !strings.Contains(file, "pipe:[") && !strings.Contains(file, "anon_inode:")
		}}
		at, calls, _ = watched(t, cmd, w)
		k.log = out.String()
		return at, calls, cmd.ProcessState.ExitCode() == -1
	}
	k := newKilled(t, killSteps, "acme/shop")
	_, calls, dead := run(k, 0)
	if pulls := k.pulls()[0]; dead || len(pulls) != 1 || calls < 50 {
		t.Fatalf("a run that is not killed opens %d pull requests after %d calls:\n%s", len(pulls), calls, k.log)
	}
	step := 1
	if !*everyUse {
		step = calls/20 + 1
	}
	kills := 0
	for n := 1 + rand.IntN(step); n <= calls; n += step {
		k := newKilled(t, killSteps, "acme/shop")
		at, _, dead := run(k, n)
		if !dead {
			continue // it made fewer calls this time
		}
		kills++
		k.endsInOne(at)
		if t.Failed() {
			t.Fatalf("n = %d of %d", n, calls)
		}
	}
	t.Logf("%d calls, killed at %d of them", calls, kills)
	if kills < calls/step/2 {
		t.Errorf("killed %d times only", kills)
	}
}
