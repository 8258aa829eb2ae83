//go:build unix

package process

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// outcome returns the exit code and the signal of an ended process.
//
// When the kernel kills a command of a script and not the shell, the shell ends with 128+N (POSIX 2.8.2). For
// signals that are no program's choice of exit code that is told as the signal it is, so that the same kill
// reads the same wherever it strikes. Others are codes of their own: git's usage error is 129.
func outcome(state *os.ProcessState) (code int, signal string) {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), signalName(status.Signal())
	}
	code = state.ExitCode()
	for _, s := range killers() {
		if code == 128+int(s) {
			return code, signalName(s)
		}
	}
	return code, ""
}

func killers() []syscall.Signal {
	return []syscall.Signal{
		unix.SIGILL, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGKILL, unix.SIGSEGV, unix.SIGTERM,
	}
}

// signalName returns the name as shells and policies write it, without SIG; a number for real-time signals.
func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(int(s))
}
