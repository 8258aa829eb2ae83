package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// aTree makes a repository with one commit, and returns a commit to be made on top of it.
func aTree(t *testing.T) (dir string, n forge.NewCommit) {
	t.Helper()
	dir = t.TempDir()
	gittest.Git(t, dir, "init", "--quiet")
	parent := gittest.Commit(t, dir, "first", map[string]string{"a": "1\n"})
	return dir, forge.NewCommit{Tree: gittest.Git(t, dir, "rev-parse", "HEAD^{tree}"), Parents: []string{parent}, Message: "a subject\n\na body\n"}
}

func TestACommitIsMadeAndSignedByGitHub(t *testing.T) {
	dir, n := aTree(t)
	github, server := start(t, fake.Options{Git: gittest.GitIn(dir)})
	made, err := connect(t, server).MakeCommit(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Verified || made.Reason != "valid" || !strings.HasSuffix(made.Payload, "\n\n"+n.Message) || !strings.HasPrefix(made.Signature, "-----BEGIN PGP SIGNATURE-----\n") {
		t.Errorf("got %+v", made)
	}
	if got := gittest.Git(t, dir, "log", "-1", "--format=%T %P %s", made.SHA); got != n.Tree+" "+n.Parents[0]+" a subject" {
		t.Errorf("git has %s", got)
	}
	github.BePerson()
	if made, err := connect(t, server).MakeCommit(t.Context(), n); err != nil || made.Verified || made.Reason != "unsigned" || made.Payload != "" {
		t.Errorf("for a person: %+v, %v", made, err)
	}
}

func TestACommitIsAskedForAgainWhereThatMayHelp(t *testing.T) {
	const path = "/repos/acme/shop/git/commits"
	for _, c := range []struct {
		name     string
		fault    fake.Fault
		calls    int
		kind     policy.Kind // empty: it is made
		min, max time.Duration
	}{
		{"a lost answer", fake.Fault{Drop: true}, 2, "", time.Second / 2, time.Second},
		{"a tree that has not arrived everywhere", fake.Fault{Status: 422, Message: "Tree SHA does not exist", Times: 2}, 3, "", time.Second, 3 * time.Second},
		{"a tree that does not exist", fake.Fault{Status: 422, Message: "Tree SHA does not exist", Times: 9}, 3, policy.ForgeRejected, time.Second, 3 * time.Second},
		{"a rate limit", fake.Fault{Status: 403, Header: http.Header{"Retry-After": {"30"}}}, 2, "", 30 * time.Second, 30 * time.Second},
		{"a token that may not", fake.Fault{Status: 403, Times: 9}, 1, policy.ForgeForbidden, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, n := aTree(t)
			var requests requestLog
			github, server := start(t, fake.Options{Git: gittest.GitIn(dir), Log: requests.add})
			c.fault.Method, c.fault.Path = "POST", path
			github.Inject(c.fault)
			inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
				begin := time.Now()
				_, err := g.MakeCommit(t.Context(), n)
				var failed *forge.Error
				if c.kind == "" && err != nil || c.kind != "" && (!errors.As(err, &failed) || failed.Kind() != c.kind) {
					t.Errorf("got %v, want kind %q", err, c.kind)
				}
				if waited := time.Since(begin); waited < c.min || waited > c.max {
					t.Errorf("waited %v, want %v to %v", waited, c.min, c.max)
				}
			})
			calls := slices.DeleteFunc(requests.lines(), func(line string) bool { return !strings.HasPrefix(line, "POST "+path) })
			if len(calls) != c.calls {
				t.Errorf("asked %d times, want %d: %q", len(calls), c.calls, calls)
			}
		})
	}
}

func TestASignatureThatCannotBeVerifiedNowIsAskedForAgain(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reason, verified := "gpgverify_unavailable", false
		if asked++; asked > 2 {
			reason, verified = "valid", true
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sha": "%d", "verification": {"verified": %t, "reason": %q, "payload": "p", "signature": "s"}}`, asked, verified, reason)
	}))
	defer server.Close()
	inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
		made, err := g.MakeCommit(t.Context(), forge.NewCommit{Tree: "t", Message: "m"})
		if err != nil || made.SHA != "3" || !made.Verified {
			t.Errorf("got %+v, %v", made, err)
		}
	})
}

func TestWhoseTokenItIsCanBeAsked(t *testing.T) {
	github, server := start(t, fake.Options{})
	if who, err := connect(t, server).Person(t.Context()); who != "" || err != nil {
		t.Errorf("an app's: %q, %v", who, err)
	}
	github.BePerson()
	if who, err := connect(t, server).Person(t.Context()); who != "ada" || err != nil {
		t.Errorf("a person's: %q, %v", who, err)
	}
	stranger := connect(t, server, func(o *forge.GitHubOptions) { o.Token = "another" })
	var failed *forge.Error
	if _, err := stranger.Person(t.Context()); !errors.As(err, &failed) || failed.Kind() != policy.ForgeAuth {
		t.Errorf("nobody's: %v", err)
	}
}
