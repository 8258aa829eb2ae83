//go:build linux

// Package git runs git for benchmarks, and serves repositories by it.
package git

import (
	"log"
	"os"
	"os/exec"
	"strings"
)

// Environ is the environment of all that a bench compares: nobody's configuration counts, and everybody is Ada.
func Environ() []string {
	return append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.invalid", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.invalid")
}

// Run runs git and returns what it printed. One that fails ends the bench.
func Run(dir string, args ...string) string { return Feed(dir, "", args...) }

// Feed is Run with a text on standard input.
func Feed(dir, in string, args ...string) string {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, Environ(), strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		log.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}
