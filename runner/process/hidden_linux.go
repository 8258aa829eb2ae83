package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// Hide keeps other processes of the same user, steps above all, from reading this one's memory and its environment as
// it began with, and from tracing it: there are the tokens that no step has. Root and whoever may trace every process
// (CAP_SYS_PTRACE) still can. Children are not hidden: that ends when they become another program. Call it in main.
// See PR_SET_DUMPABLE in prctl(2) and proc(5).
func Hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_DUMPABLE", err)
	}
	return nil
}
