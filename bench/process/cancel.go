//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What a GitHub runner does to the process it started (actions/runner, ProcessInvoker.cs).
const (
	untilTerm = 7500 * time.Millisecond
	untilKill = 2500 * time.Millisecond
)

// cancelSteps has a step that ignores every signal before the landing and one after it. The server takes its time with
// a push, so that some cancellations come while one is under way.
const cancelSteps = `version: 1
steps:
  - run: "trap '' INT TERM; echo change > change.txt; sleep 0.4; sleep 0.4"
  - { uses: land, with: { branch: main, message: change } }
  - run: "trap '' INT TERM; sleep 1; sleep 60"
finally:
  - run: sleep 0.2
`

// cancelled is what one cancelled run came to.
type cancelled struct {
	took          time.Duration // from SIGINT to its end
	phase         string        // what the report says of the landing
	killed, wrong bool          // the runner had to kill it; the report is wrong
	err           error
}

// cancel cancels runs at random moments with a runner's timing, and compares what each says with what is on the branch.
func cancel(args []string) error {
	flags := flag.NewFlagSet("cancel", flag.ExitOnError)
	n := flags.Int("n", 200, "how many runs")
	at := flags.Int("parallel", 4, "how many at a time")
	seed := flags.Uint64("seed", 1, "draws the moments")
	_ = flags.Parse(args)
	dir, belay, remove, err := prepared()
	if err != nil {
		return err
	}
	defer remove()
	// Started in the background of a script this process ignores SIGINT, and its children would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT)
	draw := rand.New(rand.NewPCG(*seed, 0))
	all := make([]cancelled, *n)
	slots := make(chan struct{}, *at)
	var running sync.WaitGroup
	for i := range all {
		after := time.Duration(draw.Float64() * float64(2500*time.Millisecond))
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			all[i] = cancelOne(filepath.Join(dir, fmt.Sprint(i)), belay, after)
		})
	}
	running.Wait()
	return tellCancelled(all, *seed)
}

func tellCancelled(all []cancelled, seed uint64) error {
	var took []time.Duration
	phases := map[string]int{}
	var broken []error
	for i, c := range all {
		took = append(took, c.took)
		phases[c.phase]++
		switch {
		case c.err != nil:
			broken = append(broken, fmt.Errorf("run %d: %w", i, c.err))
		case c.killed || c.took >= 7*time.Second:
			broken = append(broken, fmt.Errorf("run %d took %s ms", i, ms(c.took)))
		case c.wrong:
			broken = append(broken, fmt.Errorf("run %d says %q, and the branch says otherwise", i, c.phase))
		}
	}
	fmt.Println("| cancelled runs | s until the end: p50 | p99 | worst | said landed | said nothing landed | did not know | wrong |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	fmt.Printf("| %d | %.2f | %.2f | %.2f | %d | %d | %d | %d |\n", len(all), median(took).Seconds(), quantile(took, 0.99).Seconds(),
		quantile(took, 1).Seconds(), phases["landed"], phases[""]+phases["none"], phases["unknown"], len(broken))
	if len(broken) > 0 {
		return fmt.Errorf("seed %d: %w", seed, errors.Join(broken...))
	}
	return nil
}

// cancelOne runs belay in a clone of a new repository, and cancels it.
func cancelOne(dir, belay string, after time.Duration) cancelled {
	bare, clone := filepath.Join(dir, "bare.git"), filepath.Join(dir, "clone")
	script := `set -e
git init -q --bare --initial-branch=main "$1"
git clone -q "$1" "$2" 2>/dev/null
cd "$2"
git -c user.name=a -c user.email=a@example.invalid commit -q --allow-empty -m first
git push -q origin HEAD:main
printf '#!/bin/sh\nsleep 0.5\n' > "$1/hooks/pre-receive"
printf '#!/bin/sh\nsleep 0.3\n' > "$1/hooks/post-receive"
chmod +x "$1"/hooks/*-receive`
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cancelled{err: err}
	}
	if out, err := exec.Command("sh", "-c", script, "sh", bare, clone).CombinedOutput(); err != nil {
		return cancelled{err: fmt.Errorf("%w: %s", err, out)}
	}
	if err := os.WriteFile(filepath.Join(dir, "steps.yml"), []byte(cancelSteps), 0o600); err != nil {
		return cancelled{err: err}
	}
	cmd := exec.Command(belay, "run", "--steps", "../steps.yml", "--policy", "none", "--report-dir", filepath.Join(dir, "report"))
	cmd.Dir = clone
	cmd.Env = environ("TMPDIR="+dir, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.invalid", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.invalid")
	if err := cmd.Start(); err != nil {
		return cancelled{err: err}
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	time.Sleep(after)
	begun := time.Now()
	c := cancelled{}
	c.killed = !signalled(cmd.Process, ended)
	c.took = time.Since(begun)
	return c.judged(dir, bare)
}

// signalled does what the runner does, and reports whether the process ended before it had to be killed.
func signalled(p *os.Process, ended <-chan struct{}) bool {
	for _, s := range []struct {
		signal os.Signal
		wait   time.Duration
	}{{syscall.SIGINT, untilTerm}, {syscall.SIGTERM, untilKill}} {
		_ = p.Signal(s.signal)
		select {
		case <-ended:
			return true
		case <-time.After(s.wait):
		}
	}
	_ = p.Kill()
	<-ended
	return false
}

// judged compares what the report says of the landing with the branch.
func (c cancelled) judged(dir, bare string) cancelled {
	out, err := exec.Command("git", "--git-dir", bare, "log", "--format=%s", "main").Output()
	if err != nil {
		c.err = err
		return c
	}
	landed := strings.HasPrefix(string(out), "change\n")
	text, err := os.ReadFile(filepath.Join(dir, "report", "report.json"))
	if errors.Is(err, os.ErrNotExist) { // the signal came before belay listened: nothing had begun
		c.phase, c.wrong = "none", landed
		return c
	}
	var r struct {
		Landings []struct{ Outcome string }
	}
	if c.err = errors.Join(err, json.Unmarshal(text, &r)); c.err != nil {
		return c
	}
	for _, l := range r.Landings {
		c.phase = l.Outcome
	}
	if c.phase != "landed" && c.phase != "unknown" {
		c.phase = ""
	}
	c.wrong = c.phase != "unknown" && landed != (c.phase == "landed")
	return c
}
