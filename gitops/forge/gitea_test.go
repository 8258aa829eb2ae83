package forge_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/internal/giteatest"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// TestRealGiteaKeepsTheContract needs a Gitea, which .ci/gitea builds.
func TestRealGiteaKeepsTheContract(t *testing.T) {
	server := giteatest.Start(t)
	server.Call(t, "POST", "/orgs", map[string]any{"username": "acme"}, nil)
	for _, name := range []string{"ada", "grace"} {
		server.User(t, name)
	}
	var team struct{ ID int }
	server.Call(t, "POST", "/orgs/acme/teams", map[string]any{
		"name": "ops", "permission": "write", "includes_all_repositories": true,
		"units": []string{"repo.code", "repo.pulls", "repo.issues"},
	}, &team)
	for _, name := range []string{"ada", "grace"} {
		server.Call(t, "PUT", fmt.Sprintf("/teams/%d/members/%s", team.ID, name), nil, nil)
	}
	reader := server.TokenFor(t, giteatest.Admin, "read:repository,read:issue")
	var count atomic.Int32
	forgetest.Run(t, func(t *testing.T) forgetest.Subject {
		name := fmt.Sprintf("shop%d", count.Add(1))
		server.Repository(t, "acme", name)
		repository := "acme/" + name
		clone := threeBranches(t, server.Remote(repository))
		proxy := newSpoiler(t, server.URL)
		connect := func(address, token string) *forge.Gitea {
			g, err := forge.NewGitea(forge.GiteaOptions{ServerURL: address, Repository: repository, Token: token})
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		pull := func(number int) string { return fmt.Sprintf("/repos/%s/pulls/%d", repository, number) }
		tip := func(branch string) string {
			gittest.Git(t, clone, "fetch", "--quiet", "origin")
			return gittest.Git(t, clone, "rev-parse", "origin/"+branch)
		}
		return forgetest.Subject{
			Forge: connect(proxy.URL, server.Token),
			Rival: connect(server.URL, server.Token),
			Close: func(number int, merge bool) {
				if !merge {
					server.Call(t, "PATCH", pull(number), map[string]any{"state": "closed"}, nil)
					return
				}
				g := connect(server.URL, server.Token)
				forgetest.Becomes(t, g, number, func(p forge.PullRequest) bool { return p.Readiness != forge.Checking })
				server.Call(t, "PATCH", pull(number), map[string]any{"title": "a title"}, nil) // a draft can't be merged
				forgetest.Becomes(t, g, number, func(p forge.PullRequest) bool { return p.Readiness == forge.Ready })
				server.Call(t, "POST", pull(number)+"/merge", map[string]any{"Do": "merge"}, nil)
				forgetest.Becomes(t, g, number, func(p forge.PullRequest) bool { return p.State == "merged" })
				push(t, clone, "topic") // there is something to open another one for
			},
			Lax: true, Plain: true,
			Fail: func(status int, h http.Header) { proxy.refuse(status, h) },
			Lose: func() { proxy.lose("POST", `/pulls$`) },
			Comments: func(number int) []string {
				var all []struct{ Body string }
				server.Call(t, "GET", fmt.Sprintf("/repos/%s/issues/%d/comments", repository, number), nil, &all)
				var texts []string
				for _, c := range all {
					texts = append(texts, c.Body)
				}
				return texts
			},
			Protect: func(branch string, let bool) {
				server.Call(t, "POST", "/repos/"+repository+"/branch_protections", map[string]any{"rule_name": branch, "enable_push": let}, nil)
			},
			People: []string{"ada", "grace"}, Team: "acme/ops", Stranger: "mallory",
			MayNot: func(t *testing.T) forgetest.Forge { return connect(server.URL, reader) },
			Mergers: &forgetest.Mergers{
				Block: func(int) {
					server.Call(t, "POST", "/repos/"+repository+"/branch_protections", map[string]any{
						"rule_name": "main", "enable_status_check": true, "status_check_contexts": []string{"ci"},
					}, nil)
				},
				Unblock: func(number int) {
					server.Call(t, "POST", "/repos/"+repository+"/statuses/"+tip("topic"), map[string]any{"state": "success", "context": "ci"}, nil)
				},
				Conflict: func(int) {
					gittest.Git(t, clone, "checkout", "--quiet", "-B", "main", "origin/main")
					gittest.CommitAndPush(t, clone, "main", "the other way", map[string]string{"topic.txt": "other\n"})
				},
				Vague:    true,
				Push:     func(branch string) { push(t, clone, branch) },
				Tip:      tip,
				LoseNext: func(int) { proxy.lose("POST", `/merge$`) },
			},
		}
	})
}

// threeBranches fills an empty repository with main, topic and other, and returns a clone.
func threeBranches(t *testing.T, remote string) string {
	t.Helper()
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", "--initial-branch=main")
	gittest.Git(t, dir, "remote", "add", "origin", remote)
	gittest.CommitAndPush(t, dir, "main", "first", map[string]string{"README": "hello\n"})
	for _, branch := range []string{"topic", "other"} {
		gittest.Git(t, dir, "checkout", "--quiet", "-b", branch, "main")
		gittest.CommitAndPush(t, dir, branch, branch, map[string]string{branch + ".txt": branch + "\n"})
	}
	return dir
}

// push pushes one more commit to a branch.
func push(t *testing.T, clone, branch string) {
	t.Helper()
	gittest.Git(t, clone, "fetch", "--quiet", "origin")
	gittest.Git(t, clone, "checkout", "--quiet", "-B", branch, "origin/"+branch)
	gittest.Git(t, clone, "commit", "--quiet", "--allow-empty", "-m", "more")
	file := gittest.Git(t, clone, "rev-parse", "HEAD") + ".txt"
	gittest.CommitAndPush(t, clone, branch, "more", map[string]string{file: "more\n"})
}

// spoiler stands before a real server and spoils one answer when it is asked to.
type spoiler struct {
	*httptest.Server

	mu     sync.Mutex
	times  int // how many are refused
	status int
	header http.Header
	method string         // of the next answer to be lost
	path   *regexp.Regexp // nil: none
}

func newSpoiler(t *testing.T, target string) *spoiler {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	s := &spoiler{}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }} // with the target's own Host
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, header, lost := s.take(r)
		switch {
		case status != 0:
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
		case lost:
			through.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			through.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *spoiler) take(r *http.Request) (status int, header http.Header, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times > 0 {
		s.times--
		return s.status, s.header, false
	}
	if lost = s.path != nil && r.Method == s.method && s.path.MatchString(r.URL.Path); lost {
		s.path = nil
	}
	return 0, nil, lost
}

func (s *spoiler) refuse(status int, h http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times, s.status, s.header = 1, status, h
	if status == http.StatusNotFound { // Gitea is asked twice: it may have been the pull request or the repository
		s.times = 2
	}
}

func (s *spoiler) lose(method, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.method, s.path = method, regexp.MustCompile(path)
}

func TestGiteaNeedsAnAddressAndARepository(t *testing.T) {
	for _, o := range []forge.GiteaOptions{{ServerURL: "gitea.example", Repository: "a/b"}, {ServerURL: "https://gitea.example", Repository: "a"}} {
		if _, err := forge.NewGitea(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestGiteasOwnWordsAreKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = bytes.NewReader([]byte(`{"message":"no\u001b[31m such thing","url":"x"}`)).WriteTo(w)
	}))
	defer server.Close()
	g, err := forge.NewGitea(forge.GiteaOptions{ServerURL: server.URL, Repository: repository})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Close(t.Context(), 1)
	var failed *forge.Error
	if !errors.As(err, &failed) || failed.Kind() != policy.ForgeRejected || !strings.HasSuffix(err.Error(), "no such thing") {
		t.Errorf("got %v", err)
	}
}

func TestGiteasPages(t *testing.T) {
	g, err := forge.NewGitea(forge.GiteaOptions{ServerURL: "https://example.com/git/", Repository: repository})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		g.CompareURL("main", "a/b c"): "https://example.com/git/acme/shop/compare/main...a/b%20c",
		g.CommitURL("abc"):            "https://example.com/git/acme/shop/commit/abc",
		g.RunURL("7"):                 "https://example.com/git/acme/shop/actions/runs/7",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
