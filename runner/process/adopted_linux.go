package process

import (
	"bytes"
	"os"
	"slices"
	"strings"
)

// adopted lists the children of belay that came from this step.
//
// Other children are belay's own, git for instance, the leaders of steps that run at the same time, and what
// those left behind. Belay's own are in its process group, where a step's process never is: that of the leader
// is new, and a group can be joined only from the same session. Marks tell the steps apart. A process that hid
// its environment is taken when it is not older than the step and has a session of its own, which no leader can
// open, or is in this step's group. So two steps at the same time may each take a hidden orphan of the other;
// leaving it behind would be worse.
func (t *tree) adopted() []procStat {
	var ours []procStat
	for _, pid := range processes() {
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
