package forge_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/policy"
)

const project = "acme/sub/shop"

// startGitLab serves a fake GitLab on the loopback.
func startGitLab(t *testing.T, o fake.Options) (*fake.GitLab, *httptest.Server) {
	t.Helper()
	o.Repository, o.Token = project, token
	if o.BranchExists == nil {
		o.BranchExists = func(name string) bool { return slices.Contains([]string{"main", "topic", "other"}, name) }
	}
	gitLab := fake.NewGitLab(o)
	server := httptest.NewServer(gitLab)
	t.Cleanup(server.Close)
	return gitLab, server
}

func connectGitLab(t *testing.T, server *httptest.Server) *forge.GitLab {
	t.Helper()
	g, err := forge.NewGitLab(forge.GitLabOptions{APIURL: server.URL + "/api/v4", Project: project, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGitLabKeepsTheContract(t *testing.T) {
	forgetest.Run(t, func(t *testing.T) forgetest.Subject {
		tips := &tips{pushes: map[string]int{}}
		gitLab, server := startGitLab(t, fake.Options{Tip: tips.tip, Strangers: []string{"mallory"}})
		const requests = "/api/v4/projects/acme/sub/shop/merge_requests"
		return forgetest.Subject{
			Forge: connectGitLab(t, server),
			Rival: connectGitLab(t, server),
			Close: gitLab.Close,
			Plain: true,
			Fail:  func(status int, h http.Header) { gitLab.Inject(fake.Fault{Status: status, Header: h}) },
			Lose:  func() { gitLab.Inject(fake.Fault{Method: "POST", Path: requests, Drop: true}) },

			Comments: func(number int) []string { return gitLab.PullRequests()[number-1].Comments },
			Say:      func(number int, text string) { gitLab.Say(number, "mallory", text) },
			LoseNote: func(number int) {
				gitLab.Inject(fake.Fault{Method: "POST", Path: fmt.Sprintf("%s/%d/notes", requests, number), Drop: true})
				gitLab.Inject(fake.Fault{Method: "PUT", Path: fmt.Sprintf("%s/%d/notes/%d000", requests, number, number), Drop: true})
			},
			Protect: gitLab.Protect,
			People:  []string{"ada", "grace"}, Stranger: "mallory",
			MayNot: func(t *testing.T) forgetest.Forge {
				_, server := startGitLab(t, fake.Options{NoCreate: true})
				return connectGitLab(t, server)
			},
			Mergers: &forgetest.Mergers{
				Block:    func(number int) { gitLab.SetMergeable(number, "ci_still_running") },
				Unblock:  func(number int) { gitLab.SetMergeable(number, "mergeable") },
				Conflict: func(number int) { gitLab.SetMergeable(number, "conflict") },
				Push:     tips.push,
				Tip:      tips.tip,
				LoseNext: func(number int) {
					gitLab.Inject(fake.Fault{Method: "PUT", Path: fmt.Sprintf("%s/%d/merge", requests, number), Drop: true})
				},
			},
		}
	})
}

// TestTheFakeGitLabAnswersAsTheRealOneDid holds the fake to answers that were recorded from gitlab.com, and come with the
// official client: it has every property that they have, of the same type.
func TestTheFakeGitLabAnswersAsTheRealOneDid(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "gitlab.com/gitlab-org/api/client-go/v2").Output()
	if err != nil {
		t.Skipf("the client's module can't be found: %v", err)
	}
	recorded := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	_, server := startGitLab(t, fake.Options{})
	g := connectGitLab(t, server)
	n := topic
	n.Reviewers, n.Assignees = []string{"ada"}, []string{"ada"}
	if _, _, err := g.Open(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for file, path := range map[string]string{
		"get_merge_request.json":  "/projects/acme%2Fsub%2Fshop/merge_requests/1",
		"get_merge_requests.json": "/projects/acme%2Fsub%2Fshop/merge_requests",
		"list_users.json":         "/users?username=ada",
		"get_branch.json":         "/projects/acme%2Fsub%2Fshop/repository/branches/main",
	} {
		text, err := os.ReadFile(filepath.Join(recorded, file))
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/v4"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || json.Unmarshal(text, &got) != nil {
			t.Fatalf("%s: %v\n%s", path, err, text)
		}
		for _, difference := range lacks(file, want, got) {
			if !strings.HasSuffix(difference, "public_email is missing") { // shown to administrators
				t.Error(difference)
			}
		}
	}
}

// lacks lists what got lacks of want's properties, or has of another type. null is of every type; a list is judged by its first item.
func lacks(at string, want, got any) []string {
	if want == nil || got == nil {
		return nil
	}
	if a, b := fmt.Sprintf("%T", want), fmt.Sprintf("%T", got); a != b {
		return []string{fmt.Sprintf("%s is a %s, was a %s", at, b, a)}
	}
	var list []string
	switch want := want.(type) {
	case map[string]any:
		for name, value := range want {
			have, ok := got.(map[string]any)[name]
			if !ok {
				list = append(list, at+"."+name+" is missing")
				continue
			}
			list = append(list, lacks(at+"."+name, value, have)...)
		}
	case []any:
		if have := got.([]any); len(want) > 0 && len(have) > 0 {
			return lacks(at+"[0]", want[0], have[0])
		}
	}
	return list
}

func TestGitLabsRebaseIsTheProjectsSetting(t *testing.T) {
	_, server := startGitLab(t, fake.Options{})
	g := connectGitLab(t, server)
	_, err := g.Merge(t.Context(), 1, forge.Merge{Method: "rebase"})
	if failed, ok := err.(*forge.Error); !ok || failed.Kind() != policy.ForgeRejected {
		t.Errorf("got %v", err)
	}
}

func TestGitLabWhoseRoleMayNotMerge(t *testing.T) {
	gitLab, server := startGitLab(t, fake.Options{})
	g := connectGitLab(t, server)
	if _, _, err := g.Open(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	gitLab.Inject(fake.Fault{Method: "PUT", Status: 401})
	_, err := g.Merge(t.Context(), 1, forge.Merge{})
	if failed, ok := err.(*forge.Error); !ok || failed.Kind() != policy.ForgeForbidden || !strings.Contains(err.Error(), "Protected branches") {
		t.Errorf("got %v", err)
	}
}

func TestGitLabsPages(t *testing.T) {
	for api, server := range map[string]string{"https://example.com/git/api/v4": "", "": "https://example.com/git"} {
		g, err := forge.NewGitLab(forge.GitLabOptions{APIURL: api, ServerURL: server, Project: project})
		if err != nil {
			t.Fatal(err)
		}
		for got, want := range map[string]string{
			g.CompareURL("main", "a/b c"): "https://example.com/git/acme/sub/shop/-/merge_requests/new?merge_request%5Bsource_branch%5D=a%2Fb+c&merge_request%5Btarget_branch%5D=main",
			g.CommitURL("abc"):            "https://example.com/git/acme/sub/shop/-/commit/abc",
			g.RunURL("7"):                 "https://example.com/git/acme/sub/shop/-/pipelines/7",
		} {
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
