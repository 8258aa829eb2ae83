package runner

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

// dispatcher is a CI host that remembers what it was asked for.
type dispatcher struct {
	asked   []forge.Dispatch
	refuses error
}

func (d *dispatcher) Dispatch(_ context.Context, again forge.Dispatch) (string, error) {
	d.asked = append(d.asked, again)
	return "https://ci.example/10", d.refuses
}

const failing = "version: 1\nsteps: [{ id: work, uses: land }]\n"

// failingJob is a GitLab job of the lineage 7/1, whose only step fails at once.
func failingJob(t *testing.T, d *dispatcher, policyText string) Job {
	t.Helper()
	job := jobOf(t, failing, policyText)
	job.Facts = host.Facts{Name: "gitlab", RunID: "9", RunAttempt: 1, Again: host.Again{
		Run: "9", Ref: "main", Inputs: map[string]string{"tag": "v2"}, Lineage: "BELAY_LINEAGE",
	}}
	job.Lineage, job.Dispatcher = policy.Lineage{Root: "7", Reruns: 1}, d
	return job
}

func TestTheHostIsAskedWithTheLineage(t *testing.T) {
	d := &dispatcher{}
	r := Run(t.Context(), failingJob(t, d, "version: 1\nroutes: [{ rerun: { max: 3 } }]\n"))
	want := []forge.Dispatch{{Run: "9", Ref: "main", Inputs: map[string]string{"tag": "v2", "BELAY_LINEAGE": "7/2"}}}
	if diff := cmp.Diff(want, d.asked); diff != "" {
		t.Error(diff)
	}
	asked := &report.Rerun{Where: "host", N: 2, Max: 3, Lineage: "7/2", Started: true, URL: "https://ci.example/10"}
	if diff := cmp.Diff(asked, r.Rerun); diff != "" {
		t.Error(diff)
	}
	if r.ExitCode != report.ExitRerun || r.Run.Root != "7" || r.Run.Reruns != 1 {
		t.Errorf("exit code %d, of %s after %d new runs", r.ExitCode, r.Run.Root, r.Run.Reruns)
	}
}

func TestNobodyIsAskedTwiceOrInVain(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	const once, never = "version: 1\nroutes: [{ rerun: { max: 2 } }]\n", "version: 1\nroutes: [{ rerun: { max: 1 } }]\n"
	for name, c := range map[string]struct {
		ctx    context.Context
		policy string
		change func(*Job, *dispatcher)
		asked  int
		exit   int
		want   string // why the new run was not started
	}{
		"the lineage is used up":          {t.Context(), never, func(*Job, *dispatcher) {}, 0, report.ExitFailed, ""},
		"a person started the job again":  {t.Context(), once, func(j *Job, _ *dispatcher) { j.Facts.RunAttempt = 2 }, 0, report.ExitFailed, ""},
		"the run is cancelled":            {cancelled, once, func(*Job, *dispatcher) {}, 0, report.ExitInterrupted, ""},
		"no run would be just like it":    {t.Context(), once, func(j *Job, _ *dispatcher) { j.Facts.Again.Refused = "it is one of a matrix" }, 0, report.ExitRerun, "it is one of a matrix"},
		"there is no token for it":        {t.Context(), once, func(j *Job, _ *dispatcher) { j.Dispatcher, j.NoDispatcher = nil, errors.New("no token") }, 0, report.ExitRerun, "no token"},
		"the host refuses, with a secret": {t.Context(), once, func(j *Job, d *dispatcher) { j.Masks.Add("s3cret-value"); d.refuses = errors.New("no s3cret-value") }, 1, report.ExitRerun, "no ***"},
		"the host is asked":               {t.Context(), once, func(*Job, *dispatcher) {}, 1, report.ExitRerun, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &dispatcher{}
			job := failingJob(t, d, c.policy)
			c.change(&job, d)
			r := Run(c.ctx, job)
			if len(d.asked) != c.asked || r.ExitCode != c.exit || (r.Rerun != nil) != (c.exit == report.ExitRerun) {
				t.Errorf("asked %d times, exit code %d, %+v; want %d, %d", len(d.asked), r.ExitCode, r.Rerun, c.asked, c.exit)
			}
			if r.Rerun != nil && (r.Rerun.Message != c.want || r.Rerun.Started != (c.want == "")) {
				t.Errorf("%+v; want it not started because %q", r.Rerun, c.want)
			}
		})
	}
}

func TestOnlyABranchIsClonedForANewRun(t *testing.T) {
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	dir := gittest.Clone(t, url)
	gittest.CommitAndPush(t, dir, "main", "first", nil)
	const noBranch = "this run was not started from a branch, of which a fresh clone could be made"
	for name, c := range map[string]struct {
		facts host.Facts
		open  gitops.Options
		want  string
	}{
		"a branch":       {host.Facts{Branch: "main"}, gitops.Options{}, ""},
		"a tag":          {host.Facts{}, gitops.Options{}, noBranch},
		"a pull request": {host.Facts{Branch: "topic", Base: "main"}, gitops.Options{}, noBranch},
		"without git":    {host.Facts{Branch: "main"}, gitops.Options{NoGit: true}, "git is not installed, and a fresh clone needs it"},
	} {
		job := jobOf(t, failing, "version: 1\n")
		if got := newConductor(job, time.Now()).rerunHereRefused(); got != "there is nothing to clone: there is no git here" {
			t.Errorf("without a checkout: %q", got)
		}
		c.open.Remote, c.open.Checkout, c.open.Temp = gitops.Remote{URL: url}, dir, t.TempDir()
		var err error
		if job.Repository, err = gitops.Open(t.Context(), c.open); err != nil {
			t.Fatal(err)
		}
		job.Facts = c.facts
		if got := newConductor(job, time.Now()).rerunHereRefused(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
