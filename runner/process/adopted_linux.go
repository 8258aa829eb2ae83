package process

import (
	"bytes"
	"os"
	"slices"
	"strings"
)

// adopted picks, from pids, the children of belay that came from this step.
//
// Other children are belay's own, git for instance, the leaders of steps that run at the same time, and what
// those left behind. Belay's own are in its process group, where no step's process is: a step's group is new,
// and its processes stay there or open others. Marks tell the steps apart. A process that hid its environment
// is taken when it is not older than the step and is in the step's group or in another session, which no leader
// ever is: the leader of a group can't open one. So each of two steps at the same time may take a hidden orphan
// of the other; leaving it behind would be worse.
func (t *tree) adopted(pids []string) []procStat {
	var ours []procStat
	for _, pid := range pids {
		p, ok := readStat(pid)
		if !ok || p.parent != t.self.pid || p.group == t.self.group || p.born < t.leader.born || p.pid == t.leader.pid {
			continue
		}
		marks := marksOf(pid)
		switch {
		case slices.Contains(marks, t.mark):
			t.known[p.group] = true
		case len(marks) > 0:
			continue
		case p.session == t.self.session && p.group != t.leader.pid && !t.known[p.group]:
			continue
		}
		ours = append(ours, p)
	}
	return ours
}

// marksOf returns the marks in a process's environment: none when it has no mark, or can't be read.
func marksOf(pid string) []string {
	environ, err := os.ReadFile("/proc/" + pid + "/environ")
	if err != nil {
		return nil
	}
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		if marks, ok := bytes.CutPrefix(entry, []byte(processVar+"=")); ok {
			return strings.Split(string(marks), "/")
		}
	}
	return nil
}
