//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/belay-ci/belay/bench/git"
)

// kill: a job dies at a random moment, and the CI host runs it again on another machine. Its change is on the branch once.
// Some jobs run at a time, as many as are busy while the others wait for the server.
func (b *bench) kill() bool {
	b.defaults(2*runtime.NumCPU(), 500)
	bare, url := b.fresh("belay.git")
	d := b.killAll(b.each, "belay", url, func(trial int) *exec.Cmd {
		// Appended, as the control does: a change that can be made twice.
		steps := fmt.Sprintf("version: 1\nsteps:\n  - run: echo %d >> w%d.txt\n  - uses: land\n    with: { branch: main, paths: [w%d.txt], message: \"w%d n0.\" }\n", trial, trial, trial, trial)
		cmd := exec.Command(b.belay, "run", "--steps", steps, "--policy", b.land(""), "--run-id", fmt.Sprintf("kill-%d", trial))
		cmd.Env = append(b.environ(), "TMPDIR="+b.temp())
		return cmd
	})
	found, sound := onBranch(bare)
	lost, twice := perTrial(found, b.each)
	holds := promise(lost == 0 && twice == 0 && sound, "%d runs, %d of them killed within %s, %d of these when it had landed, and run again: %d lost, %d landed twice; sound: %t",
		b.each, d.killed, d.usual().Round(time.Millisecond), d.landed, lost, twice, sound)
	holds = b.made(bare) && holds
	if b.alone {
		return holds
	}
	trials := min(b.each, 200)
	control, controlURL := b.fresh("shell.git")
	b.killAll(trials, "shell", controlURL, func(trial int) *exec.Cmd {
		cmd := exec.Command("bash", "-c", fmt.Sprintf(`echo %d >> w%d.txt; git add .; git commit -qm "w%d n0."
for a in 1 2 3 4 5; do git pull -q --rebase && git push -q && exit 0; done; exit 1`, trial, trial, trial))
		cmd.Env = git.Environ()
		return cmd
	})
	found, _ = onBranch(control)
	lost, twice = perTrial(found, trials)
	return promise(twice*5 >= trials, "the control landed %d of %d twice (at least 20 %%), and lost %d", twice, trials, lost) && holds
}

// deaths are what killAll did.
type deaths struct {
	killed, landed int             // those that died, and those of them that had landed before, as the second run says
	took           []time.Duration // how long the latest runs took that nobody killed
}

// usual is how long a run takes at present: three quarters take no longer. A machine that others use is not always as fast.
func (d deaths) usual() time.Duration {
	latest := slices.Sorted(slices.Values(d.took[max(0, len(d.took)-16):]))
	return latest[len(latest)*3/4]
}

// killAll kills each trial's command at a random moment before a run is usually over, and runs it again in a fresh clone. The
// answer to a push comes as late as a whole run takes at present without that, for that is when a job must not die.
func (b *bench) killAll(trials int, name, url string, command func(trial int) *exec.Cmd) deaths {
	b.server.set(weather{})
	var d deaths
	var mu sync.Mutex // guards d
	whole := func(trial int, again string) string {
		dir := b.clone(url, fmt.Sprintf("%s-%d%s", name, trial, again))
		begun := time.Now()
		_, end := b.begin(dir, command(trial))
		out, err := end()
		if err != nil {
			fmt.Printf("%s %d: a run that nobody killed: %v\n", name, trial, err)
		}
		mu.Lock()
		defer mu.Unlock()
		d.took = append(d.took, time.Since(begun))
		return out
	}
	var all sync.WaitGroup
	for n := range b.writers {
		all.Go(func() { whole(trials+n, "") })
	}
	all.Wait()
	for i := range d.took {
		d.took[i] *= 2 // from now on the answer is late
	}
	next := make(chan int)
	for range b.writers {
		all.Go(func() {
			for trial := range next {
				mu.Lock()
				within := d.usual()
				mu.Unlock()
				b.server.set(weather{late: min(within/2, 2*time.Second)})
				if !b.dies(trial, name, url, command(trial), within) {
					continue
				}
				out := whole(trial, "-again")
				mu.Lock()
				d.killed++
				if strings.Contains(out, "already landed") {
					d.landed++
				}
				mu.Unlock()
			}
		})
	}
	for trial := range trials {
		next <- trial
	}
	close(next)
	all.Wait()
	return d
}

// dies kills one run within a time, and reports whether it was not over.
func (b *bench) dies(trial int, name, url string, cmd *exec.Cmd, within time.Duration) bool {
	moment := rand.New(rand.NewPCG(b.seed, uint64(trial))).Float64()
	cmd, end := b.begin(b.clone(url, fmt.Sprintf("%s-%d", name, trial)), cmd)
	time.Sleep(time.Duration(moment * float64(within)))
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be done
	_, err := end()
	return err != nil
}

// begin starts a command in a clone, in a process group of its own. end waits for it, removes the clone, and returns what it
// printed.
func (b *bench) begin(dir string, cmd *exec.Cmd) (_ *exec.Cmd, end func() (string, error)) {
	var out strings.Builder
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout = dir, &syscall.SysProcAttr{Setpgid: true}, &out
	check(cmd.Start())
	return cmd, func() (string, error) {
		err := cmd.Wait()
		check(os.RemoveAll(dir))
		return out.String(), err
	}
}

// temp is a folder for what a killed run leaves behind.
func (b *bench) temp() string {
	dir := filepath.Join(b.work, "temp")
	check(os.MkdirAll(dir, 0o755))
	return dir
}

// perTrial counts the trials whose commit is missing, and those with more than one.
func perTrial(found map[string]int, trials int) (lost, twice int) {
	for trial := range trials {
		switch got := found[fmt.Sprintf("w%d n0.", trial)]; {
		case got == 0:
			lost++
		case got > 1:
			twice++
		}
	}
	return lost, twice
}
