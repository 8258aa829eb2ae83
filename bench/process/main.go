//go:build linux

// Command process puts belay's way with a step's processes and output to the test, and prints figures. It fails where a
// promise is broken, so each part can be run as a check:
//
//	go run ./bench/process trees     # process trees that do not want to end
//	go run ./bench/process output    # a flood of output with secrets in it
//	go run ./bench/process steps     # what a step costs over bare bash, and the start of the binary
//	go run ./bench/process start     # what the start of the binary consists of
//	go run ./bench/process cancel    # cancellations with a CI runner's timing, at random moments
//	go run ./bench/process canary    # landings from hostile checkouts, while all is looked through for the token
//
// Every part that claims a safety has a control: what people do without belay, which must fail the same test.
package main

import (
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/bench/released"
)

// part is one of the measurements; its error is a broken promise.
type part struct {
	name string
	run  func(args []string) error
}

func parts() []part {
	return []part{
		{"trees", trees}, {"output", output}, {"steps", steps}, {"start", start}, {"cancel", cancel}, {"canary", canary},
		{"flood", flood}, // what the step of `output` runs
		{"spy", spy},     // what a step of `canary` runs
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 {
		for _, p := range parts() {
			if p.name == os.Args[1] {
				if err := p.run(os.Args[2:]); err != nil {
					log.Fatal(p.name, ": ", err)
				}
				return
			}
		}
	}
	log.Fatal("usage: go run ./bench/process trees|output|steps|start|cancel|canary [flags]")
}

// workspace is a new folder for one measurement, and what removes it.
func workspace() (string, func(), error) {
	dir, err := os.MkdirTemp("", "belay-bench-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// prepared is a new folder with belay compiled in it, and what removes both.
func prepared() (dir, belay string, remove func(), err error) {
	dir, remove, err = workspace()
	if err != nil {
		return "", "", nil, err
	}
	if belay, err = released.Belay(dir); err != nil {
		remove()
	}
	return dir, belay, remove, err
}

// quantile is the value that a share of all are not above.
func quantile(all []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

// environ is this process's environment without what would make belay think it runs on a CI host.
func environ(more ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL":
			continue
		}
		env = append(env, kv)
	}
	return append(env, more...)
}
