package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/spf13/cobra"
)

// handFlags are the flags of the commands a person uses on the repository itself, outside of any run.
type handFlags struct {
	files fileFlags
	dir   string
	forge string
}

func (f *handFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", "the workspace (default the current directory)")
	cmd.Flags().StringVar(&f.forge, "forge", "", "where pull requests are opened (default: by the host and the remote)")
}

// byHand opens the repository around the workspace as a run would, for a person. The second value removes what it made.
func (a app) byHand(ctx context.Context, flags handFlags) (runner.Job, func(), error) {
	if flags.dir != "" {
		if err := os.Chdir(flags.dir); err != nil {
			return runner.Job{}, nil, badInput("open workspace: %w", err)
		}
	}
	f, err := flags.read()
	if err != nil {
		return runner.Job{}, nil, err
	}
	if err := f.report(a); err != nil {
		return runner.Job{}, nil, err
	}
	w, err := openWorkspace()
	if err != nil {
		return runner.Job{}, nil, err
	}
	temp, err := tempFolder(a.getenv("RUNNER_TEMP"))
	if err != nil {
		return runner.Job{}, nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	remove := func() { _ = os.RemoveAll(temp) }
	job, err := a.job(ctx, host.Detect(a.getenv, host.Log{Out: a.stdout, Err: a.stderr}), f, runFlags{fileFlags: flags.files, forge: flags.forge, byHand: true}, w, temp)
	if err == nil && job.Repository == nil {
		err = badInput("open repository: %w", job.NoRepository)
	}
	if err != nil {
		remove()
		return runner.Job{}, nil, err
	}
	return job, remove, nil
}

// read reads the policy, and the steps file where there is one.
func (f handFlags) read() (files, error) {
	read, err := f.files.read()
	if !errors.Is(err, fs.ErrNotExist) || f.files.steps != "" {
		return read, err
	}
	policy, err := f.files.policySource(here{})
	if err != nil {
		return files{}, badInput("read policy: %w", err)
	}
	read, err = files{policyFile: policy, steps: &spec.Steps{}}.withPolicy(here{})
	if err != nil {
		return files{}, badInput("read policy: %w", err)
	}
	read.problems = read.problems.Sorted()
	return read, nil
}
