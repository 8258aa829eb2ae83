package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inhabitants lists the processes whose working directory is dir, zombies left out.
func inhabitants(t testing.TB, dir string) []string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, pid := range processes() {
		if cwd, err := os.Readlink("/proc/" + pid + "/cwd"); err == nil && cwd == dir {
			name, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			found = append(found, pid+" "+string(bytes.ReplaceAll(name, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// zombies lists the dead children nobody has waited for.
func zombies() []string {
	var found []string
	for _, pid := range processes() {
		if p, ok := readStat(pid); ok && p.parent == os.Getpid() && p.state == 'Z' {
			found = append(found, pid)
		}
	}
	return found
}

func TestNothingOfAStepSurvives(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("setsid is not installed")
	}
	trees := []struct{ name, script string }{
		{"a child in the background", "sleep 60 &"},
		{"a child that ignores SIGTERM", "sh -c 'trap \"\" TERM; while :; do sleep 60; done' &"},
		{"a child in its own session", "setsid sleep 60 &"},
		{"a child that holds the output", "setsid sh -c 'while :; do echo x; sleep 0.01; done' &"},
		{"a daemon, forked twice", "(setsid sh -c '(sleep 60; :) & (sleep 60; :) &' &) ; (sleep 60 &)"},
		{"a child in its own job", "set -m; sleep 60 & sh -c 'sleep 60; :' &"},
		{"a child that hid its environment", "setsid env -i /bin/sh -c '/bin/sleep 60; :' & env -i /bin/sleep 60 &"},
		{"a stopped child", "sleep 60 & kill -STOP $!"},
		{"a loop that forks and exits", "echo 'sh loop &' > loop; sh loop"},
		{"a loop that forks sessions and exits", "echo 'setsid sh loop &' > loop; sh loop; sh loop"},
		{"a loop that forks and stays", "echo 'sleep 0.01; sh loop & sleep 60' > loop; sh loop &"},
	}
	ends := []struct {
		name, script string
		timeout      time.Duration
	}{
		{"after success", "sleep 0.02; exit 0", 0},
		{"after a timeout", "sleep 60", 50 * time.Millisecond},
		{"after a timeout it ignores", "trap '' TERM; while :; do sleep 60; done", 50 * time.Millisecond},
	}
	for _, tree := range trees {
		for _, end := range ends {
			t.Run(tree.name+" "+end.name, func(t *testing.T) {
				c := command(t, "sh", tree.script+"\n"+end.script)
				c.Timeout, c.Grace = end.timeout, 20*time.Millisecond
				exit := run(t, c)
				if left := inhabitants(t, c.Dir); len(left) > 0 {
					t.Errorf("left %q", left)
				}
				if len(exit.Survivors) > 0 {
					t.Errorf("says it left %v", exit.Survivors)
				}
				if took := exit.Ended.Sub(exit.Started); took > soon {
					t.Errorf("took %v", took)
				}
				if left := zombies(); len(left) > 0 {
					t.Errorf("left zombies %v", left)
				}
			})
		}
	}
}

// With many processes a look through /proc takes longer than one turn of the loop.
func TestAForkingLoopIsCaughtAmongManyProcesses(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("setsid is not installed")
	}
	crowd := exec.Command("sh", "-c", "i=0; while [ $i -lt 1500 ]; do sleep 120 & i=$((i+1)); done; echo up; wait")
	crowd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	up, err := crowd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := crowd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Kill(-crowd.Process.Pid, unix.SIGKILL)
		_ = crowd.Wait()
		for { // the crowd's children, which this process adopts
			if _, err := unix.Wait4(-crowd.Process.Pid, nil, 0, nil); err != nil && err != unix.EINTR {
				return
			}
		}
	})
	if _, err := up.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		c := command(t, "sh", "echo 'setsid sh loop &' > loop; sh loop; sh loop; sleep 0.02")
		exit := run(t, c)
		if left := inhabitants(t, c.Dir); len(left) > 0 || len(exit.Survivors) > 0 {
			t.Fatalf("left %q, says it left %v", left, exit.Survivors)
		}
	}
}

func TestAStepEndsOnlyItsOwnProcesses(t *testing.T) {
	dir := t.TempDir()
	// What belay runs itself, git for instance, in its own group.
	own := exec.Command("sleep", "60")
	own.Dir = dir
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	// Another step, with an orphan in a session of its own.
	ctx, cancel := context.WithCancel(context.Background())
	other := command(t, "sh", "(setsid sleep 60 &); echo up; exec sleep 60")
	up := make(chan struct{}, 1)
	other.Stdout = writerFunc(func(p []byte) (int, error) { up <- struct{}{}; return len(p), nil })
	ended := make(chan Exit)
	go func() {
		exit, _ := Run(ctx, other)
		ended <- exit
	}()
	<-up

	for range 3 {
		run(t, command(t, "sh", "setsid sleep 60 >/dev/null 2>&1 &"))
	}
	if left := inhabitants(t, other.Dir); len(left) != 2 {
		t.Errorf("of the other step and its orphan %q are left", left)
	}
	cancel()
	if exit := <-ended; exit.Signal != "TERM" {
		t.Errorf("the other step ended by %+v", exit)
	}
	if left := inhabitants(t, other.Dir); len(left) > 0 {
		t.Errorf("the other step left %q", left)
	}
	if left := inhabitants(t, dir); len(left) != 1 {
		t.Error("belay's own child is gone")
	}
	_ = own.Process.Kill()
	if err := own.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("belay's own child ended by %v", err)
	}
}

func TestOutputHeldOpenFromOutsideDoesNotHang(t *testing.T) {
	const size = 300_000
	var held *os.File // this process holds the step's output, as something that is no child of the step
	got := 0
	c := command(t, "sh", "echo $$; read gate < gate; head -c 300000 /dev/zero")
	if err := unix.Mkfifo(filepath.Join(c.Dir, "gate"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Stdout = writerFunc(func(p []byte) (int, error) {
		if held == nil {
			var err error
			if held, err = os.OpenFile("/proc/"+strings.TrimSpace(string(p))+"/fd/1", os.O_WRONLY, 0); err != nil {
				t.Error(err)
			}
			return len(p), os.WriteFile(filepath.Join(c.Dir, "gate"), []byte("\n"), 0o600)
		}
		time.Sleep(20 * time.Millisecond) // so that the step ends with output still under way
		got += len(p)
		return len(p), nil
	})
	exit := run(t, c)
	if exit.Code != 0 || got != size {
		t.Errorf("code %d, %d bytes of %d", exit.Code, got, size)
	}
	if took := exit.Ended.Sub(exit.Started); took > soon {
		t.Errorf("took %v", took)
	}
	_ = held.Close()
}

func TestOrphansThatEndAreReapedWhileTheStepRuns(t *testing.T) {
	const orphans = 20
	c := command(t, "sh", "i=0; while [ $i -lt 20 ]; do (true &); i=$((i+1)); done; sleep 60")
	c.Timeout = reapEvery + reapEvery/2
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = Run(context.Background(), c)
	}()
	most, last := 0, 0
	for running := true; running; {
		select {
		case <-ended:
			running = false
		case <-time.After(20 * time.Millisecond):
			last = len(zombies())
			most = max(most, last)
		}
	}
	if most < orphans/2 || last > orphans/10 {
		t.Errorf("saw %d zombies at most and %d at the end", most, last)
	}
}

func TestAStepWithinAStepCarriesBothMarks(t *testing.T) {
	c := command(t, "sh", "echo $BELAY_PROCESS")
	c.Env = append(c.Env, processVar+"=outer")
	marks := strings.Split(strings.TrimSpace(run(t, c).Stdout), "/")
	if len(marks) != 2 || marks[0] != "outer" || marks[1] == "" {
		t.Errorf("got %q", marks)
	}
}

func TestAStepDiesWithBelay(t *testing.T) {
	if dir := os.Getenv("BELAY_TEST_DIE"); dir != "" {
		c := command(t, "sh", "echo up; exec sleep 60")
		c.Dir = dir
		c.Stdout = os.Stdout
		_, _ = Run(context.Background(), c)
		return
	}
	dir := t.TempDir()
	belay := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	belay.Env = append(os.Environ(), "BELAY_TEST_DIE="+dir)
	out, err := belay.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := belay.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	all := inhabitants(t, dir)
	if len(all) != 1 {
		t.Fatalf("not one process runs: %q", all)
	}
	pid, _, _ := strings.Cut(all[0], " ")
	leader, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	_ = belay.Process.Kill()
	_ = belay.Wait()
	var status unix.WaitStatus // this process adopted what belay left
	switch _, err := unix.Wait4(leader, &status, 0, nil); {
	case errors.Is(err, unix.ECHILD): // it died so early that belay saw it
	case err != nil || status.Signal() != unix.SIGKILL:
		t.Errorf("the step ended by %v, %v", status.Signal(), err)
	}
}

func TestReadStatSurvivesAnyName(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a) Z 1 1")
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(sleep, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, ok := readStat(strconv.Itoa(cmd.Process.Pid))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if !ok || p.pid != cmd.Process.Pid || p.parent != os.Getpid() || p.state == 'Z' || p.born == 0 {
		t.Errorf("got %+v", p)
	}
}
