package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/simulate"
	"github.com/belay-ci/belay/internal/spec"
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

// testPolicy plays the cases of one policy file, once nothing is wrong with any of them.
func (a app) testPolicy(path string) ([]simulate.Case, error) {
	file, err := load(here{}, path, "policy", path)
	if err != nil {
		return nil, badInput("read policy: %w", err)
	}
	f, err := files{policyFile: file}.withPolicy(here{})
	if err != nil {
		return nil, badInput("read policy: %w", err)
	}
	var jobs []simulate.Job
	if !f.problems.HasErrors() {
		for _, t := range f.policy.Tests {
			var job simulate.Job
			if job, f, err = f.testJob(t); err != nil {
				return nil, err
			}
			jobs = append(jobs, job)
		}
	}
	if err := f.report(a); err != nil {
		return nil, err
	}
	var cases []simulate.Case
	for i, t := range f.policy.Tests {
		timeline := simulate.Run(jobs[i])
		cases = append(cases, simulate.Case{
			Name: t.Name, File: file.Name, Line: t.Pos.Line, Timeline: timeline, Mismatches: simulate.Compare(t.Expect, timeline),
		})
	}
	return cases, nil
}

// testJob makes a simulation of a case. The steps file that the case names is read, and the case checked against it;
// the files that come back know what is wrong with them.
func (f files) testJob(t spec.Test) (simulate.Job, files, error) {
	job := simulate.Job{Steps: t.Steps, Policy: f.policy, Fail: t.Fail, Left: t.Left, Host: t.Host, Inputs: t.Inputs}
	if t.Steps != nil {
		return job, f, nil
	}
	path := filepath.Join(filepath.Dir(f.policyFile.Name), filepath.FromSlash(t.File))
	stepsFile, err := load(here{}, path, "steps", path)
	if err != nil {
		return job, f, badInput("%s:%d: read the steps file of the test: %w; `steps:` names another, or lists steps", f.policyFile.Name, t.Pos.Line, err)
	}
	read, err := files{stepsFile: stepsFile}.withSteps(here{})
	if err != nil {
		return job, f, badInput("read steps file: %w", err)
	}
	job.Steps = read.steps
	if !read.problems.HasErrors() {
		read.problems = spec.CheckTest(t, read.steps, f.policy)
	}
	f.problems = append(f.problems, read.problems...)
	f.others = append(append(f.others, read.stepsFile), read.others...)
	return job, f, nil
}
