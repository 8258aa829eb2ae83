package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A faulty disk, for one process: the system calls with which it uses files are held up by the kernel (seccomp's user
// notification) until the test has said whether they are to be done, or to fail with EIO. Children go free.

func programs() map[string]func() {
	return map[string]func(){"belay": main, "under-watch": underWatch}
}

// fileCalls are the system calls that a faulty disk may fail. Where is what they are told the file by: the number of
// the argument with a descriptor, and with a path or -1.
func fileCalls() map[int32]struct{ fd, path int } {
	return map[int32]struct{ fd, path int }{
		unix.SYS_OPENAT: {0, 1}, unix.SYS_MKDIRAT: {0, 1}, unix.SYS_UNLINKAT: {0, 1}, unix.SYS_RENAMEAT: {0, 1}, unix.SYS_RENAMEAT2: {0, 1},
		unix.SYS_SYMLINKAT: {1, 2}, unix.SYS_FCHMODAT: {0, 1}, unix.SYS_UTIMENSAT: {0, 1}, unix.SYS_READLINKAT: {0, 1},
		unix.SYS_READ: {0, -1}, unix.SYS_PREAD64: {0, -1}, unix.SYS_WRITE: {0, -1}, unix.SYS_PWRITE64: {0, -1}, unix.SYS_FSYNC: {0, -1},
		unix.SYS_FDATASYNC: {0, -1}, unix.SYS_FTRUNCATE: {0, -1}, unix.SYS_FCHMOD: {0, -1}, unix.SYS_GETDENTS64: {0, -1},
		unix.SYS_COPY_FILE_RANGE: {0, -1},
		unix.SYS_CONNECT:         {0, -1}, // a socket has a name, too, and is below no folder
	}
}

// underWatch becomes another program, whose file calls the one at the other end of descriptor 3 decides on.
func underWatch() {
	runtime.LockOSThread() // the filter is this thread's, which is the one that goes on as the program
	listener, err := filterFiles()
	if err == nil {
		err = unix.Sendmsg(3, []byte{0}, unix.UnixRights(listener), nil, 0)
	}
	if err == nil {
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "under-watch:", err)
	os.Exit(99)
}

func filterFiles() (listener int, err error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}} // the number of the call
	for nr := range fileCalls() {
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(nr), Jt: 0, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return 0, errno
	}
	return int(fd), nil
}

// notification and answer are struct seccomp_notif and seccomp_notif_resp of linux/seccomp.h.
type (
	notification struct {
		id         uint64
		pid, flags uint32
		nr         int32
		arch       uint32
		at         uint64
		args       [6]uint64
	}
	answer struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

const notifySend = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND

// faulty runs a program whose n-th use of a file below dir fails with EIO. It returns what the program did at that call,
// and how many there were. n of 0 is none.
func faulty(t *testing.T, cmd *exec.Cmd, dir string, n int) (at string, calls int, err error) {
	t.Helper()
	return watched(t, cmd, &watcher{n: n, counts: func(_ int32, file string) bool { return strings.HasPrefix(file, dir+"/") }})
}

// watched runs a program under the eyes of a watcher.
func watched(t *testing.T, cmd *exec.Cmd, w *watcher) (at string, calls int, err error) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "watch")
	watch, err := exec.LookPath("under-watch")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args = append([]string{watch, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.ExtraFiles = watch, []*os.File{theirs}
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	rights := make([]byte, unix.CmsgSpace(4))
	_, length, _, _, err := unix.Recvmsg(pair[0], make([]byte, 1), rights, 0)
	if errors.Join(err, unix.Close(pair[0])) != nil || length == 0 {
		_ = cmd.Wait()
		t.Skip("this system has no notification of system calls")
	}
	messages, err := unix.ParseSocketControlMessage(rights[:length])
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	w.listener, w.process, w.ours = fds[0], cmd.Process.Pid, map[uint32]bool{}
	w.watch()
	return w.at, w.calls, errors.Join(cmd.Wait(), unix.Close(w.listener))
}

type watcher struct {
	n      int                                // the call that goes wrong; 0 for none
	counts func(call int32, file string) bool // which calls are counted
	kills  bool                               // it is not made, and the program is killed; else it fails with EIO

	listener, process, calls int
	at                       string
	ours                     map[uint32]bool // by thread: whether it is the program's
}

// watch decides on calls until the program and its children are over.
func (w *watcher) watch() {
	for {
		poll := []unix.PollFd{{Fd: int32(w.listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); errors.Is(err, unix.EINTR) {
			continue
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			return
		}
		var got notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(w.listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&got))); errno != 0 {
			continue // a signal took the caller away
		}
		reply := answer{id: got.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		file := w.file(got)
		if file != "" && !w.counts(got.nr, file) {
			file = ""
		}
		if file != "" && w.calls+1 == w.n {
			reply = answer{id: got.id, errno: -int32(unix.EIO)}
			if w.kills && unix.Kill(w.process, unix.SIGKILL) == nil {
				w.calls++
				w.at = fmt.Sprintf("call %d of %s", got.nr, file)
				continue // nobody waits for an answer
			}
		}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(w.listener), notifySend, uintptr(unsafe.Pointer(&reply)))
		if errno != 0 || file == "" {
			continue // interrupted, it will be made again
		}
		if w.calls++; w.calls == w.n {
			w.at = fmt.Sprintf("call %d of %s", got.nr, file)
		}
	}
}

// file returns the file or socket that a call is about, and "" where it is another process's.
func (w *watcher) file(got notification) string {
	ours, known := w.ours[got.pid]
	if !known {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", got.pid))
		ours = strings.Contains(string(status), fmt.Sprintf("\nTgid:\t%d\n", w.process))
		w.ours[got.pid] = ours
	}
	if !ours {
		return ""
	}
	call := fileCalls()[got.nr]
	name := ""
	if call.path >= 0 {
		name = w.text(got.args[call.path])
	}
	if !filepath.IsAbs(name) {
		at, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", w.process, int32(got.args[call.fd])))
		if int32(got.args[call.fd]) == unix.AT_FDCWD {
			at, err = os.Readlink(fmt.Sprintf("/proc/%d/cwd", w.process))
		}
		if err != nil {
			return ""
		}
		name = filepath.Join(at, name) // a descriptor's own name, where there is no other
	}
	return name
}

// text reads a C string of the program.
func (w *watcher) text(at uint64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", w.process))
	if err != nil {
		return ""
	}
	defer memory.Close()
	text := make([]byte, 4096)
	n, _ := memory.ReadAt(text, int64(at))
	end := slices.Index(text[:n], 0)
	return string(text[:max(end, 0)])
}
