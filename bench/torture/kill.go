//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// kill: a job dies at a random moment, and the CI host runs it again on another machine. Its change is on the branch once.
func (b *bench) kill() bool {
	b.defaults(1, 500)
	bare, url := b.fresh("belay.git")
	// The answer to a push is late, as over a real network: that is when a job must not die.
	b.server.set(weather{late: 150 * time.Millisecond})
	random := rand.New(rand.NewPCG(b.seed, 1))
	dies := func(trial int, start func(dir string) *exec.Cmd, url, name string, within time.Duration) (killed bool) {
		for attempt := range 2 {
			dir := b.clone(url, fmt.Sprintf("%s-%d-%d", name, trial, attempt))
			cmd := start(dir)
			cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
			check(cmd.Start())
			if attempt == 0 {
				time.Sleep(time.Duration(random.Int64N(int64(within))))
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be done
			}
			err := cmd.Wait()
			if attempt == 1 && err != nil {
				fmt.Printf("%s %d: the second run: %v\n", name, trial, err)
			}
			check(os.RemoveAll(dir))
			if attempt == 0 && err == nil {
				return false
			}
		}
		return true
	}
	belay := func(trial int) func(dir string) *exec.Cmd {
		j := job{writer: trial, each: 1}
		return func(string) *exec.Cmd {
			cmd := exec.Command(b.belay, "run", "--steps", j.steps(), "--policy", b.land(""), "--run-id", fmt.Sprintf("kill-%d", trial))
			cmd.Env = append(b.environ(), "TMPDIR="+b.temp())
			return cmd
		}
	}
	shell := func(trial int) func(dir string) *exec.Cmd {
		return func(string) *exec.Cmd {
			cmd := exec.Command("bash", "-c", fmt.Sprintf(`echo %d >> w%d.txt; git add .; git commit -qm "w%d n0."
for a in 1 2 3 4 5; do git pull -q --rebase && git push -q && exit 0; done; exit 1`, trial, trial, trial))
			cmd.Env = environ()
			return cmd
		}
	}
	within := b.typical(belay(1_000_000), url)
	killed := 0
	for trial := range b.each {
		if dies(trial, belay(trial), url, "belay", within) {
			killed++
		}
	}
	found, sound := onBranch(bare)
	lost, twice := b.perTrial(found)
	holds := promise(lost == 0 && twice == 0 && sound, "%d runs, %d of them killed within %s and run again: %d lost, %d landed twice; sound: %t", b.each, killed, within, lost, twice, sound)
	holds = b.made(bare) && holds
	if b.alone {
		return holds
	}
	trials := min(b.each, 100)
	control, controlURL := b.fresh("shell.git")
	within = b.typical(shell(1_000_000), controlURL)
	for trial := range trials {
		dies(trial, shell(trial), controlURL, "shell", within)
	}
	row := *b
	row.each = trials
	found, _ = onBranch(control)
	lost, twice = row.perTrial(found)
	return promise(twice*5 >= trials, "the control landed %d of %d twice (at least 20 %%), and lost %d", twice, trials, lost) && holds
}

// temp is a folder for what a killed run leaves behind.
func (b *bench) temp() string {
	dir := filepath.Join(b.work, "temp")
	check(os.MkdirAll(dir, 0o755))
	return dir
}

// typical is how long a run takes that nobody kills.
func (b *bench) typical(start func(dir string) *exec.Cmd, url string) time.Duration {
	var longest time.Duration
	for n := range 3 {
		dir := b.clone(url, fmt.Sprintf("typical-%d", n))
		cmd := start(dir)
		cmd.Dir = dir
		begun := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			fmt.Printf("%s", out)
			check(err)
		}
		longest = max(longest, time.Since(begun))
		check(os.RemoveAll(dir))
	}
	return longest
}

// perTrial counts the trials whose commit is missing, and those with more than one.
func (b *bench) perTrial(found map[string]int) (lost, twice int) {
	for trial := range b.each {
		switch got := found[fmt.Sprintf("w%d n0.", trial)]; {
		case got == 0:
			lost++
		case got > 1:
			twice++
		}
	}
	return lost, twice
}
