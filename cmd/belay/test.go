package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/simulate"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

func (a app) testCommand() *cobra.Command {
	var junit string
	cmd := &cobra.Command{
		Use:   "test [POLICY…]",
		Short: "Play the tests of policy files and compare",
		Long: `Plays every case under ` + "`tests:`" + ` of the policy files (default ` + defaultPolicy + `) as ` + "`belay simulate`" + ` does, and prints TAP.
The exit code is 1 when a case fails, and 2 when a file is wrong or there is no case at all.

  tests:
    - name: a hiccup is retried, then the change is taken back
      steps: [build, { id: land, uses: land }, smoke]    # or a steps file; default steps.yml beside the policy
      fail: { smoke: [network, exit:1] }                 # outcomes as in belay simulate
      expect: { result: failed, exit-code: 3, waits: [5s], routes: [retry, rollback] }`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				paths = []string{defaultPolicy}
			}
			return a.test(paths, junit)
		},
	}
	cmd.Flags().StringVar(&junit, "junit", "", "also write the results as JUnit XML to this file")
	return cmd
}

func (a app) test(paths []string, junit string) error {
	var cases []simulate.Case
	for _, path := range paths {
		played, err := a.testPolicy(path)
		if err != nil {
			return err
		}
		cases = append(cases, played...)
	}
	if len(cases) == 0 {
		return badInput("test %s: there are no tests in it; begin with the example of `belay test --help`", strings.Join(paths, ", "))
	}
	if _, err := fmt.Fprint(a.stdout, simulate.TAP(cases)); err != nil {
		return err
	}
	if junit != "" {
		text, err := simulate.JUnit(cases)
		if err != nil {
			return err
		}
		if err := os.WriteFile(junit, text, 0o666); err != nil {
			return err
		}
	}
	for _, c := range cases {
		if len(c.Mismatches) > 0 {
			return exitError{code: report.ExitFailed}
		}
	}
	return nil
}

// testPolicy plays the cases of one policy file.
func (a app) testPolicy(path string) ([]simulate.Case, error) {
	file, err := load(here{}, path, "policy", path)
	if err != nil {
		return nil, badInput("read policy: %w", err)
	}
	policy, problems := spec.ReadPolicy(file, runner.Builtins())
	if err := (files{policyFile: file, problems: problems}).report(a); err != nil {
		return nil, err
	}
	var cases []simulate.Case
	for _, t := range policy.Tests {
		steps := t.Steps
		if steps == nil {
			if steps, err = a.testSteps(file, policy, t); err != nil {
				return nil, err
			}
		}
		timeline := simulate.Run(simulate.Job{
			Steps: steps, Policy: policy, Fail: t.Fail, Inputs: simulate.Inputs(steps.Inputs, t.Inputs), Host: t.Host,
		})
		cases = append(cases, simulate.Case{
			Name: t.Name, File: file.Name, Line: t.Pos.Line, Timeline: timeline, Mismatches: simulate.Compare(t.Expect, timeline),
		})
	}
	return cases, nil
}

// testSteps reads the steps file that a case names, and checks the case against it.
func (a app) testSteps(policyFile source.File, policy *spec.Policy, t spec.Test) (*spec.Steps, error) {
	path := filepath.Join(filepath.Dir(policyFile.Name), filepath.FromSlash(t.File))
	file, err := load(here{}, path, "steps", path)
	if err != nil {
		return nil, badInput("%s:%d: read the steps file of the test: %w; `steps:` names another, or lists steps", policyFile.Name, t.Pos.Line, err)
	}
	read, err := files{stepsFile: file, policyFile: policyFile}.withSteps(here{})
	if err != nil {
		return nil, badInput("read %s: %w", path, err)
	}
	if !read.problems.HasErrors() {
		read.problems = spec.CheckTest(t, read.steps, policy)
	}
	return read.steps, read.report(a)
}
