// Package demo is belay's two-minute tour: a git server, a forge and rival writers on loopback, a change that
// lands between theirs, a smoke test that fails, and the pull request that takes the change back. Everything is
// real but small; nothing but the binary and a shell is needed.
package demo

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

//go:embed all:config
var config embed.FS

// Options say where the demo prints, and whether its servers stay up.
type Options struct {
	Out     io.Writer
	Environ []string
	// Report is given the run's report; nil drops it.
	Report func(report.Report) error
	// Keep is called at the end, before the servers stop; nil stops them at once.
	Keep func(ctx context.Context)
}

// Run plays the demo, in a few seconds. It returns an error when something did not go as it should: the demo
// is also a test.
func Run(ctx context.Context, o Options) error {
	temp, err := os.MkdirTemp("", "belay-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	site, err := open()
	if err != nil {
		return err
	}
	defer site.close()
	if err := site.seed(); err != nil {
		return err
	}
	say(o.Out, "Twenty jobs push to one config repository. Here are three of them, and belay.", "",
		"  git server  "+site.remote(), "  forge       "+site.forgeURL, "")

	workspace := filepath.Join(temp, "workspace")
	remote := gitops.Remote{URL: site.remote(), Credentials: gitops.Credentials{Username: belayUser}}
	if err := gitops.Clone(ctx, remote, "main", workspace); err != nil {
		return err
	}
	rivals, err := startRivals(ctx, site, temp)
	if err != nil {
		return err
	}
	job, err := job(ctx, o, site, remote, workspace, temp)
	if err != nil {
		return err
	}
	r := runner.Run(ctx, job)
	if err := rivals.wait(); err != nil {
		return err
	}
	if err := tell(o.Out, site, r); err != nil {
		return err
	}
	if o.Report != nil {
		if err := o.Report(r); err != nil {
			return err
		}
	}
	if o.Keep != nil {
		o.Keep(ctx)
	}
	return nil
}

// job is what `belay run` would make of the workspace's .belay folder.
func job(ctx context.Context, o Options, site *site, remote gitops.Remote, workspace, temp string) (runner.Job, error) {
	steps, policy, err := read()
	if err != nil {
		return runner.Job{}, err
	}
	repository, err := gitops.Open(ctx, gitops.Options{Remote: remote, Checkout: workspace, Temp: temp, NoGit: true})
	if err != nil {
		return runner.Job{}, err
	}
	pulls, err := forge.NewGitHub(forge.GitHubOptions{APIURL: site.forgeURL, ServerURL: site.forgeURL, Repository: repositoryName, Token: forgeToken})
	if err != nil {
		return runner.Job{}, err
	}
	local := host.Detect(func(string) string { return "" }, host.Log{Out: o.Out})
	facts := local.Facts()
	found, err := gitops.Discover(workspace)
	if err != nil {
		return runner.Job{}, err
	}
	facts.Repository, facts.RemoteURL, facts.Branch, facts.Commit = repositoryName, found.RemoteURL, found.Branch, string(found.Head)
	facts.RunID, facts.RunAttempt = "demo", 1
	stdout, stderr := local.Output()
	return runner.Job{
		Steps: steps, StepsName: ".belay/steps.yml", Policy: policy, PolicyName: ".belay/policy.yml",
		Inputs: map[string]string{"tag": "v2.0.0"}, Facts: facts, Dir: workspace, Temp: temp, Environ: o.Environ,
		Stdout: stdout, Stderr: stderr, Masks: &process.Masks{}, Listener: local, Draw: rand.Float64,
		Repository: repository, Forge: pulls,
	}, nil
}

func read() (*spec.Steps, *spec.Policy, error) {
	load := func(name string) source.File {
		data, err := fs.ReadFile(config, "config/.belay/"+name)
		if err != nil {
			panic(err) // embedded: it is there, or the binary does not build
		}
		return source.File{Name: ".belay/" + name, Data: data}
	}
	steps, problems := spec.ReadSteps(load("steps.yml"), runner.Builtins())
	policy, more := spec.ReadPolicy(load("policy.yml"), runner.Builtins())
	if problems = append(problems, more...); problems.HasErrors() {
		return nil, nil, fmt.Errorf("read the demo's files: %s", problems.Render())
	}
	return steps, policy, nil
}

func say(w io.Writer, lines ...string) { fmt.Fprintln(w, strings.Join(lines, "\n")) }

// tell shows what the tour was about: the branch, the pull request, and that nothing is missing.
func tell(w io.Writer, site *site, r report.Report) error {
	history, err := site.repository.Log("main")
	if err != nil {
		return err
	}
	say(w, "", "main now, newest first:", "")
	mine := 0
	for _, commit := range history {
		mark := "  "
		if commit.Author == "belay" {
			mark, mine = "➜ ", mine+1
		}
		say(w, fmt.Sprintf("  %s%s  %-28s %s", mark, commit.Hash[:7], commit.Subject, commit.Author))
	}
	pulls := site.forge.PullRequests()
	if mine != 1 || len(history) != 2+rivalCount*rivalCommits || len(pulls) != 1 || r.ExitCode != report.ExitRolledBack {
		return fmt.Errorf("the demo did not end as it should: %d commits of belay's, %d in all, %d pull requests, exit code %d",
			mine, len(history), len(pulls), r.ExitCode)
	}
	say(w, "", "Every rival's commit is there, belay's is there once. "+lost(r.Landings[0].RacesLost),
		"", fmt.Sprintf("Pull request #%d, ready for a person to merge:", pulls[0].Number), "", "  "+pulls[0].Title, "")
	for line := range strings.Lines(pulls[0].Body) {
		say(w, "  │ "+strings.TrimRight(line, "\n"))
	}
	say(w, "", fmt.Sprintf("That took %s. belay run would have ended with exit code %d: the job stays red, the branch is one click from good.",
		r.Run.Ended.Sub(r.Run.Started).Round(100*time.Millisecond), r.ExitCode),
		"Next: `belay init` in a repository of yours writes the first files, `belay doctor` says what would stand in their way.")
	return nil
}

func lost(races int) string {
	if races == 1 {
		return "It lost one race on the way."
	}
	return fmt.Sprintf("It lost %d races on the way.", races)
}
