package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/process"
	"github.com/spf13/cobra"
)

// howStarted is what a run was started with, as its journal keeps it.
type howStarted struct {
	RunID          string   `json:"run-id"`
	RunAttempt     int      `json:"run-attempt"`
	Steps          string   `json:"steps,omitzero"`
	Policy         string   `json:"policy,omitzero"`
	Forge          string   `json:"forge,omitzero"`
	Inputs         []string `json:"inputs,omitempty"`
	AllowUntrusted bool     `json:"allow-untrusted,omitzero"`
	Files          string   `json:"files"` // a hash of what the files said
	Mark           string   `json:"mark"`  // that the run's processes carry
}

// cutOff is a run that another process was cut off from.
type cutOff struct {
	how    howStarted
	kept   *runner.Kept // nil where not even its first step was begun
	byHand bool         // somebody said where to go on
}

func (a app) resumeCommand() *cobra.Command {
	var flags runFlags
	var from string
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Go on with a run that was cut off in this workspace, at its first step that is not over",
		Long: `resume goes on with a run whose belay was killed, or whose machine went down: with the same id, files and inputs, at the
first step that is not over. What steps left for one another is there again, and what has landed is not landed twice.

The step that was at work is executed again, unless its probe finds that its work is done. A step that says
` + "`idempotent: false`" + ` and has no probe is not: look whether its work is done, and say --from that step or the one after it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.dir != "" {
				if err := os.Chdir(flags.dir); err != nil {
					return badInput("open workspace: %w", err)
				}
			}
			cut, err := findCutOff(from)
			if err != nil {
				return err
			}
			flags.dir, flags.cut = "", cut
			flags.steps, flags.policy, flags.forge, flags.inputs = cut.how.Steps, cut.how.Policy, cut.how.Forge, cut.how.Inputs
			flags.allowUntrusted, flags.runID = cut.how.AllowUntrusted, cut.how.RunID
			return a.run(flags)
		},
	}
	flags.consoleFlags.add(cmd)
	cmd.Flags().StringVar(&flags.dir, "dir", "", "the workspace (default the current directory)")
	cmd.Flags().StringVar(&from, "from", "", "the step to go on at, instead of the first that is not over")
	return cmd
}

// findCutOff reads the journal of the workspace.
func findCutOff(from string) (*cutOff, error) {
	w, err := openWorkspace()
	if err != nil {
		return nil, err
	}
	folder, err := w.stateFolder()
	if err != nil {
		return nil, badInput("look for a run to resume: %w", err)
	}
	cut := cutOff{byHand: from != ""}
	switch cut.kept, err = runner.ReadJournal(folder, &cut.how); {
	case errors.Is(err, runner.ErrNoJournal):
		return nil, badInput("there is no run to resume in %s: the last one came to its end, or this is another workspace", w.dir)
	case err != nil:
		return nil, badInput("read the run's journal: %w", err)
	}
	if from != "" {
		if cut.kept == nil {
			cut.kept = &runner.Kept{RunID: cut.how.RunID, RunAttempt: cut.how.RunAttempt, Started: time.Now()}
		}
		cut.kept.Next = from
	}
	return &cut, nil
}

// check refuses to go on with a run whose files changed, or whose step at work may not be executed again.
func (c *cutOff) check(f files) error {
	if c.how.Files != f.hash() {
		return badInput("the steps file or the policy changed since the run began: put it back to go on with that run, or start a new one with `belay run`")
	}
	if c.kept == nil || c.kept.Next == "" {
		return nil
	}
	failed := c.kept.Failure
	if failed != nil && c.byHand {
		return badInput("the run had failed at step %s (%s) when it was cut off: `belay resume` brings it to its end, and it can't go on as if nothing had happened; start a new one with `belay run`", failed.Step, failed.Failure.Kind)
	}
	i := slices.IndexFunc(f.steps.Steps, func(s spec.Step) bool { return s.ID == c.kept.Next })
	switch {
	case i < 0:
		return badInput("there is no step %q to go on at", c.kept.Next)
	case c.byHand || !f.steps.Steps[i].Once() || failed != nil && f.steps.Steps[i].If == nil: // or it will be skipped
		return nil
	}
	after := "nothing comes after it"
	if i+1 < len(f.steps.Steps) {
		after = "`belay resume --from " + f.steps.Steps[i+1].ID + "` if it is"
	}
	return badInput("step %s says `idempotent: false`, and may have been at work when the run was cut off. Look whether its work is done: `belay resume --from %s` if it is not, %s",
		c.kept.Next, c.kept.Next, after)
}

// takeOver puts what the earlier process kept into the run's new folder, and removes the old one: what attempts printed,
// and the files that a restart brings back.
func (c *cutOff) takeOver(temp string) error {
	if c.kept == nil || filepath.Dir(c.kept.Temp) != filepath.Dir(temp) || !strings.HasPrefix(filepath.Base(c.kept.Temp), "belay-") {
		return nil
	}
	for _, kept := range []string{runner.LogsFolder, gitops.Snapshots} {
		err := os.Rename(filepath.Join(c.kept.Temp, kept), filepath.Join(temp, kept))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(c.kept.Temp)
}

// hash tells files from others.
func (f files) hash() string {
	sum := sha256.New()
	for _, file := range append(append(f.others[:0:0], f.stepsFile, f.policyFile), f.others...) {
		fmt.Fprintf(sum, "%q %d\n%s\n", file.Name, len(file.Data), file.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// journal begins the journal of a run, in a workspace that it occupies.
func journal(folder string, job runner.Job, f files, flags runFlags) (*runner.Journal, error) {
	if folder == "" {
		return nil, nil
	}
	return runner.BeginJournal(folder, howStarted{
		RunID: job.Facts.RunID, RunAttempt: job.Facts.RunAttempt, Steps: flags.steps, Policy: flags.policy, Forge: flags.forge,
		Inputs: flags.inputs, AllowUntrusted: flags.allowUntrusted, Files: f.hash(),
		Mark: process.RunMark(job.Environ),
	}, job.Resume)
}

// endLeft ends what the steps of a run left behind that was cut off in this workspace: the next run must not meet them.
func (a app) endLeft(folder string) (ended int) {
	var how howStarted
	if _, err := runner.ReadJournal(folder, &how); err != nil || folder == "" {
		return 0
	}
	ended, alive := process.EndLeft(how.Mark)
	if ended > 0 {
		fmt.Fprintf(a.stderr, "belay: ended what run %s, which was cut off here, had left at work: %d\n", how.RunID, ended)
	}
	if len(alive) > 0 {
		fmt.Fprintf(a.stderr, "belay: processes of run %s, which was cut off here, could not be ended and may still be at work: %v\n", how.RunID, alive)
	}
	return ended
}
