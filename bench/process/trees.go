//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/belay-ci/belay/runner/process"
)

// shape is a way for a step to have children that outlive it. Each is put below a shell that ignores SIGTERM.
type shape struct{ name, script string }

func shapes() []shape {
	return []shape{
		{"ignores SIGTERM", `sh -c 'trap "" TERM; while :; do sleep 60; done' &`},
		{"a session of its own", `setsid sleep 60 &`},
		{"forked twice", `(setsid sh -c '(sleep 60; :) & (sleep 60; :) &' &); (sleep 60 &)`},
		{"holds the output", `setsid sh -c 'while :; do echo x; sleep 0.01; done' &`},
		{"hid its environment", `setsid env -i /bin/sh -c '/bin/sleep 60; :' &`},
		{"forks and exits in a loop", `echo 'setsid sh loop &' > loop; sh loop; sh loop`},
		{"forks and stays in a loop", `echo 'sleep 0.02; sh loop & sleep 60' > loop; sh loop &`},
		{"a deep tree", `echo '[ $1 = 0 ] || sh deep $(($1 - 1)) & sleep 60' > deep; sh deep 20 &`},
		{"a wide tree", `i=0; while [ $i -lt 50 ]; do setsid sleep 60 & i=$((i+1)); done`},
		{"stopped", `sleep 60 & kill -STOP $!`},
	}
}

const (
	runsFor = 150 * time.Millisecond // until the timeout comes
	grace   = 50 * time.Millisecond  // until the kill decision
)

// trees starts trees one after the other, stops them by a timeout they ignore, and counts what is left.
func trees(args []string) error {
	flags := flag.NewFlagSet("trees", flag.ExitOnError)
	n := flags.Int("n", 200, "how many trees")
	seed := flags.Uint64("seed", 1, "draws their shapes")
	_ = flags.Parse(args)
	if err := process.Subreap(); err != nil {
		return err
	}
	draw := rand.New(rand.NewPCG(*seed, 0))
	var took []time.Duration
	survivors, worst := 0, ""
	for range *n {
		s, t := pick(draw)
		after, left, err := stopped(t)
		if err != nil {
			return err
		}
		survivors += left
		if len(took) == 0 || after > quantile(took, 1) {
			worst = s
		}
		took = append(took, after)
	}
	control, err := naive()
	if err != nil {
		return err
	}
	fmt.Println("| trees | survivors | ms after the kill decision: p50 | p99 | worst | the worst was | a plain exec.CommandContext with WaitDelay leaves |")
	fmt.Println("|---|---|---|---|---|---|---|")
	fmt.Printf("| %d | %d | %s | %s | %s | %s | %d of %d |\n", *n, survivors, ms(median(took)), ms(quantile(took, 0.99)), ms(quantile(took, 1)), worst, control, len(shapes()))
	switch {
	case survivors > 0:
		return fmt.Errorf("%d processes survived, seed %d", survivors, *seed)
	case quantile(took, 0.99) > 100*time.Millisecond:
		return fmt.Errorf("p99 is %s ms, more than 100", ms(quantile(took, 0.99)))
	case control == 0:
		return errors.New("the control left nothing either: this test proves nothing")
	}
	return nil
}

// pick draws a tree of one to three shapes.
func pick(draw *rand.Rand) (name, script string) {
	var names, scripts []string
	all := shapes()
	draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, s := range all[:1+draw.IntN(3)] {
		names, scripts = append(names, s.name), append(scripts, s.script)
	}
	return strings.Join(names, " + "), strings.Join(scripts, "\n")
}

// unwilling is a leader that ignores SIGTERM, so that the kill decision comes exactly when the grace is over.
func unwilling(tree string) string { return tree + "\ntrap '' TERM; while :; do sleep 60; done" }

// stopped runs a tree until belay has ended it, and returns how long that took after the kill decision.
func stopped(tree string) (after time.Duration, left int, err error) {
	dir, remove, err := workspace()
	if err != nil {
		return 0, 0, err
	}
	defer remove()
	exit, err := process.Run(context.Background(), process.Command{
		Shell: "sh", Script: unwilling(tree), Dir: dir, Env: os.Environ(), Temp: dir, Timeout: runsFor, Grace: grace,
	})
	if err != nil {
		return 0, 0, err
	}
	if !exit.TimedOut {
		return 0, 0, fmt.Errorf("the tree ended by itself: %+v", exit)
	}
	return exit.Ended.Sub(exit.Started) - runsFor - grace, len(inhabitants(dir)), nil
}

// naive counts the shapes of which something survives the way Go programs stop a child.
func naive() (survived int, err error) {
	for _, s := range shapes() {
		dir, remove, err := workspace()
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), runsFor)
		cmd := exec.CommandContext(ctx, "sh", "-c", unwilling(s.script))
		cmd.Dir, cmd.WaitDelay = dir, grace
		cmd.Stdout = new(strings.Builder)
		_ = cmd.Run()
		cancel()
		if len(inhabitants(dir)) > 0 {
			survived++
		}
		for range 200 { // a forking loop is gone when it is met between two forks
			for _, pid := range inhabitants(dir) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			for pid := 1; pid > 0; {
				pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			}
			if len(inhabitants(dir)) == 0 {
				break
			}
		}
		remove()
	}
	return survived, nil
}

// inhabitants lists the processes whose working directory is dir.
func inhabitants(dir string) []int {
	dir, _ = filepath.EvalSymlinks(dir)
	entries, _ := os.ReadDir("/proc")
	var found []int
	for _, e := range entries {
		var pid int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		if cwd, err := os.Readlink("/proc/" + e.Name() + "/cwd"); err == nil && cwd == dir {
			found = append(found, pid)
		}
	}
	return found
}
