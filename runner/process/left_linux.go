package process

import (
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// MarkRun returns env with a mark in it that no other run has: every process of the run's steps inherits it.
func MarkRun(env []string) []string {
	mark := rand.Text()
	if outer := LookupEnv(env, processVar); outer != "" {
		mark = outer + "/" + mark
	}
	return append(slices.Clone(env), processVar+"="+mark)
}

// RunMark returns the mark that MarkRun put into env.
func RunMark(env []string) string {
	marks := LookupEnv(env, processVar)
	return marks[strings.LastIndexByte(marks, '/')+1:]
}

// EndLeft ends the processes that carry a run's mark: what its steps left behind when belay was killed before it could
// end them. It returns how many it ended, and the ids of those that would not go. A process without the mark is never
// touched: each is held by a descriptor (pidfd_open(2)) while its mark is looked at, so that no id can have passed on to
// another one. Where this process is itself one of the run's, all are left alone.
func EndLeft(mark string) (ended int, alive []int) {
	own := strings.Split(LookupEnv(os.Environ(), processVar), "/") // a hidden process can't read that in /proc
	if mark == "" || slices.Contains(own, mark) {
		return 0, nil
	}
	met := map[int]bool{}
	kill := time.Now().Add(leftGrace)
	deadline := kill.Add(sweepLimit)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		alive = nil
		for _, pid := range processes() {
			id, err := strconv.Atoi(pid)
			if err == nil && endMarked(id, mark, leftSignal(met[id], kill)) {
				met[id] = true
				alive = append(alive, id)
			}
		}
		if len(alive) == 0 || time.Now().After(deadline) {
			return len(met) - len(alive), alive
		}
		time.Sleep(pause)
	}
}

// leftGrace is how long what was left may clean up: git killed outright leaves its locks, and the next git would not start.
const leftGrace = 2 * time.Second

// leftSignal is what is sent to a process: SIGTERM once, then nothing until it is time for SIGKILL.
func leftSignal(asked bool, kill time.Time) unix.Signal {
	switch {
	case time.Now().After(kill):
		return unix.SIGKILL
	case asked:
		return 0
	}
	return unix.SIGTERM
}

// endMarked sends a signal to a process that carries a mark, and reports whether it does.
func endMarked(pid int, mark string, signal unix.Signal) bool {
	if !slices.Contains(marksOf(strconv.Itoa(pid)), mark) {
		return false
	}
	held, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		return endMarkedBefore53(pid, mark, signal)
	}
	if err != nil {
		return false // it is gone
	}
	defer os.NewFile(uintptr(held), "pidfd").Close()
	if !slices.Contains(marksOf(strconv.Itoa(pid)), mark) {
		return false
	}
	_ = unix.PidfdSendSignal(held, signal, nil, 0)
	return true
}

// endMarkedBefore53 is endMarked on kernels before 5.3, and where a sandbox forbids the call: by the time at which the
// process was born nobody else can be meant, unless an id passes on within the next microsecond.
func endMarkedBefore53(pid int, mark string, signal unix.Signal) bool {
	before, ok := readStat(strconv.Itoa(pid))
	if !ok || !slices.Contains(marksOf(strconv.Itoa(pid)), mark) {
		return false
	}
	if now, ok := readStat(strconv.Itoa(pid)); !ok || now.born != before.born {
		return false
	}
	_ = unix.Kill(pid, signal)
	return true
}
