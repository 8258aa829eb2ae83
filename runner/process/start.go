package process

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/belay-ci/belay/policy"
)

// StartError says why a step could not be started. Nothing of the step ran.
type StartError struct {
	Problem string // what happened, to what
	Advice  string // what to do next
	Err     error  // the system's answer; nil where belay itself refused
}

// Error joins the problem, the system's answer and the advice.
func (e *StartError) Error() string {
	text := "start step: " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + "; " + e.Advice
}

// Unwrap returns the system's answer.
func (e *StartError) Unwrap() error { return e.Err }

// Kind is always step.start.
func (e *StartError) Kind() policy.Kind { return policy.StepStart }

// startFailed explains the error of the system call that should have started program in dir.
func startFailed(program, dir string, err error) *StartError {
	e := &StartError{Problem: fmt.Sprintf("run %s in %s", program, dir), Err: err}
	var path *fs.PathError
	if errors.As(err, &path) {
		e.Err = path.Err
	}
	e.Advice = "check that this machine can run the shell"
	for _, known := range startAdvice() {
		if errors.Is(err, known.errno) {
			e.Advice = known.advice
			break
		}
	}
	return e
}

type startHint struct {
	errno  syscall.Errno
	advice string
}

func startAdvice() []startHint {
	return []startHint{
		{syscall.ENOEXEC, "it is no program for this machine: install the shell for this architecture, or give the script that poses as one its #! line"},
		{syscall.ENOENT, "the file is there but the interpreter its #! line names is not: install that, or name another shell"},
		{syscall.EACCES, "allow belay's user to run the shell and to enter the working directory"},
		{syscall.ETXTBSY, "someone is still writing that program: let the installation end before the step starts"},
		{syscall.E2BIG, "the environment is larger than the system allows: pass large values in files"},
		{syscall.EAGAIN, "the machine or the container has no processes left: raise its limit, or run fewer steps at once"},
		{syscall.ENOMEM, "the machine has no memory left: give the job more, or run fewer steps at once"},
		{syscall.EMFILE, "belay has no file descriptors left: raise the limit (ulimit -n), or run fewer steps at once"},
	}
}

// unknownShell refuses a shell that is neither in the table nor a command line.
func unknownShell(shell string) *StartError {
	return &StartError{
		Problem: fmt.Sprintf("unknown shell %q", shell),
		Advice: fmt.Sprintf("use one of %s, or a command line with {0} where the script's path goes, such as %q",
			strings.Join(shellNames(), ", "), strings.TrimSpace(shell)+" {0}"),
	}
}

// missingShell says that none of the programs a shell stands for is on the step's PATH.
func missingShell(programs []string, path string) *StartError {
	return &StartError{
		Problem: fmt.Sprintf("shell %s is not on the step's PATH (%s)", strings.Join(programs, " or "), path),
		Advice:  "install it in an earlier step, or name another `shell`",
	}
}
