package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
)

// doctorFlags are the flags of `belay doctor`.
type doctorFlags struct {
	runFlags
	branch string
}

func (a app) doctorCommand() *cobra.Command {
	var flags doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what would fail later: the token's rights, the branch's protection, the checkout, git",
		Long: `Looks at everything a run here would need, and changes nothing: the files, git, the checkout, whether the credentials may
push, what protects the branch, whether the token may open a pull request, and whether a new run could be started. Run it in
the CI job itself, with the job's own token. It ends with exit code 1 when it found something that will fail.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			given, err := flags.runFlags.with(host.Given(a.getenv))
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return a.doctor(ctx, given, flags.branch)
		},
	}
	flags.fileFlags.add(cmd)
	cmd.Flags().StringVar(&flags.dir, "dir", "", "the workspace (default the current directory)")
	cmd.Flags().StringVar(&flags.forge, "forge", "", "where pull requests are opened (default: by the host and the remote)")
	cmd.Flags().StringVar(&flags.branch, "branch", "", "the branch to land on (default the one the checkout or the CI host names)")
	return cmd
}

// finding is one thing that was looked at.
type finding struct {
	sign string // good, warns, fails or says
	name string
	text string
	help []string // what to do, line by line
}

// The signs, as the log of a run has them.
const (
	good  = "✓"
	warns = "!"
	fails = "✗"
	says  = "·"
)

func (a app) doctor(ctx context.Context, flags runFlags, branch string) error {
	if flags.dir != "" {
		if err := os.Chdir(flags.dir); err != nil {
			return badInput("open workspace: %w", err)
		}
	}
	patient, done, err := a.patient(ctx, flags, branch)
	if err != nil {
		return err
	}
	defer done()
	ill := false
	for _, look := range examinations() {
		for _, f := range look(ctx, patient) {
			ill = ill || f.sign == fails
			fmt.Fprintf(a.stdout, "%s %-14s %s\n", f.sign, f.name, patient.masks.String(report.OneLine(f.text)))
			for _, help := range f.help {
				fmt.Fprintf(a.stdout, "%-17s→ %s\n", "", report.OneLine(help))
			}
		}
	}
	if ill {
		return exitError{code: report.ExitFailed}
	}
	return nil
}

// patient is what a run here would be made of. What could not be had says why.
type patient struct {
	facts      host.Facts
	files      files
	filesErr   error
	found      gitops.Discovered
	foundErr   error
	repository *gitops.Repo
	noRemote   error
	forge      runner.Forge
	noForge    error
	forgeName  string // as it was asked for
	viaAPI     bool   // GitHub makes what lands
	noAgain    error
	branch     string
	masks      *process.Masks
}

func (a app) patient(ctx context.Context, flags runFlags, branch string) (patient, func(), error) {
	w, err := openWorkspace()
	if err != nil {
		return patient{}, nil, err
	}
	temp, err := tempFolder(a.getenv("RUNNER_TEMP"))
	if err != nil {
		return patient{}, nil, err
	}
	ci := host.Detect(a.getenv, host.Log{Out: a.stdout})
	p := patient{facts: ci.Facts(), masks: masks(ci, ci.Facts())}
	p.files, p.filesErr = flags.read()
	p.found, p.foundErr = w.checkout()
	job := runner.Job{Dir: w.dir, Environ: a.environ(), Masks: p.masks, Stdout: io.Discard, Stderr: io.Discard}
	p.forgeName = flags.forge
	p.viaAPI = p.filesErr == nil && p.files.policy != nil && p.files.policy.Land.Via == policy.ByAPI
	p.facts, p.repository, p.noRemote = a.repository(ctx, p.facts, job, w, temp, signing{viaAPI: p.viaAPI, forge: p.forgeName})
	p.forge, p.noForge = openForge(p.facts, flags.forge, temp)
	_, p.noAgain = openDispatcher(p.facts)
	p.branch = branch
	if p.branch == "" {
		p.branch = p.facts.Branch
	}
	return p, func() { _ = os.RemoveAll(temp) }, nil
}

// adviceOn is what the table of kinds says about an error, and where to read more.
func adviceOn(err error) []string {
	var kinded interface{ Kind() policy.Kind }
	if !errors.As(err, &kinded) {
		return nil
	}
	info, ok := kinded.Kind().Info()
	if !ok {
		return nil
	}
	return []string{info.Advice, strings.TrimSpace(info.Kind.Help())}
}
