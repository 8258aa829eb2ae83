//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// steps measures what belay adds to a step that does nothing, and how long the binary takes to start.
func steps(args []string) error {
	flags := flag.NewFlagSet("steps", flag.ExitOnError)
	n := flags.Int("n", 1000, "steps in the file")
	rounds := flags.Int("rounds", 5, "how often each is measured")
	_ = flags.Parse(args)
	dir, belay, remove, err := prepared()
	if err != nil {
		return err
	}
	defer remove()
	file := "version: 1\nsteps:\n" + strings.Repeat("  - run: \"true\"\n", *n)
	loop := fmt.Sprintf("for i in $(seq %d); do bash -e step.sh; done", *n)
	for name, text := range map[string]string{"steps.yml": file, "step.sh": "true\n", "one.yml": "version: 1\nsteps: [{ run: \"true\" }]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	var run, shell, start, one []time.Duration
	for range *rounds {
		for _, m := range []struct {
			into *[]time.Duration
			args []string
		}{
			{&run, []string{belay, "run", "--steps", "steps.yml", "--policy", "none"}},
			{&shell, []string{"bash", "-c", loop}},
			{&start, []string{belay, "version"}},
			{&one, []string{belay, "run", "--steps", "one.yml", "--policy", "none"}},
		} {
			took, err := timed(dir, m.args...)
			if err != nil {
				return err
			}
			*m.into = append(*m.into, took)
		}
	}
	per := (median(run) - median(shell)) / time.Duration(*n)
	fmt.Println("| steps | belay s | bash loop s | added per step ms | `belay version` ms | a run of one step ms |")
	fmt.Println("|---|---|---|---|---|---|")
	fmt.Printf("| %d | %.2f | %.2f | %s | %s | %s |\n", *n, median(run).Seconds(), median(shell).Seconds(), ms(per), ms(median(start)), ms(median(one)))
	switch {
	case per > 5*time.Millisecond:
		return fmt.Errorf("a step costs %s ms over bash, more than 5", ms(per))
	case median(start) > 15*time.Millisecond:
		return fmt.Errorf("the binary takes %s ms to start, more than 15", ms(median(start)))
	}
	return nil
}

// timed runs a command to its end.
func timed(dir string, args ...string) (time.Duration, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, environ("TMPDIR="+dir)
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%v: %w\n%s", args, err, out[max(0, len(out)-2000):])
	}
	return time.Since(begun), nil
}
