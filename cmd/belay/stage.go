package main

import (
	"context"
	"fmt"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

func (a app) stageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stage",
		Short: "Show the stages' last good commits",
		Long: `A run of a steps file with a stage that succeeds makes the commit it ended with the stage's last good one. It is kept on the
server as refs/belay/good/STAGE; a rollback with to: last-good goes back to it.`,
	}
	cmd.AddCommand(a.stageListCommand(), a.stageShowCommand())
	return cmd
}

func (a app) stageListCommand() *cobra.Command {
	var flags handFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the stages and their last good commits",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withRepository(flags, func(ctx context.Context, job runner.Job) error {
				goods, err := job.Repository.Goods(ctx)
				if err != nil {
					return err
				}
				if len(goods) == 0 {
					_, err = fmt.Fprintln(a.stdout, "No stage has a last good commit yet: it takes a run of a steps file with `stage:` that succeeds.")
				}
				for _, good := range goods {
					if err == nil {
						_, err = fmt.Fprintf(a.stdout, "%-20s %s\n", good.Stage, good.Commit)
					}
				}
				return err
			})
		},
	}
	flags.add(cmd)
	return cmd
}

func (a app) stageShowCommand() *cobra.Command {
	var flags handFlags
	var branch string
	cmd := &cobra.Command{
		Use:   "show STAGE",
		Short: "Show a stage's last good commit, and what came after it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withRepository(flags, func(ctx context.Context, job runner.Job) error {
				if branch == "" {
					branch = job.Facts.Branch
				}
				since, err := job.Repository.SinceGood(ctx, args[0], branch)
				if err != nil {
					return err
				}
				return a.writeSince(since, branch)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&branch, "branch", "", "the branch to compare with (default the one that is checked out)")
	return cmd
}

// writeSince prints what came after a stage's last good commit.
func (a app) writeSince(since gitops.Since, branch string) error {
	if since.Good.Commit == "" {
		return badInput("no run of the stage %s has succeeded yet; `belay stage list` shows the stages", since.Good.Stage)
	}
	text := fmt.Sprintf("%s is good at %s\n", since.Good.Stage, since.Good.Commit)
	switch {
	case len(since.Commits) == 0:
		text += fmt.Sprintf("  %s is there too: nothing came after it\n", branch)
	default:
		text += fmt.Sprintf("  %d since then on %s:\n", len(since.Commits), branch)
	}
	for _, c := range since.Commits {
		text += fmt.Sprintf("    %s %s\n", report.Short(string(c.Hash)), report.OneLine(c.Subject))
	}
	for _, path := range since.Paths {
		text += fmt.Sprintf("  changed   %s\n", report.OneLine(path))
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// withRepository runs a command on the repository around the workspace.
func (a app) withRepository(flags handFlags, do func(context.Context, runner.Job) error) error {
	ctx, stop := signalled(context.Background())
	defer stop()
	job, done, err := a.byHand(ctx, flags)
	if err != nil {
		return err
	}
	defer done()
	return do(ctx, job)
}
