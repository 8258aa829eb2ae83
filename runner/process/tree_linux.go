package process

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// processVar marks a step's processes. A step started below another step carries both marks.
const processVar = "BELAY_PROCESS"

// Subreap makes this process adopt the orphans among its descendants, so that [Run] can find and end what a
// step detached from itself. Call it once, in main: it changes the process for good.
// See PR_SET_CHILD_SUBREAPER in prctl(2).
func Subreap() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_CHILD_SUBREAPER", err)
	}
	return nil
}

// tree is a step's processes: its group, and the orphans belay adopted from it. It keeps no list, because a
// list is out of date at once; it looks at /proc each time.
type tree struct {
	self   procStat
	leader procStat
	mark   string
	known  map[int]bool // groups seen with our mark: a zombie has lost it
}

// startTree starts cmd as the leader of a new process group. The raw command line is for Windows.
func startTree(cmd *exec.Cmd, _ string) (*tree, error) {
	t := &tree{mark: rand.Text(), known: map[int]bool{}}
	marks := t.mark
	if outer := LookupEnv(cmd.Env, processVar); outer != "" {
		marks = outer + "/" + t.mark
	}
	cmd.Env = append(cmd.Env, processVar+"="+marks)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t.self = ownStat()
	t.leader, _ = readStat(strconv.Itoa(cmd.Process.Pid))
	t.leader.pid = cmd.Process.Pid
	return t, nil
}

func (t *tree) close() {}

// terminate asks the group to end.
func (t *tree) terminate() { _ = unix.Kill(-t.leader.pid, unix.SIGTERM) }

// kill ends the group.
func (t *tree) kill() { _ = unix.Kill(-t.leader.pid, unix.SIGKILL) }

// empty reports whether the group is gone.
func (t *tree) empty() bool {
	t.reap()
	return errors.Is(unix.Kill(-t.leader.pid, 0), unix.ESRCH)
}

// reap releases the adopted processes that ended, which would keep their process ids otherwise.
func (t *tree) reap() {
	for _, p := range t.adopted(processes()) {
		if p.state == 'Z' {
			p.release()
		}
	}
}

// end kills the group and everything adopted until nothing is left, and returns what would not go. The leader
// has ended before: as long as it lives, its orphans-to-be are out of sight.
//
// What forks and exits in a loop is another process each millisecond. So as long as a round meets new ones the next
// follows without a pause, on the kernel's short list of children. One empty look through /proc is proof at last: a
// process that forks and exits meanwhile leaves a zombie or an orphan with belay, and only this loop removes those.
func (t *tree) end(limit time.Duration) []int {
	t.kill()
	deadline := time.Now().Add(limit)
	met := map[int]bool{}
	for pause := firstPause; !childless(); {
		pids, ok := children()
		if !ok {
			pids = processes()
		}
		r := t.sweep(pids, met)
		if ok && !r.dying {
			r = t.sweep(processes(), met)
		}
		if !r.dying || time.Now().After(deadline) {
			return r.alive
		}
		if r.fresh {
			pause = firstPause
			continue
		}
		time.Sleep(pause)
		pause = min(2*pause, lastPause)
	}
	return nil
}

// A pause between two rounds that met nobody new: what got SIGKILL needs a moment.
const (
	firstPause = 500 * time.Microsecond
	lastPause  = 20 * time.Millisecond
)

// round is what one look at the adopted processes met.
type round struct {
	alive []int // got SIGKILL
	dying bool  // another round is worth it
	fresh bool  // one was met for the first time
}

// sweep kills or releases those of pids that came from this step, and notes them in met.
func (t *tree) sweep(pids []string, met map[int]bool) round {
	var r round
	for _, p := range t.adopted(pids) {
		r.fresh = r.fresh || !met[p.pid]
		met[p.pid] = true
		if p.state == 'Z' {
			p.release()
			r.dying = true
			continue
		}
		r.alive = append(r.alive, p.pid)
		r.dying = p.kill() || r.dying
	}
	return r
}

// childless reports whether belay has no children at all, the usual case after a step, without reading /proc.
func childless() bool {
	return errors.Is(unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil), unix.ECHILD)
}
