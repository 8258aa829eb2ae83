package process

import (
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Subreap does nothing: on Windows a job object holds a step's processes.
func Subreap() error { return nil }

// tree is a step's job object. It ends with belay, however belay ends.
type tree struct {
	job    windows.Handle
	leader uint32
}

// startTree starts cmd in a job object. A raw command line is passed unquoted: cmd.exe has rules of its own.
func startTree(cmd *exec.Cmd, raw string) (*tree, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, err
	}
	t := &tree{job: job}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		t.close()
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: raw, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	if err := cmd.Start(); err != nil {
		t.close()
		return nil, err
	}
	t.leader = uint32(cmd.Process.Pid)
	if err := t.assign(); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.close()
		return nil, err
	}
	return t, nil
}

// assign puts the leader into the job, unless it is over already.
func (t *tree) assign() error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE|windows.SYNCHRONIZE, false, t.leader)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(process)
	err = windows.AssignProcessToJobObject(t.job, process)
	if event, waitErr := windows.WaitForSingleObject(process, 0); waitErr == nil && event == windows.WAIT_OBJECT_0 {
		return nil
	}
	return err
}

func (t *tree) close() { _ = windows.CloseHandle(t.job) }

// terminate sends Ctrl-Break to the process group, the nearest Windows has to SIGTERM.
func (t *tree) terminate() { _ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, t.leader) }

// kill ends every process of the job with exit code 137, as a killed step has elsewhere.
func (t *tree) kill() { _ = windows.TerminateJobObject(t.job, 137) }

// empty reports whether no process of the job is left.
func (t *tree) empty() bool {
	// JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, which x/sys does not declare.
	var info struct {
		_      [4]int64
		_      [2]uint32
		active uint32
		_      uint32
	}
	err := windows.QueryInformationJobObject(t.job, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	return err == nil && info.active == 0
}

// reap has nothing to do: Windows has no zombies.
func (t *tree) reap() {}

// end kills the job and waits until it is empty. It knows no survivors by their ids.
func (t *tree) end(limit time.Duration) []int {
	t.kill()
	for deadline := time.Now().Add(limit); !t.empty() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return nil
}
