package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/telemetry"
	"github.com/spf13/cobra"
)

// runFlags are the flags of `belay run`. What a flag leaves open comes from the action's inputs, which are
// environment variables, and then from the host.
type runFlags struct {
	fileFlags
	consoleFlags
	inputs []string
	dir    string
	runID  string
	forge  string

	allowUntrusted bool
	cut            *cutOff // the run to go on with; nil for a new one
	byHand         bool    // nothing is to be run
}

func (a app) runCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the steps, land what they changed, and recover by the policy",
		Long: `Runs the steps one after another, lands what they changed, and does about a failure what the policy says. On a CI host it
finds the repository, the branch, the run and the token by itself; elsewhere the checkout says where, and git's credential
helper is asked.

It ends with one of these exit codes:
` + exitCodes(),
		Example: `  belay run --input tag=v1.5.0
  belay run --steps ci/promote.yml --policy retry
  belay run --report-dir out            # and open out/report.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags, err := flags.with(host.Given(a.getenv))
			if err != nil {
				return err
			}
			return a.run(flags)
		},
	}
	flags.fileFlags.add(cmd)
	flags.consoleFlags.add(cmd)
	cmd.Flags().StringArrayVar(&flags.inputs, "input", nil, "an input of the steps file, as name=value; may be repeated")
	cmd.Flags().StringVar(&flags.dir, "dir", "", "the workspace (default the current directory)")
	cmd.Flags().StringVar(&flags.runID, "run-id", "", "the run's id: a second run with the same id lands nothing twice (default the CI host's, else a new one)")
	cmd.Flags().StringVar(&flags.forge, "forge", "", "where pull requests are opened: "+forge.Names()+" (default: by the host and the remote)")
	cmd.Flags().BoolVar(&flags.allowUntrusted, "allow-untrusted", false, "let steps use the token even where somebody without write access may have caused the run; see SECURITY.md")
	return cmd
}

// with fills what the flags leave open from the action's inputs.
func (f runFlags) with(given map[string]string) (runFlags, error) {
	fill := func(flag *string, input string) {
		if *flag == "" {
			*flag = given[input]
		}
	}
	fill(&f.steps, "steps")
	fill(&f.policy, "policy")
	fill(&f.forge, "forge")
	fill(&f.reportDir, "report_dir")
	var inputs []string
	for line := range strings.Lines(given["inputs"]) {
		if line = strings.TrimSpace(line); line != "" {
			inputs = append(inputs, line)
		}
	}
	f.inputs = append(inputs, f.inputs...) // a flag wins over an input
	allowed, err := yes("allow_untrusted", given["allow_untrusted"])
	f.allowUntrusted = f.allowUntrusted || allowed
	return f, err
}

func (a app) run(flags runFlags) error {
	if flags.dir != "" {
		if err := os.Chdir(flags.dir); err != nil {
			return badInput("open workspace: %w", err)
		}
	}
	a, hurry := a.lossy()
	ci := host.Detect(a.getenv, flags.log(a))
	signals, stop := signalled(context.Background())
	defer stop()
	ctx, cancel := context.WithCancelCause(signals)
	defer cancel(nil)
	defer context.AfterFunc(ctx, hurry)()
	if err := standAlone(ci.Facts().Name, func() { cancel(stopped{syscall.SIGTERM}) }); err != nil {
		return err
	}
	w, err := openWorkspace()
	if err != nil {
		return err
	}
	f, values, err := a.checked(ctx, ci, flags)
	if err != nil {
		return err
	}
	folder, leave, err := a.occupy(w)
	if err != nil {
		return err
	}
	defer leave()
	if a.endLeft(folder) > 0 {
		if w, err = openWorkspace(); err != nil { // what was at work may have moved it
			return err
		}
	}
	temp, err := tempFolder(a.getenv("RUNNER_TEMP"))
	if err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	defer os.RemoveAll(temp)
	if flags.cut != nil {
		if err := flags.cut.takeOver(temp); err != nil {
			return fmt.Errorf("take over the run's folder: %w", err)
		}
	}
	job, err := a.job(ctx, ci, f, flags, w, temp)
	if err != nil {
		return err
	}
	if err := job.Unkept(); err != nil {
		return badInput("%w", err)
	}
	job.Inputs = values
	job.Greet(ctx)
	if job.Journal, err = journal(folder, job, f, flags); err != nil {
		fmt.Fprintf(a.stderr, "belay: %v; if belay dies, this run can't be resumed\n", err)
	}
	found, _ := w.checkout() // without one, nothing lands
	job.Root = found.Root
	if job.Key, err = jobKey(found.Root, flags.steps, values); err != nil {
		return err
	}
	events, err := keepEvents(temp)
	if err != nil {
		return fmt.Errorf("keep the run's events: %w", err)
	}
	defer events.Close()
	end := a.play(ctx, job, ci, flags.consoleFlags, events)
	if err := job.Journal.End(); err != nil {
		fmt.Fprintf(a.stderr, "belay: remove the run's journal: %v\n", err)
	}
	return end
}

// checked reads the files and inputs of a run, and says all that is wrong with them.
func (a app) checked(ctx context.Context, ci host.Host, flags runFlags) (files, map[string]string, error) {
	f, err := a.readFor(ctx, ci.Facts(), flags)
	if err != nil {
		return f, nil, err
	}
	if err := f.report(a); err != nil {
		return f, nil, err
	}
	if flags.cut != nil {
		if err := flags.cut.check(f); err != nil {
			return f, nil, err
		}
	}
	values, err := inputs(f.steps.Inputs, flags.inputs)
	return f, values, err
}

// standAlone makes a process of this one whose memory its steps can't read, which their orphans come to, and which is told
// when the shell of the CI host that runs it is gone. Most runs are over before the garbage of a second collection is worth a third.
func standAlone(hostName string, gone func()) error {
	debug.SetGCPercent(200)
	if err := process.Hide(); err != nil {
		return fmt.Errorf("keep belay's memory from other processes: %w", err)
	}
	if err := process.Subreap(); err != nil {
		return fmt.Errorf("adopt orphaned processes: %w", err)
	}
	if hostName == "local" { // somebody who closes a terminal may want the run to go on
		return nil
	}
	if err := process.FollowParent(gone); err != nil {
		return fmt.Errorf("follow the shell that runs belay: %w", err)
	}
	return nil
}

// play runs the job, and the new runs that belay starts itself. The outcome of the last of them is the program's.
func (a app) play(ctx context.Context, job runner.Job, ci host.Host, flags consoleFlags, events *os.File) error {
	folder := filepath.Dir(job.Temp)
	for later := 0; ; later++ {
		job.Listener = a.console(ci, flags, events)
		job.Stdout, job.Stderr = ci.Output()
		r := runner.Run(ctx, job)
		dir, err := reportFolder(flags.reportDir, ci.Facts().ReportDir, folder, later)
		if err == nil {
			r, err = writeReport(dir, r)
			err = errors.Join(err, copyEvents(events, dir), moveLogs(job.Temp, dir))
		}
		if err = errors.Join(err, ci.Finish(r), a.note(ctx, job, r)); err != nil {
			fmt.Fprintf(a.stderr, "belay: write the run's results: %v\n", err)
		}
		if err := telemetry.Send(ctx, a.getenv, a.version, r); err != nil {
			fmt.Fprintf(a.stderr, "belay: %v\n", err)
		}
		switch {
		case r.ExitCode == 0:
			return nil
		case r.Rerun == nil || r.Rerun.Where != policy.RerunHere:
			return exitError{code: r.ExitCode}
		}
		if job, ci, err = a.again(ctx, job, r, flags); err != nil {
			code := r.ExitCode
			var cancelled runner.Stopped
			if errors.As(context.Cause(ctx), &cancelled) {
				code = cancelled.ExitCode()
			}
			return exitError{code: code, err: fmt.Errorf("start the new run: %w; start it by hand with BELAY_LINEAGE=%s", err, r.Rerun.Lineage)}
		}
	}
}

// job wires the run together: the host's facts, the repository with its credentials, the forge.
func (a app) job(ctx context.Context, ci host.Host, f files, flags runFlags, w workspace, temp string) (runner.Job, error) {
	facts := ci.Facts()
	if flags.runID != "" {
		facts.RunID, facts.Earlier = flags.runID, true // the caller's own, which may outlive the host's runs
	}
	newRun := facts.RunID == ""
	if newRun {
		facts.RunID = fmt.Sprintf("local-%016x", rand.Uint64())
	}
	facts.RunAttempt = max(facts.RunAttempt, 1)
	job := runner.Job{
		Steps: f.steps, StepsName: f.stepsFile.Name, Policy: f.policy, PolicyName: f.policyFile.Name,
		Dir: w.dir, Temp: temp, Environ: process.MarkRun(findable(a.environ())), Own: host.Variables(), Masks: masks(ci, facts), Listener: ci, Draw: rand.Float64,
		RawAddMask: facts.Name == "github",
		IsRollback: strings.HasPrefix(facts.Branch, runner.RollbackPrefix),
	}
	if flags.cut != nil {
		if job.Resume = flags.cut.kept; job.Resume != nil {
			job.Masks.Tell(job.Resume.Secrets)
			job.Spent = job.Resume.Spent
		}
		facts.RunAttempt = flags.cut.how.RunAttempt
	}
	job.Stdout, job.Stderr = ci.Output()
	if err := checkQueueKey(f.policy.Land, facts.QueueKey); err != nil {
		return runner.Job{}, err
	}
	job.QueueKey = []byte(facts.QueueKey)
	given := host.GivenKey(a.getenv)
	for _, secret := range []string{given.Text, given.Passphrase} {
		job.Masks.Add(secret)
	}
	key, err := signingKey(given, f.policy.Land)
	if err != nil {
		return runner.Job{}, err
	}
	key.forge, key.perhaps = flags.forge, flags.byHand || len(runner.TokenSteps(f.steps, f.policy)) == 0
	job.Facts, job.Repository, job.NoRepository = a.repository(ctx, facts, job, w, temp, key)
	job.Facts.Earlier = job.Facts.Earlier && !newRun // nobody has had its id before
	var none noMaker
	if errors.As(job.NoRepository, &none) {
		return runner.Job{}, badInput("%w", none)
	}
	job.Warnings = leftBehind(ctx, job)
	job.Forge, job.NoForge = openForge(job.Facts, flags.forge, temp)
	job.Elsewhere = elsewhere(key)
	job.Dispatcher, job.NoDispatcher = openDispatcher(job.Facts)
	if facts.Lineage != "" {
		if job.Lineage, err = policy.ParseLineage(facts.Lineage); err != nil {
			return runner.Job{}, badInput("%w", err)
		}
	}
	return job, nil
}

// masks hides belay's own tokens in every text from now on.
func masks(ci host.Host, facts host.Facts) *process.Masks {
	m := &process.Masks{}
	secrets := append([]string{facts.Token, facts.ForgeToken, facts.SSH.Key, facts.SSH.Passphrase, facts.QueueKey}, facts.Web.ProxySecrets...)
	for _, secret := range slices.Compact(secrets) {
		if secret != "" {
			ci.Mask(secret)
			m.Add(secret)
		}
	}
	return m
}

// tempFolder makes the run's own folder, below the host's temporary folder where it has one.
func tempFolder(parent string) (string, error) {
	if parent != "" {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp(parent, "belay-")
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
