package runner

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// races is how many races the gate runs. BELAY_RACES asks for more.
const races = 24

// TestJobsThatRollBackTheSameChangeOpenOnePullRequest has two to eight jobs roll back one commit at the same moment, while
// GitHub fails, throttles, and loses answers to what it did.
func TestJobsThatRollBackTheSameChangeOpenOnePullRequest(t *testing.T) {
	n, seed := races, uint64(time.Now().UnixNano())
	if text := os.Getenv("BELAY_RACES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", seed)
	server := gittest.Serve(t)
	url := server.Create(t, "template.git")
	clone := gittest.Clone(t, url)
	gittest.CommitAndPush(t, clone, "main", "first", map[string]string{"values.yaml": "tag: v1\n"})
	landed := gittest.CommitAndPush(t, clone, "main", "shop v2", map[string]string{"values.yaml": "tag: v2\n"})
	if pulls := (race{t: t, server: server, name: "control.git", landed: landed, draw: rand.New(rand.NewPCG(seed, 0)), naive: true}).run(); pulls < 2 {
		t.Errorf("bots that each have a branch of their own opened %d pull requests: the race finds nothing", pulls)
	}
	slots := make(chan struct{}, 16)
	var all sync.WaitGroup
	for i := range n {
		all.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; all.Done() }()
			race{t: t, server: server, name: fmt.Sprintf("race-%d.git", i), landed: landed, draw: rand.New(rand.NewPCG(seed, uint64(i)))}.run()
		}()
	}
	all.Wait()
}

type race struct {
	t      *testing.T
	server *gittest.Server
	name   string
	landed string
	draw   *rand.Rand
	naive  bool // the control: every job names its branch by itself
}

// run returns how many pull requests there are in the end.
func (r race) run() int {
	if err := os.CopyFS(r.server.Dir(r.name), os.DirFS(r.server.Dir("template.git"))); err != nil {
		r.t.Error(err)
		return 0
	}
	defer os.RemoveAll(r.server.Dir(r.name))
	gitHub := fake.New(fake.Options{Repository: "acme/shop", BranchExists: func(branch string) bool {
		_, err := gittest.TryGit(r.server.Dir(r.name), "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
		return err == nil
	}})
	for range r.draw.IntN(4) {
		gitHub.Inject(r.fault())
	}
	web := httptest.NewServer(gitHub)
	defer web.Close()
	jobs := 2 + r.draw.IntN(7)
	outcomes := make([]report.Rollback, jobs)
	var all sync.WaitGroup
	for i := range jobs {
		all.Add(1)
		go func() {
			defer all.Done()
			outcomes[i] = r.job(i, web.URL)
		}()
	}
	all.Wait()
	if r.naive {
		return len(gitHub.PullRequests())
	}
	opened := 0
	for _, o := range outcomes {
		switch o.Outcome {
		case rollbackOpened:
			opened++
		case rollbackAdopted:
		default:
			r.t.Errorf("%s: a job's rollback ended as %s: %s", r.name, o.Outcome, o.Message)
		}
	}
	branches, err := gittest.TryGit(r.server.Dir(r.name), "for-each-ref", "--format=%(refname)", "refs/heads/belay")
	pulls := gitHub.PullRequests()
	if err != nil || branches != "refs/heads/"+outcomes[0].Branch || len(pulls) != 1 || opened > 1 {
		r.t.Errorf("%s: %d jobs made the branches %q (%v) and %d pull requests, and %d say they opened one", r.name, jobs, branches, err, len(pulls), opened)
	}
	return len(pulls)
}

// fault is something GitHub does to one of the next calls.
func (r race) fault() fake.Fault {
	f := fake.Fault{Method: []string{"GET", "POST"}[r.draw.IntN(2)], Path: "/repos/acme/shop/pulls"}
	switch r.draw.IntN(3) {
	case 0:
		f.Status = http.StatusBadGateway
	case 1:
		f.Status, f.Header = http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}
	default:
		f.Drop = true
	}
	return f
}

// job rolls the commit back, as a machine of its own does.
func (r race) job(n int, api string) report.Rollback {
	repository, err := gitops.Open(r.t.Context(), gitops.Options{Remote: gitops.Remote{URL: r.server.URL + "/" + r.name}})
	if err != nil {
		return report.Rollback{Outcome: err.Error()}
	}
	pulls, err := forge.NewGitHub(forge.GitHubOptions{APIURL: api, ServerURL: api, Repository: "acme/shop", Token: "t"})
	if err != nil {
		return report.Rollback{Outcome: err.Error()}
	}
	job := Job{
		Steps: &spec.Steps{}, Policy: &spec.Policy{Policy: policy.Policy{Land: policy.DefaultLand(), Rollback: policy.DefaultRollback()}},
		Facts: host.Facts{Repository: "acme/shop", Branch: "main"}, Temp: filepath.Join(r.t.TempDir(), "none"),
		Masks: &process.Masks{}, Listener: deaf{}, Draw: rand.Float64, Stdout: io.Discard, Stderr: io.Discard,
		Repository: repository, Forge: pulls,
	}
	if r.naive {
		job.Facts.Repository = fmt.Sprint("acme/shop-", n)
	}
	back, err := TakeBack(r.t.Context(), job, Wish{Branch: "main", Commit: r.landed, Act: true})
	if err != nil {
		return report.Rollback{Outcome: err.Error()}
	}
	return back
}
