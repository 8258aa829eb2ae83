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
				k := newKilled(t)
				k.arm(n, served)
				if code := k.run(); code >= 0 {
					if code != 3 || n < 8 {
						t.Errorf("the run that was never killed ended with exit code %d after fewer than %d requests:\n%s", code, n, k.log)
					}
					return
				}
				k.arm(0, false)
				k.endsInOne(fmt.Sprintf("request %d", n))
			}
		})
	}
}

// killed is a job whose belay is killed at a request.
type killed struct {
	t      *testing.T
	server *gittest.Server
	name   string
	gitHub *fake.GitHub
	forge  string
	first  string // the commit the run was started for
	log    string // of the last run

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

func newKilled(t *testing.T) *killed {
	const name = "acme/shop"
	k := &killed{t: t, server: gittest.Serve(t), name: name}
	if err := os.MkdirAll(filepath.Dir(k.server.Dir(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	url := k.server.Create(t, name)
	k.first = gittest.CommitAndPush(t, gittest.Clone(t, url), "main", "first", map[string]string{
		"values.yaml": "tag: v1\n", ".belay/steps.yml": killSteps, ".belay/policy.yml": "version: 1\nroutes: [{ rollback: {} }]\n",
	})
	k.gitHub = fake.New(fake.Options{Repository: "acme/shop", Token: "t", BranchExists: func(branch string) bool {
		_, err := gittest.TryGit(k.server.Dir(name), "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
		return err == nil
	}})
	k.server.Around(k.around)
	web := httptest.NewServer(k.around(k.gitHub))
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
	work := gittest.Clone(k.t, k.server.URL+"/"+k.name)
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
	branches := gittest.Git(k.t, k.server.Dir(k.name), "for-each-ref", "--format=%(refname)", "refs/heads/belay")
	commits := gittest.Git(k.t, k.server.Dir(k.name), "log", "--format=%s", "main")
	if pulls := k.gitHub.PullRequests(); len(pulls) != 1 || strings.Count(branches, "\n") > 0 || strings.Count(commits, "shop v2") != 1 {
		k.t.Errorf("killed at %s: %d pull requests, branches %q, commits %q", where, len(pulls), branches, commits)
	}
}
