package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

func (a app) rollbackCommand() *cobra.Command {
	var flags handFlags
	var wish runner.Wish
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Take back what a run landed, a commit, or all since a stage's last good commit",
		Long: `rollback does by hand what a run's rollback does: the same merge onto the branch as it is now, the same branch, one
pull request. Without --yes it says what it would do, and changes nothing.

    belay rollback --run 4711          # what the run landed, as its Belay-Run trailers say, also on the other branches that
                                       # the steps file lands on, and from the checkouts it names, as far as they are here
    belay rollback --commit 1a2b3c4    # one commit
    belay rollback --stage prod        # the stage's paths, back to the last good commit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signalled(context.Background())
			defer stop()
			if err := process.Hide(); err != nil {
				return fmt.Errorf("keep belay's memory from other processes: %w", err)
			}
			job, done, err := a.byHand(ctx, flags)
			if err != nil {
				return err
			}
			defer done()
			everywhere := wish.Run != "" && wish.Branch == ""
			if wish, err = completed(wish, job); err != nil {
				return err
			}
			if everywhere {
				return a.takeBackEverywhere(ctx, job, wish)
			}
			return a.takeBack(ctx, job, wish)
		},
	}
	flags.add(cmd)
	flags.files.add(cmd)
	cmd.Flags().StringVar(&wish.Run, "run", "", "a run's id: take back what it landed")
	cmd.Flags().StringVar(&wish.Commit, "commit", "", "a commit, by seven or more digits of its hash")
	cmd.Flags().StringVar(&wish.Stage, "stage", "", "a stage: bring its paths back to its last good commit")
	cmd.Flags().StringVar(&wish.Branch, "branch", "", "the branch, in this repository alone (default the one that is checked out; with --run also those the steps file lands on)")
	cmd.Flags().StringArrayVar(&wish.Paths, "path", nil, "with --stage, a file or folder that goes back (default the paths of the stage's land steps); may be repeated")
	cmd.Flags().BoolVar(&wish.Act, "yes", false, "do it")
	cmd.MarkFlagsMutuallyExclusive("run", "commit", "stage")
	cmd.MarkFlagsOneRequired("run", "commit", "stage")
	return cmd
}

// takeBack rolls back on one branch, and says so.
func (a app) takeBack(ctx context.Context, job runner.Job, wish runner.Wish) error {
	r, err := runner.TakeBack(ctx, job, wish)
	if err != nil {
		return badInput("roll back on %s: %w", wish.Branch, err)
	}
	return a.tellRollback(r, wish, "")
}

func (a app) tellRollback(r report.Rollback, wish runner.Wish, repository string) error {
	r.Repository, r.Base = repository, wish.Branch
	if _, err := fmt.Fprint(a.stdout, rollbackText(r)); err != nil {
		return err
	}
	if r.Outcome == "refused" || r.Outcome == "failed" {
		return exitError{code: report.ExitRollbackFailed}
	}
	return nil
}

// completed fills in what the flags leave open.
func completed(w runner.Wish, job runner.Job) (runner.Wish, error) {
	if w.Branch == "" {
		w.Branch = job.Facts.Branch
	}
	if w.Branch == "" {
		return w, badInput("which branch? None is checked out: name it with --branch")
	}
	if w.Stage == "" || len(w.Paths) > 0 {
		return w, nil
	}
	if job.Steps.Stage == w.Stage {
		w.Paths = landPaths(job.Steps, w.Branch)
	}
	if len(w.Paths) == 0 {
		return w, badInput("which files belong to the stage %s? Name them with --path, or the steps file of the stage with --steps: its land steps' `paths` are used", w.Stage)
	}
	return w, nil
}

// landPaths lists the paths that a file's land steps are given for a branch, as far as they are known before a run. A step that
// names no branch, or one that only a run knows, counts.
func landPaths(steps *spec.Steps, branch string) []string {
	var paths []string
	for _, step := range steps.Steps {
		if step.Uses != "land" {
			continue
		}
		for _, to := range step.LandsOn() {
			on, known := to.Branch.Literal()
			if elsewhere := to.Checkout.Source() != ""; !elsewhere && (!known || on == "" || on == branch) {
				paths = append(paths, literals(to.Paths)...)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// literals are those words of a list that need no run to be known.
func literals(list []expr.Text) []string {
	var known []string
	for _, text := range list {
		if fixed, ok := text.Literal(); ok {
			known = append(known, fixed)
		}
	}
	return known
}

// rollbackText says what a rollback by hand did, or would do.
func rollbackText(r report.Rollback) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, report.OneLine(fmt.Sprintf(format, args...)))
	}
	switch r.Outcome {
	case "planned":
		fmt.Fprintf(&b, "This would be taken back on %s. Nothing is changed yet: --yes does it.\n", r.Where())
	default:
		fmt.Fprintf(&b, "%s on %s: %s\n", "rollback", r.Where(), report.OneLine(strings.TrimSpace(r.Outcome+" "+r.Message)))
	}
	if r.To != "" {
		row("to", "%s", report.Short(r.To))
	}
	for _, c := range r.Reverts {
		row("reverts", "%s %s", c.Short(), c.Subject)
	}
	name := "files"
	if r.Kind != "" {
		name = "conflict"
	}
	for _, path := range r.Paths {
		row(name, "%s", path)
	}
	for _, c := range r.Later {
		row("later", "%s %s", c.Short(), c.Subject)
	}
	if r.Title != "" {
		row("branch", "%s", r.Branch)
		row("opens", "%s", r.Title)
	} else if r.Proposed() && r.URL == "" {
		row("branch", "%s", r.Branch)
		row("next", "there is no forge to open a pull request on: merge that branch")
	}
	if r.URL != "" {
		row("open", "%s", r.URL)
	} else if r.CompareURL != "" {
		row("open", "%s", r.CompareURL)
	}
	for _, command := range r.Commands {
		row("by hand", "%s", command)
	}
	return b.String()
}
