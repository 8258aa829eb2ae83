package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// FollowParent has this process get SIGTERM when the process that started it dies. A CI host that cancels a job signals the
// shell it started, and a shell that runs belay without `exec` dies of that alone: belay would work on for nobody.
// Call it once, in main, and only on a CI host: somebody who closes a terminal may want the run to go on.
// See PR_SET_PDEATHSIG in prctl(2).
func FollowParent() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_PDEATHSIG", err)
	}
	return nil
}
