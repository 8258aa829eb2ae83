package forge_test

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
)

const (
	repository = "acme/shop"
	token      = "s3cret-token"
)

// start serves a fake GitHub on the loopback, with the oracle in front.
func start(t *testing.T, o fake.Options) (*fake.GitHub, *httptest.Server) {
	t.Helper()
	o.Repository, o.Token = repository, token
	if o.BranchExists == nil {
		branches := []string{"main", "topic", "other", "feature/x#1"}
		o.BranchExists = func(name string) bool { return slices.Contains(branches, name) }
	}
	github := fake.New(o)
	server := httptest.NewServer(forgetest.Validate(t, github))
	t.Cleanup(server.Close)
	return github, server
}

func connect(t *testing.T, server *httptest.Server, change ...func(*forge.GitHubOptions)) *forge.GitHub {
	t.Helper()
	o := forge.GitHubOptions{APIURL: server.URL, ServerURL: server.URL, Repository: repository, Token: token}
	for _, c := range change {
		c(&o)
	}
	g, err := forge.NewGitHub(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGitHubKeepsTheContract(t *testing.T) {
	forgetest.Run(t, func(t *testing.T) forgetest.Subject {
		tips := &tips{pushes: map[string]int{}}
		github, server := start(t, fake.Options{Tip: tips.tip, Strangers: []string{"mallory"}})
		return forgetest.Subject{
			Forge: connect(t, server),
			Rival: connect(t, server),
			Close: func(number int, merge bool) { github.Close(number, merge) },
			Fail:  func(status int, h http.Header) { github.Inject(fake.Fault{Status: status, Header: h}) },
			Lose:  func() { github.Inject(fake.Fault{Method: "POST", Path: "/repos/acme/shop/pulls", Drop: true}) },

			Comments: func(number int) []string { return github.PullRequests()[number-1].Comments },
			Protect: func(branch string, _ bool) {
				github.Protect(branch, "pull_request")
				github.Protect(branch, "deletion")
			},
			Silent: true,
			People: []string{"ada", "grace"}, Team: "acme/ops", Stranger: "mallory",
			MayNot: func(t *testing.T) forgetest.Forge {
				_, server := start(t, fake.Options{NoCreate: true})
				return connect(t, server)
			},
			Mergers: &forgetest.Mergers{
				Block:    func(number int) { github.SetMergeable(number, "blocked") },
				Unblock:  func(number int) { github.SetMergeable(number, "clean") },
				Conflict: func(number int) { github.SetMergeable(number, "dirty") },
				Push:     tips.push,
				Tip:      tips.tip,
				LoseNext: func(int) {
					github.Inject(fake.Fault{Method: "PUT", Path: "/repos/acme/shop/pulls/1/merge", Drop: true})
				},
			},
		}
	})
}

func TestLocalKeepsTheContract(t *testing.T) {
	forgetest.Run(t, func(t *testing.T) forgetest.Subject {
		dir := filepath.Join(t.TempDir(), "shop.git")
		return forgetest.Subject{
			Forge: forge.NewLocal(dir),
			Rival: forge.NewLocal(dir),
			Close: func(number int, merge bool) { closeLocal(t, filepath.Join(dir, "pull-requests.json"), number, merge) },
		}
	})
}

// closeLocal edits the file, as a person would.
func closeLocal(t *testing.T, file string, number int, merge bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []forge.PullRequest
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	all[number-1].State = "closed"
	if merge {
		all[number-1].State = "merged"
	}
	if text, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tips are branches that can be pushed to.
type tips struct {
	mu     sync.Mutex
	pushes map[string]int
}

func (b *tips) push(branch string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pushes[branch]++
}

func (b *tips) tip(branch string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "%s %d", branch, b.pushes[branch])))
}
