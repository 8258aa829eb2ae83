package process

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// The step is this very program: it starts a child in a group and console of its own, which starts another.
func TestNothingOfAStepSurvives(t *testing.T) {
	if role := os.Getenv("TREE_ROLE"); role != "" {
		branch(role)
	}
	for name, c := range map[string]struct {
		role    string
		timeout time.Duration
		cancel  bool
	}{
		"after success":      {role: "leader"},
		"after a timeout":    {role: "leader that stays", timeout: time.Second},
		"after cancellation": {role: "leader that stays", cancel: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.cancel {
				time.AfterFunc(time.Second, cancel)
			}
			exit, err := Run(ctx, Command{
				Shell: os.Args[0] + " -test.run=^TestNothingOfAStepSurvives$ {0}", Script: "rem", Dir: dir, Temp: t.TempDir(),
				Env: append(os.Environ(), "TREE_ROLE="+c.role, "TREE="+dir), Grace: 200 * time.Millisecond, Timeout: c.timeout,
			})
			if err != nil || exit.TimedOut != (c.timeout > 0) || exit.Cancelled != c.cancel || c.role == "leader" && exit.Code != 0 {
				t.Errorf("%+v, %v", exit, err)
			}
			for _, role := range []string{c.role, "child", "grandchild"} {
				text, err := os.ReadFile(filepath.Join(dir, role))
				pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
				switch {
				case err != nil || convErr != nil:
					t.Errorf("%s did not start: %v", role, err)
				case lives(pid):
					t.Errorf("the %s is alive", role)
				}
			}
		})
	}
}

func lives(pid int) bool {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(process)
	event, err := windows.WaitForSingleObject(process, 0)
	return err != nil || event != windows.WAIT_OBJECT_0
}

// branch is one process of the tree, and those below it. It does not return.
func branch(role string) {
	dir := os.Getenv("TREE")
	_ = os.WriteFile(filepath.Join(dir, role), []byte(strconv.Itoa(os.Getpid())), 0o600)
	below := map[string]string{"leader": "child", "leader that stays": "child", "child": "grandchild"}[role]
	if below != "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNothingOfAStepSurvives$")
		cmd.Env = append(os.Environ(), "TREE_ROLE="+below)
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NEW_CONSOLE}
		if err := cmd.Start(); err != nil {
			os.Exit(9)
		}
	}
	for role == "leader" {
		if _, err := os.Stat(filepath.Join(dir, "grandchild")); err == nil {
			os.Exit(0)
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Minute)
	os.Exit(0)
}
