package simulate

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

var (
	seed  = flag.Uint64("seed", 0, "draw the cases of the differential test by this seed; 0 draws one")
	cases = flag.Int("cases", 200, "how many cases the differential test draws; every tenth has a repository")
)

// A run adopts what its steps leave behind, so that it can tell when the last of it is gone.
func TestMain(m *testing.M) {
	if err := process.Subreap(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A simulation is worth what its decisions are worth: random policies and failures are simulated, and really run
// with real processes and a real repository, and both must decide the same.
func TestASimulationDecidesAsARunDoes(t *testing.T) {
	needs(t, "sh", "git")
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed=%d", *seed)
	for i := range *cases {
		d := dice{rand.New(rand.NewPCG(*seed, uint64(i)))}
		p := correct(func() draft { return d.draw(i%10 == 9) })
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			p.agree(t)
		})
	}
}

// Cases that chance seldom draws, or that once went wrong.
func TestASimulationDecidesAsARunDoesWhen(t *testing.T) {
	needs(t, "sh", "git")
	for name, c := range map[string]struct {
		draft
		want string
	}{
		"the deadline comes while a step runs": {draft: draft{
			steps: `version: 1
steps:
  - { id: a, run: exec sh "$PLAY" a a, shell: sh }
  - { id: b, run: exec sh "$PLAY" b b, shell: sh }
  - { id: c, if: always(), run: exec sh "$PLAY" c c, shell: sh }
finally:
  - { id: last, run: exec sh "$PLAY" last last, shell: sh }
`, policy: `version: 1
limits: { deadline: 12s, reserve: 11s }
routes:
  - { match: flaky, retry: { max: 3, initial: 1ms } }
  - { match: { signal: TERM }, continue: {} }
  - { match: run.deadline, retry: { max: 3 } }
  - match: run
    run: { steps: [{ id: mend, run: exec sh "$PLAY" mend mend, shell: sh }] }
`, fail: []string{"a=flaky", "b=ok@30s", "c=flaky!retry-after:1h"}},
			want: "a retry, a success, b run, mend success, c fail, last success"},
		"a step runs into its timeout": {draft: draft{
			steps: "version: 1\nsteps:\n  - { id: a, run: exec sh \"$PLAY\" a a, shell: sh, timeout: 1s }\n",
			policy: `version: 1
routes:
  - { match: { signal: TERM }, fail: {} }
  - { match: { kind: step.timeout, hint: retry }, retry: { max: 1, initial: 1ms } }
  - { match: step.timeout, continue: {} }
`, fail: []string{"a=timeout!hint:retry,ok@30s"}},
			want: "a retry, a continue"},
		"a file that a step runs is stopped": {draft: draft{
			steps: `version: 1
steps:
  - { id: a, uses: ./child.yml, with: { at: a }, timeout: 1s, on-error: [{ match: step.timeout, retry: { max: 1, initial: 1ms } }] }
  - { id: b, uses: ./child.yml, with: { at: b } }
`, child: `version: 1
inputs: { at: {} }
steps:
  - { id: p, run: 'exec sh "$PLAY" "$AT"_p "$AT"_p', shell: sh, env: { AT: "${{ inputs.at }}" } }
  - { id: q, run: "true" }
finally:
  - { id: r, run: "true" }
`, policy: "version: 1\nlimits: { deadline: 14s, reserve: 11s }\nroutes: [{ match: run.deadline, to: b }]\n",
			fail: []string{"a/p=ok@30s,ok", "b/p=ok@30s"}},
			want: "a retry, a success, a/p cancelled, a/p success, a/q skipped, a/q success, a/r success, a/r success, " +
				"b fail, b/p cancelled, b/q skipped, b/r success"},
		"an item's failure stops those at work": {draft: draft{
			steps: `version: 1
steps:
  - id: a
    for-each: [x, y, z]
    max-parallel: 2
    env: { NAME: "a[${{ item }}]" }
    run: exec sh "$PLAY" "$NAME" a
    shell: sh
`, policy: "version: 1\nroutes: [{ match: flaky, retry: { max: 1, initial: 500ms, jitter: 0 } }]\n",
			fail: []string{"a[x]=flaky,exit:1@1s", "a[y]=ok@30s"}},
			want: "a failure, a[x] retry, a[x] failure, a[y] cancelled, a[z] skipped"},
		"finally needs the reserve": {draft: draft{
			steps: `version: 1
steps:
  - { id: a, run: exec sh "$PLAY" a a, shell: sh }
finally:
  - { id: last, run: exec sh "$PLAY" last last, shell: sh }
`, policy: "version: 1\nlimits: { deadline: 12s, reserve: 10800ms }\n", fail: []string{"last=ok@1500ms"}},
			want: "a success, last success"},
		"a recovery step fails": {draft: draft{
			steps: "version: 1\nsteps:\n  - { id: a, run: exec sh \"$PLAY\" a a, shell: sh }\n",
			policy: `version: 1
routes:
  - { match: flaky, retry: { max: 1, initial: 1ms } }
  - run: { steps: [{ id: mend, run: exec sh "$PLAY" mend mend, shell: sh }], then: continue }
`, fail: []string{"a=exit:1", "mend=flaky,exit:1"}},
			want: "a run, mend retry, mend fail"},
		"a step that runs after a failure asks for a restart": {draft: draft{git: true,
			steps: `version: 1
steps:
  - { id: a, run: exec sh "$PLAY" a a, shell: sh }
  - { id: b, if: always(), run: exec sh "$PLAY" b b, shell: sh }
`, policy: "version: 1\nroutes:\n  - { match: flaky, restart: { max: 3 } }\n", fail: []string{"a=exit:1", "b=flaky"}},
			want: "a fail, b fail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.host = "local"
			p, problems := parse(c.draft)
			if problems != "" {
				t.Fatal(problems)
			}
			var did []string
			for _, d := range p.agree(t).Decisions {
				what := d.Status
				if d.Decision != nil {
					what = d.Decision.Action
				}
				did = append(did, d.Step+" "+what)
			}
			if diff := cmp.Diff(c.want, strings.Join(did, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("there is no %s on this machine", name)
		}
	}
}

// play is a draft, read.
type play struct {
	draft
	steps  *spec.Steps
	policy *spec.Policy
	fail   []spec.Fail
}

// correct draws until nothing is wrong with a draft.
func correct(draw func() draft) play {
	for {
		if p, problems := parse(draw()); problems == "" {
			return p
		}
	}
}

func parse(d draft) (play, string) {
	p := play{draft: d}
	var all, problems source.Diagnostics
	tree := fstest.MapFS{"child.yml": {Data: []byte(d.child)}}
	p.steps, all = spec.ReadStepsIn(tree, "steps.yml", source.File{Name: "steps.yml", Data: []byte(d.steps)}, runner.Builtins())
	p.policy, problems = spec.ReadPolicy(source.File{Name: "policy", Data: []byte(d.policy)}, runner.Builtins())
	if all = append(all, problems...); !all.HasErrors() {
		all = append(all, spec.Check(p.steps, p.policy)...)
		p.fail, _, problems = spec.ReadFail(d.fail, p.steps, p.policy)
		all = append(all, problems...)
	}
	all = slices.DeleteFunc(all, func(d source.Diagnostic) bool { return d.Warning })
	return p, all.Render()
}

// decision is what a run and its simulation have to agree on, one for each execution and for each step skipped.
type decision struct {
	Step, Section, Status string
	Restart, Attempt      int
	Kind                  policy.Kind
	Decision              *report.Decision
}

// end is what they have to agree on in the end.
type end struct {
	Result           report.Result
	ExitCode         int
	Step             string
	Kind             policy.Kind
	Recovered, Rerun bool
	RolledBack       bool
	Restarts, Landed int
	Decisions        []decision
}

// agree plays a case both ways, and returns what a run made of it.
func (p play) agree(t *testing.T) end {
	t.Helper()
	job := p.job(t)
	got := simulated(Run(Job{
		Steps: p.steps, Policy: p.policy, Fail: p.fail, Host: p.host, WorkspaceRefused: refused(job), RerunHereRefused: nothingToClone(job),
	}))
	want := ran(runner.Run(t.Context(), job))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a simulation differs (-run +simulation):\n%s\n%s", diff, p.draft)
	}
	return want
}

func refused(job runner.Job) string {
	if job.Repository == nil {
		return "the workspace is no git checkout: " + job.NoRepository.Error()
	}
	return ""
}

func nothingToClone(job runner.Job) string {
	switch {
	case job.Repository == nil:
		return "there is nothing to clone: " + job.NoRepository.Error()
	case job.Facts.Branch == "":
		return "this run was not started from a branch, of which a fresh clone could be made"
	}
	return ""
}

func simulated(t Timeline) end {
	e := end{Result: t.Result, ExitCode: t.ExitCode, Step: t.Step, Kind: t.Kind, Recovered: t.Recovered, Rerun: t.Rerun, RolledBack: t.RolledBack, Restarts: t.Restarts, Landed: len(t.Landed)}
	for _, m := range t.Moments {
		switch {
		case m.Step == "":
		case m.Group: // a run's report has no decisions of groups
			e.Decisions = append(e.Decisions, decision{Step: m.name(), Section: m.Section, Restart: m.Restart, Status: string(m.Status)})
		default:
			e.Decisions = append(e.Decisions, decision{m.name(), m.Section, string(m.Status), m.Restart, m.Attempt, m.Kind, timeless(m.Decision)})
		}
	}
	return e.sorted()
}

// sorted has the decisions by step. A run's report has files and groups before what is in them, a timeline after it.
func (e end) sorted() end {
	if slices.ContainsFunc(e.Decisions, func(d decision) bool { return strings.ContainsAny(d.Step, "[/") }) {
		slices.SortStableFunc(e.Decisions, func(a, b decision) int { return strings.Compare(a.Step, b.Step) })
	}
	return e
}

func ran(r report.Report) end {
	e := end{Result: r.Result, ExitCode: r.ExitCode, Recovered: r.Recovered, Rerun: r.Rerun != nil, RolledBack: r.Rollback != nil, Restarts: r.Restarts, Landed: len(r.Landed())}
	if r.Failure != nil {
		e.Step, e.Kind = r.Failure.Step, r.Failure.Kind
	}
	for _, s := range r.Steps {
		name := Moment{Step: s.ID, Item: s.Item}.name()
		if s.Outcome == report.StatusSkipped || s.Outcome == report.StatusFailure && len(s.Attempts) == 0 {
			e.Decisions = append(e.Decisions, decision{Step: name, Section: s.Section, Restart: s.Restart, Status: string(s.Outcome)})
		}
		for _, a := range s.Attempts {
			e.Decisions = append(e.Decisions, decision{name, s.Section, string(a.Status), s.Restart, a.N, a.Kind, timeless(a.Decision)})
		}
	}
	return e.sorted()
}

var durations = regexp.MustCompile(`[0-9.]+(h|m|s|ms|µs|ns)([0-9.hmµns]*)`)

// timeless takes out of a decision what the clock says.
func timeless(d *report.Decision) *report.Decision {
	if d == nil {
		return nil
	}
	same := *d
	same.Passed = slices.Clone(d.Passed)
	for i, p := range same.Passed {
		same.Passed[i].Reason = durations.ReplaceAllString(p.Reason, "…")
	}
	return &same
}

// job makes a real run of a case. Every script reads how its next execution ends.
func (p play) job(t *testing.T) runner.Job {
	dir, temp, script := t.TempDir(), t.TempDir(), t.TempDir()
	for _, f := range p.fail {
		for n, o := range f.Outcomes {
			name := fmt.Sprintf("%s.%d", strings.ReplaceAll(f.Step, "/", "_"), n)
			if o.Done {
				write(t, filepath.Join(script, name+".done"), "")
				continue
			}
			write(t, filepath.Join(script, name), ending(o))
		}
		write(t, filepath.Join(script, strings.ReplaceAll(f.Step, "/", "_")+".own"), "")
	}
	write(t, filepath.Join(script, "play"), "echo $1 >> data\n"+counter)
	write(t, filepath.Join(script, "probe"), probe)
	job := runner.Job{
		Steps: p.steps, StepsName: "steps", Policy: p.policy, PolicyName: "policy",
		Facts: host.Facts{Name: p.host, RunID: "1", RunAttempt: 1}, Dir: dir, Temp: temp,
		Environ: append(gittest.Env(temp), "SCRIPT="+script, "PLAY="+filepath.Join(script, "play"), "PROBE="+filepath.Join(script, "probe")),
		Stdout:  io.Discard, Stderr: io.Discard, Masks: &process.Masks{}, Listener: nobody{}, Draw: func() float64 { return 0.5 },
		NoRepository: errors.New("there is none"), NoDispatcher: errors.New("there is none"),
	}
	if p.host == "github" {
		job.Facts.Again.Lineage = "belay_lineage"
	}
	if p.git {
		job = withRepository(t, job, script)
	}
	return job
}

// counter counts the executions of a step by its name, and ends this one as the script of that name says, or else
// as the script of the second name.
const counter = `n=0
[ ! -e "$SCRIPT/$1.n" ] || read -r n < "$SCRIPT/$1.n"
echo $((n + 1)) > "$SCRIPT/$1.n"
[ -e "$SCRIPT/$1.own" ] || shift
[ ! -e "$SCRIPT/$1.$n" ] || . "$SCRIPT/$1.$n"
`

// probe says whether the next execution of a step is one whose work is done already.
const probe = `read -r n < "$SCRIPT/$1.n"
[ -e "$SCRIPT/$1.$n.done" ] || exit 1
echo $((n + 1)) > "$SCRIPT/$1.n"
`

// ending is the last lines of a script that end it as an outcome says.
func ending(o spec.Outcome) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if o.Took > 0 {
		line("sleep %v", o.Took.Seconds())
	}
	for text, to := range map[string]string{o.Seen.Stdout: "&1", o.Seen.Stderr: "&2"} {
		if text != "" {
			line("echo %s >%s", text, to)
		}
	}
	if r := o.Seen.Raised; r != nil {
		line("echo message=raised > $BELAY_ERROR")
		if r.Kind != "" {
			line("echo kind=%s >> $BELAY_ERROR", r.Kind)
		}
		if r.Hint != "" {
			line("echo hint=%s >> $BELAY_ERROR", r.Hint)
		}
		if r.RetryAfter > 0 {
			line("echo retry-after=%s >> $BELAY_ERROR", r.RetryAfter)
		}
		if r.Retryable != nil {
			line("echo retryable=%v >> $BELAY_ERROR", *r.Retryable)
		}
	}
	switch {
	case o.Seen.TimedOut:
		line("exec sleep 30")
	case o.Seen.Signal != "":
		line("kill -%s $$", o.Seen.Signal)
	default:
		line("exit %d", o.Seen.ExitCode)
	}
	return b.String()
}

// withRepository gives a run a checkout of a repository whose main takes a push when the script of a land step,
// of which there is at most one, has no failure for it.
func withRepository(t *testing.T, job runner.Job, script string) runner.Job {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "bare")
	gittest.Git(t, job.Dir, "init", "--quiet", "--initial-branch=main")
	gittest.Git(t, job.Dir, "commit", "--quiet", "--allow-empty", "-m", "first")
	gittest.Git(t, job.Dir, "clone", "--quiet", "--bare", job.Dir, bare)
	gittest.Git(t, job.Dir, "remote", "add", "origin", "file://"+bare)
	for _, s := range job.Steps.Steps {
		if s.Uses == landStep {
			write(t, filepath.Join(bare, "hooks", "pre-receive"), fmt.Sprintf("#!/bin/sh\nread -r old new ref\n[ $ref = refs/heads/main ] || exit 0\nSCRIPT=%s\nset -- %s %s\n%s", script, s.ID, s.ID, counter))
		}
	}
	found, err := gitops.Discover(job.Dir)
	if err != nil {
		t.Fatal(err)
	}
	job.Facts.RemoteURL, job.Facts.Branch, job.Facts.Commit = found.RemoteURL, found.Branch, string(found.Head)
	job.Repository, err = gitops.Open(t.Context(), gitops.Options{
		Remote: gitops.Remote{URL: found.RemoteURL}, Checkout: job.Dir, Temp: job.Temp, Env: job.Environ,
	})
	if err != nil {
		t.Fatal(err)
	}
	job.Forge = forge.NewLocal(job.Temp)
	return job
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

type nobody struct{}

func (nobody) Show(report.Event) {}
