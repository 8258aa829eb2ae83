package process

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procStat is what /proc/PID/stat says, see proc_pid_stat(5).
type procStat struct {
	pid, parent, group, session int
	state                       byte
	born                        uint64 // clock ticks since boot
}

// processes lists the process ids in /proc; none where it is not mounted.
func processes() []string {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	var pids []string
	for _, name := range names {
		if name[0] >= '1' && name[0] <= '9' {
			pids = append(pids, name)
		}
	}
	return pids
}

// children lists belay's children from newest to oldest, faster than a look through /proc by the number of processes
// on the machine: what forks and exits in a loop lives for a millisecond. The kernel may leave one out while
// others come and go (proc_pid_children(5)), so an empty list proves nothing. False where the kernel has no list.
func children() ([]string, bool) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, false
	}
	var pids []string
	for _, task := range tasks {
		list, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if errors.Is(err, os.ErrNotExist) && task.Name() == strconv.Itoa(os.Getpid()) {
			return nil, false
		}
		pids = append(pids, strings.Fields(string(list))...)
	}
	slices.Reverse(pids)
	return pids, true
}

// ownStat is belay's own. When /proc is that of another pid namespace its numbers mean other processes here:
// then no process is the parent of any.
func ownStat() procStat {
	self, ok := readStat("self")
	if !ok || self.pid != os.Getpid() {
		return procStat{pid: -1}
	}
	return self
}

func readStat(pid string) (procStat, bool) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return procStat{}, false
	}
	// The second field is the program's name in parentheses, which may hold anything, parentheses too.
	id, _, _ := bytes.Cut(text, []byte{' '})
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 {
		return procStat{}, false
	}
	p := procStat{state: fields[0][0]}
	for _, n := range []struct {
		to   *int
		text string
	}{{&p.pid, string(id)}, {&p.parent, fields[1]}, {&p.group, fields[2]}, {&p.session, fields[3]}} {
		if *n.to, err = strconv.Atoi(n.text); err != nil {
			return procStat{}, false
		}
	}
	p.born, err = strconv.ParseUint(fields[19], 10, 64)
	return p, err == nil
}

// release reaps a zombie. By its id and never just any child: another one's exit code belongs to whoever waits
// for it.
func (p procStat) release() { _, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil) }

// kill ends the process and its group, and reports whether that is allowed. The group goes first, at once: one
// process after the other, a forking loop would win. Group ids 0 and 1 would mean belay's own, and everyone.
func (p procStat) kill() bool {
	if p.group > 1 {
		_ = unix.Kill(-p.group, unix.SIGKILL)
	}
	return !errors.Is(unix.Kill(p.pid, unix.SIGKILL), unix.EPERM)
}
