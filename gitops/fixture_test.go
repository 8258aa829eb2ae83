package gitops

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
)

// shop is a server with one repository, a clone the run works in, and a clone of rivals.
type shop struct {
	*gittest.Server
	t     *testing.T
	url   string
	work  string
	rival string
}

const shopRepo = "shop.git"

// newShop makes the repository with some files on main. Extra arguments go to the clone the run works in.
func newShop(t *testing.T, cloneArgs ...string) *shop {
	t.Helper()
	s := &shop{Server: gittest.Serve(t), t: t}
	s.url = s.Create(t, shopRepo)
	s.rival = gittest.Clone(t, s.url)
	for _, message := range []string{"first", "second"} {
		gittest.CommitAndPush(t, s.rival, "main", message, map[string]string{
			"a.txt": "one\ntwo\nthree\nfour\nfive\n", "env/prod.yml": "tag: v1\n", "env/dev.yml": "tag: v1 " + message + "\n", "README": "shop\n",
		})
	}
	s.work = gittest.Clone(t, s.url, cloneArgs...)
	return s
}

// open opens the run's clone, as one job does.
func (s *shop) open(change ...func(*Options)) *Repo {
	s.t.Helper()
	o := Options{Remote: Remote{URL: s.url}, Checkout: s.work, Temp: s.t.TempDir(), Env: gittest.Env(s.t.TempDir())}
	for _, f := range change {
		f(&o)
	}
	r, err := Open(context.Background(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// noGit makes a repository act as if git were not installed.
func noGit(o *Options) { o.NoGit = true }

var ada = Person{Name: "Ada", Email: "ada@example.invalid", When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

// run is the job's identity for one step.
func run(step string) Identity {
	return Identity{Repo: "acme/shop", RunID: "7", Job: "deploy", Step: step}
}

// write writes files into the run's work tree.
func (s *shop) write(files map[string]string) {
	s.t.Helper()
	gittest.Write(s.t, s.work, files)
}

// push lands files on main as somebody else does.
func (s *shop) push(message string, files map[string]string) ID {
	s.t.Helper()
	gittest.Git(s.t, s.rival, "fetch", "--quiet")
	gittest.Git(s.t, s.rival, "reset", "--quiet", "--hard", "origin/main")
	return ID(gittest.CommitAndPush(s.t, s.rival, "main", message, files))
}

// stage stages everything.
func (s *shop) stage(r *Repo, paths ...string) Change {
	s.t.Helper()
	if len(paths) == 0 {
		paths = []string{"."}
	}
	change, err := r.Stage(context.Background(), StageRequest{Paths: paths, Message: "bump", Author: ada})
	if err != nil {
		s.t.Fatal(err)
	}
	return change
}

// land lands a change on main under the step's identity.
func (s *shop) land(r *Repo, change Change, step string) Outcome {
	s.t.Helper()
	o, err := r.Land(context.Background(), change, LandRequest{Branch: "main", Identity: run(step), Committer: ada})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// want checks an outcome's state and kind.
func (s *shop) want(o Outcome, state State) {
	s.t.Helper()
	if o.State != state {
		s.t.Fatalf("state %s (kind %s, %v), want %s", o.State, o.Kind, o.Err(), state)
	}
	if (o.Err() == nil) != o.Good() || (o.Kind == "") != o.Good() {
		s.t.Errorf("state %s with kind %q and error %v", o.State, o.Kind, o.Err())
	}
}

// main is where the server's main is, in git's own eyes.
func (s *shop) main() ID { return ID(s.git("rev-parse", "refs/heads/main")) }

// git runs git in the server's repository.
func (s *shop) git(args ...string) string {
	s.t.Helper()
	return gittest.Git(s.t, s.Dir(shopRepo), args...)
}

// feed runs git in the server's repository with that on its standard input.
func (s *shop) feed(in string, args ...string) {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.Dir(shopRepo), gittest.Env(s.t.TempDir()), strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// file is a file on the server's main.
func (s *shop) file(path string) string {
	s.t.Helper()
	return s.git("show", "main:"+path) + "\n"
}

// sound fails the test where git finds fault with the server's repository.
func (s *shop) sound() {
	s.t.Helper()
	if out, err := gittest.TryGit(s.Dir(shopRepo), "fsck", "--strict", "--full"); err != nil {
		s.t.Errorf("git fsck: %v\n%s", err, out)
	}
}

// count counts the commits on main whose message holds text.
func (s *shop) count(text string) int {
	s.t.Helper()
	return len(strings.Fields(s.git("log", "--format=%H", "--fixed-strings", "--grep="+text, "main")))
}

// onPush puts f around the pushes' POSTs.
func (s *shop) onPush(f func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)) {
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
				f(w, r, next.ServeHTTP)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
}

// guard lets only the bearer of the credentials in, from now on.
func (s *shop) guard(user, pass string) {
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if u, p, ok := r.BasicAuth(); !ok || u != user || p != pass {
				w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
}

// files reads every file below a folder, to compare before and after.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = info.Mode().String() + string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
