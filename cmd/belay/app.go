package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

// app is the program with the world as arguments, so that a test can run it.
type app struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        func() []string
	version        string
}

// exitError ends the program with a code. Its text, if any, is printed first.
type exitError struct {
	code int
	err  error // nil when everything has been said
}

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }
func (e exitError) Unwrap() error { return e.err }

// main runs a command and returns the exit code of DESIGN 5. It is the one place where errors become codes.
func (a app) main() (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(a.stderr, "belay: internal error: %v\n%s\nPlease report this with the lines above.\n", r, debug.Stack())
			code = report.ExitInternal
		}
	}()
	root := a.root()
	root.SetArgs(a.args)
	err := unknownCommand(root, a.args)
	if err == nil {
		err = root.Execute()
	}
	var exit exitError
	switch {
	case err == nil:
		return report.ExitSuccess
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(a.stderr, "belay: %v\n", exit.err)
		}
		return exit.code
	}
	fmt.Fprintf(a.stderr, "belay: %v\nbelay --help lists the commands, belay COMMAND --help what each takes\n", err) // cobra's own: an unknown command or flag
	return report.ExitBadInput
}

// unknownCommand refuses what is no command of one that only holds others, as show is one of policy: cobra shows their help
// instead, on the standard output, and calls it a success.
func unknownCommand(root *cobra.Command, args []string) error {
	root.InitDefaultCompletionCmd(args...)
	cmd, rest, err := root.Find(args)
	if err != nil || !cmd.HasParent() || cmd.Runnable() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("unknown command %q for %q (expected: %s)", rest[0], cmd.CommandPath(), strings.Join(names, ", "))
}

func (a app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "belay",
		Short: "Run steps in a CI job, land their commits exactly once, and recover by policy",
		Long: `belay runs a steps file and a failure policy inside a CI job. It lands commits on a branch that others push to
at the same moment, retries by policy, and when all is exhausted opens a pull request that reverts what it landed.

  belay demo                        see it all in a few seconds
  belay init && belay check         write the first files, and check them
  belay run --input tag=v1.5.0      run them

The reference and the guides: https://github.com/belay-ci/belay/tree/main/docs`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.addCommands(root)
	return root
}

// badInput ends the program with exit code 2: nothing was started.
func badInput(format string, args ...any) error {
	return exitError{code: report.ExitBadInput, err: fmt.Errorf(format, args...)}
}
