//go:build linux

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/bench/released"
)

// start measures how long belay takes to start, in turns with a program that does nothing, and prints which packages'
// initializers take the most of it.
func start(args []string) error {
	flags := flag.NewFlagSet("start", flag.ExitOnError)
	runs := flags.Int("runs", 60, "how often each is started")
	beside := flags.String("beside", "", "another belay to start in turns with this one")
	shown := flags.Int("shown", 10, "how many packages are listed")
	_ = flags.Parse(args)
	dir, belay, remove, err := prepared()
	if err != nil {
		return err
	}
	defer remove()
	empty, err := nothing(dir)
	if err != nil {
		return err
	}
	programs := []struct {
		name, path string
		took       []time.Duration
	}{{name: "`belay version`", path: belay}, {name: "an empty Go program", path: empty}}
	if *beside != "" {
		programs = append(programs, programs[0])
		programs[2].name, programs[2].path = "`"+*beside+" version`", *beside
	}
	for range *runs {
		for i, p := range programs {
			took, err := timed(dir, p.path, "version")
			if err != nil {
				return err
			}
			programs[i].took = append(programs[i].took, took)
		}
	}
	fmt.Println("| start to end | median ms | the fastest |\n|---|---|---|")
	for _, p := range programs {
		fmt.Printf("| %s | %s | %s |\n", p.name, ms(median(p.took)), ms(slices.Min(p.took)))
	}
	all, err := initializers(belay)
	if err != nil {
		return err
	}
	fmt.Println("\n| initializers of package | ms | KB |\n|---|---|---|")
	for _, p := range all[:min(*shown, len(all))] {
		fmt.Printf("| %s | %.2f | %d |\n", p.pkg, p.ms, p.bytes>>10)
	}
	return nil
}

// nothing compiles a program that does nothing.
func nothing(dir string) (string, error) {
	source, program := filepath.Join(dir, "nothing.go"), filepath.Join(dir, "nothing")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return "", err
	}
	return program, released.Compile(program, source)
}

// initializer is what the variables and init functions of one package cost.
type initializer struct {
	pkg   string
	ms    float64
	bytes int
}

// initializers asks the runtime (GODEBUG=inittrace=1, https://pkg.go.dev/runtime#hdr-Environment_Variables) and returns the costliest
// first. A line reads: init net/http @0.51 ms, 0.03 ms clock, 4712 bytes, 21 allocs.
func initializers(belay string) ([]initializer, error) {
	cmd := exec.Command(belay, "version")
	cmd.Env = environ("GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("trace initializers: %w\n%s", err, out)
	}
	var all []initializer
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 10 || words[0] != "init" {
			continue
		}
		took, err := strconv.ParseFloat(words[4], 64)
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", lines.Text(), err)
		}
		allocated, err := strconv.Atoi(words[7])
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", lines.Text(), err)
		}
		all = append(all, initializer{words[1], took, allocated})
	}
	slices.SortFunc(all, func(a, b initializer) int { return cmp.Compare(b.ms, a.ms) })
	return all, nil
}
