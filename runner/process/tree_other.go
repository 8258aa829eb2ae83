//go:build unix && !linux

package process

import (
	"errors"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Subreap does nothing: this system has no subreapers. A process that leaves its step's group outlives it.
func Subreap() error { return nil }

// tree is a step's process group.
type tree struct{ leader int }

// startTree starts cmd as the leader of a new process group. The raw command line is for Windows.
func startTree(cmd *exec.Cmd, _ string) (*tree, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &tree{leader: cmd.Process.Pid}, nil
}

func (t *tree) close() {}

// terminate asks the group to end.
func (t *tree) terminate() { _ = unix.Kill(-t.leader, unix.SIGTERM) }

// kill ends the group.
func (t *tree) kill() { _ = unix.Kill(-t.leader, unix.SIGKILL) }

// empty reports whether the group is gone. Darwin says EPERM of a group that holds only zombies.
func (t *tree) empty() bool { return unix.Kill(-t.leader, 0) != nil }

// reap has nothing to do: orphans are adopted by init.
func (t *tree) reap() {}

// end kills the group and waits until it is gone. It knows no survivors by their ids.
func (t *tree) end(limit time.Duration) []int {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if err := unix.Kill(-t.leader, unix.SIGKILL); errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EPERM) {
			break
		}
	}
	return nil
}
