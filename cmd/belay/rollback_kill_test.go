package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/internal/gittest"
)

// TestARollbackThatIsKilledAnywhereEndsInOnePullRequest kills belay with SIGKILL at its n-th request, to the git server or
// to the forge, for n = 1, 2, 3 … until a run comes through: once before the request is answered, as it was never served,
// and once after it was. The job then runs again, on a fresh clone, and there is one branch and one pull request.
func TestARollbackThatIsKilledAnywhereEndsInOnePullRequest(t *testing.T) {
	for _, served := range []bool{false, true} {
		t.Run(fmt.Sprintf("requests served %t", served), func(t *testing.T) {
			for n := 1; ; n++ {
				if n > 60 {
					t.Fatal("no run comes through")
				}
				if newKilled(t, killSteps, "acme/shop").survives(n, served) {
					return
				}
			}
		})
	}
}

// TestARollbackInTwoRepositoriesThatIsKilledAnywhereEndsInOnePullRequestEach is the same for a run that lands in two
// repositories. It kills at every third request.
func TestARollbackInTwoRepositoriesThatIsKilledAnywhereEndsInOnePullRequestEach(t *testing.T) {
	for n := 1; ; n += 3 {
		if n > 120 {
			t.Fatal("no run comes through")
		}
		k := newKilled(t, killStepsInTwo, "acme/shop", "acme/deploy")
		if k.survives(n, n%2 == 0) {
			return
		}
		for i, pulls := range k.pulls() {
			if other := k.names[1-i]; len(pulls) != 1 || len(pulls[0].Comments) != 1 || !strings.Contains(pulls[0].Comments[0], other+"/pull/1") {
				t.Errorf("killed at request %d: the pull request of %s does not name that of %s, once: %+v", n, k.names[i], other, pulls)
			}
		}
	}
}

// survives kills belay at its n-th request and starts the job again. It reports whether there was no such request.
func (k *killed) survives(n int, served bool) bool {
	k.t.Helper()
	k.arm(n, served)
	if code := k.run(); code >= 0 {
		if code != 3 || n < 8 {
			k.t.Errorf("the run that was never killed ended with exit code %d after fewer than %d requests:\n%s", code, n, k.log)
		}
		return true
	}
	k.arm(0, false)
	k.endsInOne(fmt.Sprintf("request %d", n))
	return false
}

// pulls are the pull requests of each repository.
func (k *killed) pulls() [][]fake.PullRequest {
	var all [][]fake.PullRequest
	for _, gitHub := range k.gitHubs {
		all = append(all, gitHub.PullRequests())
	}
	return all
}

// killed is a job whose belay is killed at a request.
type killed struct {
	t       *testing.T
	server  *gittest.Server
	names   []string // of the repositories, the job's own first
	gitHubs []*fake.GitHub
	forge   string
	first   string // the commit the run was started for
	log     string // of the last run

	mu     sync.Mutex
	left   int  // requests until the kill; 0 for none
	served bool // whether the last one is served
	belay  *os.Process
}

const killSteps = `version: 1
steps:
  - run: 'echo "tag: v2" > values.yaml'
  - { uses: land, with: { branch: main, message: shop v2 } }
  - { id: smoke, run: exit 1 }
`

const killStepsInTwo = `version: 1
steps:
  - run: 'echo "tag: v2" > values.yaml'
  - { uses: clone, with: { repository: acme/deploy, path: deploy } }
  - run: 'echo "tag: v2" >> deploy/values.yaml'
  - { uses: land, with: { message: shop v2, targets: [{ branch: main }, { branch: main, checkout: deploy }] } }
  - { id: smoke, run: exit 1 }
`

func newKilled(t *testing.T, steps string, names ...string) *killed {
	k := &killed{t: t, server: gittest.Serve(t), names: names}
	forges := http.NewServeMux()
	for i, name := range names {
		if err := os.MkdirAll(filepath.Dir(k.server.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		url := k.server.Create(t, name)
		first := gittest.CommitAndPush(t, gittest.Clone(t, url), "main", "first", map[string]string{
			"values.yaml": "tag: v1\n", ".belay/steps.yml": steps, ".belay/policy.yml": "version: 1\nroutes: [{ rollback: {} }]\n",
		})
		if i == 0 {
			k.first = first
		}
		tip := tipIn(k.server.Dir(name))
		gitHub := fake.New(fake.Options{Repository: name, Token: "t", BranchExists: func(branch string) bool { return tip(branch) != "" }})
		forges.Handle("/repos/"+name+"/", gitHub)
		forges.Handle("/repos/"+name, gitHub)
		k.gitHubs = append(k.gitHubs, gitHub)
	}
	k.server.Around(k.around)
	web := httptest.NewServer(k.around(forges))
	t.Cleanup(web.Close)
	k.forge = web.URL
	return k
}

func (k *killed) arm(n int, served bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.served = n, served
}

// around kills belay where it is time.
func (k *killed) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.left--
		now, belay := k.left == 0, k.belay
		k.mu.Unlock()
		if !now || belay == nil {
			next.ServeHTTP(w, r)
			return
		}
		if k.served {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		_ = belay.Kill()
		panic(http.ErrAbortHandler) // net/http then cuts the connection
	})
}

// run runs the job in a fresh clone, as its attempts do, and returns belay's exit code: -1 when it was killed.
func (k *killed) run() int {
	k.t.Helper()
	k.mu.Lock()
	armed := k.left
	k.left = 0 // the clone is not belay's
	k.mu.Unlock()
	var out strings.Builder
	cmd := k.command(&out)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.mu.Lock()
	k.belay, k.left = cmd.Process, armed
	k.mu.Unlock()
	_ = cmd.Wait()
	k.log = out.String()
	return cmd.ProcessState.ExitCode()
}

// command is belay in a fresh clone, and in a folder for whatever else it writes.
func (k *killed) command(out io.Writer) *exec.Cmd {
	k.t.Helper()
	work := gittest.Clone(k.t, k.server.URL+"/"+k.names[0])
	gittest.Git(k.t, work, "reset", "--quiet", "--hard", k.first) // as a CI host does for every attempt of a run
	temp := k.t.TempDir()
	belay, err := exec.LookPath("belay")
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(belay, "run")
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, out, out
	cmd.Env = append(gittest.Env(temp), "TMPDIR="+temp, "RUNNER_TEMP="+temp,
		"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/shop", "GITHUB_SERVER_URL="+k.server.URL, "GITHUB_API_URL="+k.forge,
		"GITHUB_REF=refs/heads/main", "GITHUB_REF_NAME=main", "GITHUB_SHA="+k.first, "GITHUB_RUN_ID=7", "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=promote",
		"GITHUB_OUTPUT="+filepath.Join(temp, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"), "BELAY_TOKEN=t")
	return cmd
}

// endsInOne checks that a run which was killed, and then ran again, is rolled back once.
func (k *killed) endsInOne(where string) {
	k.t.Helper()
	if code := k.run(); code != 3 {
		k.t.Errorf("killed at %s, the next run ended with exit code %d:\n%s", where, code, k.log)
	}
	for i, pulls := range k.pulls() {
		bare := k.server.Dir(k.names[i])
		branches := gittest.Git(k.t, bare, "for-each-ref", "--format=%(refname)", "refs/heads/belay")
		commits := gittest.Git(k.t, bare, "log", "--format=%s", "main")
		if len(pulls) != 1 || strings.Count(branches, "\n") > 0 || strings.Count(commits, "shop v2") != 1 {
			k.t.Errorf("killed at %s: %s has %d pull requests, branches %q, commits %q", where, k.names[i], len(pulls), branches, commits)
		}
	}
}
