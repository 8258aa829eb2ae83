package process

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// parentGone is the signal that says so: one that nobody else sends. Real-time signals begin at 34; the two before are
// the C library's.
const parentGone = syscall.Signal(40)

// FollowParent calls gone when the process that started this one dies. A CI host that cancels a job signals the shell it
// started, and a shell that runs belay without `exec` dies of that alone: belay would work on for nobody.
// Call it once, in main, and only on a CI host: somebody who closes a terminal may want the run to go on.
//
// The kernel takes the thread that started this process for its parent (see PR_SET_PDEATHSIG in prctl(2)), and programs
// with many threads, as GitHub's runner is one, end them when there is nothing to do: that is not the parent's death, and
// leaves its process id as it is.
func FollowParent(gone func()) error {
	parent := os.Getppid()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, parentGone)
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(parentGone), 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_PDEATHSIG", err)
	}
	go func() {
		for range signals {
			if os.Getppid() != parent {
				gone()
				return
			}
		}
	}()
	return nil
}
