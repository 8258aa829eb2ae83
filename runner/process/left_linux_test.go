package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// sleeper starts a process that would sleep for a minute, with that environment.
func sleeper(t *testing.T, env []string, script string) (alive func() bool) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	return func() bool {
		select {
		case <-ended:
			return false
		case <-time.After(time.Second):
			return true
		}
	}
}

func TestWhatARunLeftIsEndedAndNobodyElse(t *testing.T) {
	t.Cleanup(func() { // this process adopts the orphans
		for _, pid := range zombies() {
			if p, ok := readStat(pid); ok {
				p.release()
			}
		}
	})
	run, other := MarkRun([]string{"A=1"}), MarkRun(nil)
	mark := RunMark(run)
	inner := MarkRun(run)
	dir := t.TempDir()
	ours := map[string]func() bool{
		"a process":                   sleeper(t, run, "exec sleep 60"),
		"one of a run within":         sleeper(t, inner, "exec sleep 60"),
		"one that ignores SIGTERM":    sleeper(t, run, "trap '' TERM; while :; do sleep 60; done"),
		"one with children, sessions": sleeper(t, run, "cd "+dir+"; setsid sleep 60 & sleep 60 & exec sleep 60"),
	}
	theirs := map[string]func() bool{
		"another run's":        sleeper(t, other, "exec sleep 60"),
		"nobody's":             sleeper(t, nil, "exec sleep 60"),
		"one that tells of it": sleeper(t, []string{"NOTE=" + processVar + "=" + mark, processVar + "=x" + mark}, "exec sleep 60"),
	}
	time.Sleep(100 * time.Millisecond) // for the shells to have started theirs
	ended, alive := EndLeft(mark)
	if ended < len(ours) || len(alive) > 0 {
		t.Errorf("ended %d, alive %v", ended, alive)
	}
	for name, lives := range ours {
		if lives() {
			t.Errorf("%s is alive", name)
		}
	}
	if left := inhabitants(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	for name, lives := range theirs {
		if !lives() {
			t.Errorf("%s was ended", name)
		}
	}
	if ended, alive := EndLeft(RunMark(inner)); ended > 0 || len(alive) > 0 {
		t.Errorf("a second time: %d, %v", ended, alive)
	}
	if ended, _ := EndLeft(""); ended > 0 {
		t.Errorf("no mark ended %d", ended)
	}
}

func TestWhatARunLeftMayCleanUp(t *testing.T) {
	run, dir := MarkRun(nil), t.TempDir()
	lock, ready := filepath.Join(dir, "lock"), filepath.Join(dir, "ready")
	lives := sleeper(t, run, "trap 'rm "+lock+"; exit' TERM; touch "+lock+" "+ready+"; while :; do sleep 0.02; done")
	for {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if ended, alive := EndLeft(RunMark(run)); ended == 0 || len(alive) > 0 || lives() {
		t.Errorf("ended %d, alive %v", ended, alive)
	}
	if _, err := os.Stat(lock); err == nil {
		t.Error("its lock is there")
	}
}

func TestARunDoesNotEndItself(t *testing.T) {
	if mark := os.Getenv("END_LEFT"); mark != "" {
		if ended, alive := EndLeft(mark); ended > 0 || len(alive) > 0 {
			t.Errorf("ended %d, alive %v", ended, alive)
		}
		return
	}
	run := MarkRun(nil)
	cmd := exec.Command(os.Args[0], "-test.run=^TestARunDoesNotEndItself$")
	cmd.Env = append(run, "END_LEFT="+RunMark(run), "PATH="+os.Getenv("PATH"))
	lives := sleeper(t, run, "exec sleep 60")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !lives() {
		t.Error("the rest of the run was ended from within")
	}
}
