package forge_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/policy"
)

var topic = forge.NewPullRequest{Head: "topic", Base: "main", Title: "a title", Body: "a body"}

// inFakeTime runs test with a clock that jumps over waits. The server lives outside of it; connections are not
// kept, as the clock stands still while one is open.
func inFakeTime(t *testing.T, server *httptest.Server, test func(t *testing.T, g *forge.GitHub)) {
	synctest.Test(t, func(t *testing.T) {
		test(t, connect(t, server, func(o *forge.GitHubOptions) {
			o.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		}))
	})
}

func TestGitHubWaitsAsLongAsItIsAskedTo(t *testing.T) {
	const create = "/repos/acme/shop/pulls"
	date := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // of the server, which is not ours
	for _, c := range []struct {
		name     string
		fault    fake.Fault
		min, max time.Duration
	}{
		{"half a second to one after the first server error", fake.Fault{Status: 502}, time.Second / 2, time.Second},
		{"doubling, after three", fake.Fault{Status: 500, Times: 3}, 7 * time.Second / 2, 7 * time.Second},
		{"retry-after in seconds", fake.Fault{Status: 429, Header: http.Header{"Retry-After": {"40"}}}, 40 * time.Second, 40 * time.Second},
		{"retry-after of an unavailable server", fake.Fault{Status: 503, Header: http.Header{"Retry-After": {"40"}}}, 40 * time.Second, 40 * time.Second},
		{"retry-after as a date, by the server's clock", fake.Fault{Status: 429, Header: http.Header{
			"Date": {date.Format(http.TimeFormat)}, "Retry-After": {date.Add(50 * time.Second).Format(http.TimeFormat)},
		}}, 50 * time.Second, 50 * time.Second},
		{"the primary limit's reset, by the server's clock", fake.Fault{Status: 403, Header: http.Header{
			"Date": {date.Format(http.TimeFormat)}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {fmt.Sprint(date.Unix() + 70)},
		}}, 70 * time.Second, 70 * time.Second},
		{"one minute where a rate limit says nothing", fake.Fault{Status: 429}, time.Minute, time.Minute},
		{"one minute where the secondary limit has no header", fake.Fault{
			Status: 403, Message: "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.",
			Page: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits", Header: http.Header{"X-Ratelimit-Remaining": {"4873"}},
		}, time.Minute, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			github, server := start(t, fake.Options{})
			c.fault.Method, c.fault.Path = "POST", create
			github.Inject(c.fault)
			inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
				begin := time.Now()
				_, created, err := g.Open(t.Context(), topic)
				if waited := time.Since(begin); err != nil || !created || waited < c.min || waited > c.max {
					t.Errorf("waited %v, want %v to %v; created %v, err %v", waited, c.min, c.max, created, err)
				}
			})
		})
	}
}

func TestGitHubGivesUpWithinTheBudget(t *testing.T) {
	for _, c := range []struct {
		name     string
		fault    fake.Fault
		min, max time.Duration
	}{
		{"a server that stays down", fake.Fault{Status: 503, Times: 1000}, time.Minute, 2 * time.Minute},
		{"a wait that does not fit is not begun", fake.Fault{Status: 429, Times: 1000, Header: http.Header{"Retry-After": {"121"}}}, 0, 0},
		{"a refusal that time does not mend", fake.Fault{Status: 403, Times: 1000}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			github, server := start(t, fake.Options{})
			github.Inject(c.fault)
			inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
				begin := time.Now()
				_, err := g.Find(t.Context(), "topic", "main")
				if waited := time.Since(begin); err == nil || waited < c.min || waited > c.max {
					t.Errorf("waited %v, want %v to %v; err %v", waited, c.min, c.max, err)
				}
			})
		})
	}
}

func TestGitHubThatDoesNotAnswerIsTriedAgain(t *testing.T) {
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	inFakeTime(t, dead, func(t *testing.T, g *forge.GitHub) {
		begin := time.Now()
		_, _, err := g.Open(t.Context(), topic)
		var failed *forge.Error
		if !errors.As(err, &failed) || failed.Kind() != policy.ForgeUnavailable || failed.Status != 0 {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(begin); waited < time.Minute {
			t.Errorf("gave up after %v", waited)
		}
	})
}

func TestABadCertificateIsNotTriedAgain(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of the handshake
	server.StartTLS()
	defer server.Close()
	inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
		begin := time.Now()
		_, err := g.Find(t.Context(), "topic", "main")
		var failed *forge.Error
		if !errors.As(err, &failed) || failed.Kind() != policy.ForgeUnavailable || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGitHubThatHangsIsGivenUpAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		g, err := forge.NewGitHub(forge.GitHubOptions{
			APIURL: "https://api.github.com", ServerURL: "https://github.com", Repository: repository,
			HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				tries++
				<-r.Context().Done()
				return nil, r.Context().Err()
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Find(t.Context(), "topic", "main")
		var failed *forge.Error
		if !errors.As(err, &failed) || failed.Kind() != policy.ForgeUnavailable || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 30s") {
			t.Errorf("got %v", err)
		}
		if tries != 4 {
			t.Errorf("%d tries of 30s each, want 4 in two minutes", tries)
		}
	})
}

func TestAContextThatEndsWhileGitHubIsWaitedForIsItsOwnCause(t *testing.T) {
	github, server := start(t, fake.Options{})
	github.Inject(fake.Fault{Status: 503, Times: 1000})
	inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
		enough := errors.New("the run's deadline came")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, enough)
		defer cancel()
		begin := time.Now()
		if _, err := g.Find(ctx, "topic", "main"); !errors.Is(err, enough) || time.Since(begin) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestTheCreateIsLookedUpBetweenTries(t *testing.T) {
	var requests requestLog
	github, server := start(t, fake.Options{Log: requests.add})
	github.Inject(fake.Fault{Method: "POST", Path: "/repos/acme/shop/pulls", Drop: true})
	inFakeTime(t, server, func(t *testing.T, g *forge.GitHub) {
		if _, created, err := g.Open(t.Context(), topic); created || err != nil {
			t.Errorf("created %v, err %v", created, err)
		}
	})
	want := []string{"GET /repos/acme/shop/pulls 200", "POST /repos/acme/shop/pulls 0", "GET /repos/acme/shop/pulls 200"}
	if got := requests.lines(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAPullRequestOpenedMeanwhileIsAdopted(t *testing.T) {
	github, server := start(t, fake.Options{})
	if _, _, err := connect(t, server).Open(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	// Our first look comes before the rival's create; the look after the 422 fails once.
	looks := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			looks++
		}
		switch {
		case r.Method == http.MethodGet && looks == 1:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "[]")
		case r.Method == http.MethodGet && looks == 2:
			w.WriteHeader(http.StatusBadGateway)
		default:
			github.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	inFakeTime(t, front, func(t *testing.T, g *forge.GitHub) {
		if pr, created, err := g.Open(t.Context(), topic); err != nil || created || pr.Number != 1 {
			t.Errorf("got #%d, created %v, err %v", pr.Number, created, err)
		}
	})
}

func TestLabelsThatCannotBeSetAreAWarning(t *testing.T) {
	github, server := start(t, fake.Options{})
	github.Inject(fake.Fault{Method: "POST", Path: "/repos/acme/shop/issues/1/labels", Status: 403})
	labelled := topic
	labelled.Labels = []string{"belay-rollback"}
	pr, created, err := connect(t, server).Open(t.Context(), labelled)
	if err != nil || !created || !strings.Contains(pr.Warning, "label pull request #1 in acme/shop: the forge answered 403") {
		t.Errorf("created %v, err %v, warning %q", created, err, pr.Warning)
	}
	if len(github.PullRequests()) != 1 || len(pr.Labels) != 0 {
		t.Errorf("got %+v", pr)
	}
}

func TestAFailureSaysWhatHappenedToWhatAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  fake.Options
		token string
		n     forge.NewPullRequest
		kind  policy.Kind
		want  string
	}{
		{"creation is switched off", fake.Options{NoCreate: true}, token, topic, policy.ForgeForbidden,
			"open pull request topic into main in acme/shop: the forge answered 403: GitHub Actions is not permitted to create or approve pull requests. Give the token `pull-requests: write`, and allow Actions to create pull requests under Settings > Actions > General > Workflow permissions"},
		{"the token is wrong", fake.Options{}, "old", topic, policy.ForgeAuth,
			"find pull requests of topic into main in acme/shop: the forge answered 401: Bad credentials. Check that the token is given to belay and has not expired"},
		{"no token", fake.Options{}, "", topic, policy.ForgeAuth,
			"find pull requests of topic into main in acme/shop: the forge answered 401: Bad credentials. Check that the token is given to belay and has not expired"},
		{"the head is missing", fake.Options{}, token, forge.NewPullRequest{Head: "gone", Base: "main", Title: "t"}, policy.ForgeRejected,
			"open pull request gone into main in acme/shop: the forge answered 422: Validation Failed; head invalid"},
		{"nothing to merge", fake.Options{Tip: func(string) string { return strings.Repeat("a", 40) }}, token, topic, policy.ForgeRejected,
			"open pull request topic into main in acme/shop: the forge answered 422: Validation Failed; custom No commits between main and topic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, server := start(t, c.opts)
			_, _, err := connect(t, server, func(o *forge.GitHubOptions) { o.Token = c.token }).Open(t.Context(), c.n)
			var failed *forge.Error
			if !errors.As(err, &failed) || failed.Kind() != c.kind || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestARedirectNeverCarriesTheTokenAway(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					t.Errorf("%s %s came, with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
				}))
				defer thief.Close()
				github, _ := start(t, fake.Options{})
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == method {
						http.Redirect(w, r, thief.URL+r.URL.Path, status)
						return
					}
					github.ServeHTTP(w, r)
				}))
				defer server.Close()
				_, _, err := connect(t, server).Open(t.Context(), topic)
				var failed *forge.Error
				if !errors.As(err, &failed) || failed.Kind() != policy.ForgeRejected || !strings.Contains(err.Error(), thief.URL) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestARedirectWithinTheHostIsFollowedWhereTheMethodIsKept(t *testing.T) {
	for status, followed := range map[int]bool{301: false, 302: false, 307: true, 308: true} { // RFC 9110, 15.4
		github, _ := start(t, fake.Options{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if rest, ok := strings.CutPrefix(r.URL.Path, "/repos/acme/old"); ok && r.Method == http.MethodPost {
				http.Redirect(w, r, "/repos/acme/shop"+rest, status)
				return
			}
			r.URL.Path = strings.Replace(r.URL.Path, "/old", "/shop", 1)
			github.ServeHTTP(w, r)
		}))
		g := connect(t, server, func(o *forge.GitHubOptions) { o.Repository = "acme/old" })
		_, created, err := g.Open(t.Context(), topic)
		var failed *forge.Error
		refused := errors.As(err, &failed) && failed.Kind() == policy.ForgeRejected && failed.Status == status
		if created != followed || refused == followed {
			t.Errorf("%d: created %v, err %v", status, created, err)
		}
		server.Close()
	}
}

func TestEveryPageOfPullRequestsIsRead(t *testing.T) {
	github, server := start(t, fake.Options{})
	const many = 101 // one more than the longest page
	for n := 1; n <= many; n++ {
		r := httptest.NewRequest("POST", "/repos/acme/shop/pulls", strings.NewReader(`{"title":"t","head":"topic","base":"main"}`))
		r.Header.Set("Authorization", "Bearer "+token)
		github.ServeHTTP(httptest.NewRecorder(), r)
		github.Close(n, false)
	}
	found, err := connect(t, server).Find(t.Context(), "topic", "main")
	if err != nil || len(found) != many || found[0].Number != many || found[many-1].Number != 1 {
		t.Errorf("found %d, err %v", len(found), err)
	}
}

func TestOnlyPullRequestsFromTheRepositoryItselfAreFound(t *testing.T) {
	pull := `{"number": %d, "state": "open", "head": {"ref": %q, "repo": %s}, "base": {"ref": %q, "repo": {"full_name": "acme/shop"}}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "["+strings.Join([]string{pull, pull, pull, pull, pull}, ",")+"]",
			5, "topic", `{"full_name": "acme/fork"}`, "main",
			4, "topic", `null`, "main", // the fork was deleted
			3, "other", `{"full_name": "acme/shop"}`, "main", // a forge that knows no filter
			2, "topic", `{"full_name": "acme/shop"}`, "other",
			1, "topic", `{"full_name": "acme/shop"}`, "main")
	}))
	defer server.Close()
	// A renamed repository answers with its new name.
	found, err := connect(t, server, func(o *forge.GitHubOptions) { o.Repository = "acme/old" }).Find(t.Context(), "topic", "main")
	if err != nil || len(found) != 1 || found[0].Number != 1 {
		t.Errorf("found %+v, err %v", found, err)
	}
}

func TestGitHubPages(t *testing.T) {
	g, err := forge.NewGitHub(forge.GitHubOptions{APIURL: "https://ghes.example/api/v3", ServerURL: "https://ghes.example/", Repository: repository})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		g.CompareURL("main", "feature/x#1 ?"): "https://ghes.example/acme/shop/compare/main...feature/x%231%20%3F?expand=1",
		g.CommitURL("abc123"):                 "https://ghes.example/acme/shop/commit/abc123",
		g.RunURL("42"):                        "https://ghes.example/acme/shop/actions/runs/42",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNewGitHubRefusesWhatCannotWork(t *testing.T) {
	good := forge.GitHubOptions{APIURL: "https://api.github.com", ServerURL: "https://github.com", Repository: repository}
	for name, change := range map[string]func(o *forge.GitHubOptions){
		"no repository":          func(o *forge.GitHubOptions) { o.Repository = "" },
		"no owner":               func(o *forge.GitHubOptions) { o.Repository = "/shop" },
		"more than a repository": func(o *forge.GitHubOptions) { o.Repository = "acme/shop/x" },
		"another scheme":         func(o *forge.GitHubOptions) { o.APIURL = "ftp://api.github.com" },
		"no server":              func(o *forge.GitHubOptions) { o.ServerURL = "github.com" },
	} {
		o := good
		change(&o)
		if _, err := forge.NewGitHub(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := forge.NewGitHub(good); err != nil {
		t.Error(err)
	}
}

func TestGitHubsAPIIsWhereItsServerHasIt(t *testing.T) {
	for server, want := range map[string]string{
		"https://github.com":    "https://api.github.com/repos/acme/shop/pulls",
		"https://ghes.example/": "https://ghes.example/api/v3/repos/acme/shop/pulls",
	} {
		var asked string
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
			return nil, &tls.CertificateVerificationError{} // not to be tried again
		})}
		g, err := forge.NewGitHub(forge.GitHubOptions{ServerURL: server, Repository: repository, HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Find(t.Context(), "topic", "main"); err == nil || asked != want {
			t.Errorf("asked %s, want %s; %v", asked, want, err)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// requestLog collects the requests a fake has seen.
type requestLog struct {
	mu  sync.Mutex
	got []string
}

func (l *requestLog) add(r *http.Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, status))
}

func (l *requestLog) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.got)
}

func TestAutoMergeThatGitHubRefusesBeforeItShowsWhyIsAskedForAgain(t *testing.T) {
	for _, c := range []struct {
		name, becomes, state string
	}{
		{"of what can be merged at once", "clean", "merged"},
		{"of what has to wait", "blocked", "open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			github, server := start(t, fake.Options{})
			asked := 0
			looking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/graphql") {
					server.Config.Handler.ServeHTTP(w, r)
					return
				}
				if asked++; asked > 1 {
					server.Config.Handler.ServeHTTP(w, r)
					return
				}
				github.SetMergeable(1, c.becomes)
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"data":{"enablePullRequestAutoMerge":null},"errors":[{"type":"UNPROCESSABLE","message":"Pull request Pull request is in clean status"}]}`)
			}))
			defer looking.Close()
			inFakeTime(t, looking, func(t *testing.T, g *forge.GitHub) {
				if _, _, err := g.Open(t.Context(), topic); err != nil {
					t.Fatal(err)
				}
				github.SetMergeable(1, "unknown")
				pr, err := g.AutoMerge(t.Context(), 1, forge.Merge{})
				if err != nil || pr.State != c.state || pr.AutoMerge != (c.state == "open") {
					t.Errorf("got %+v, %v", pr, err)
				}
			})
		})
	}
}

func TestEveryPageOfABranchsRulesIsRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/branches"):
			fmt.Fprint(w, `[]`)
		case r.URL.Query().Get("page") == "2":
			fmt.Fprint(w, `[{"type":"pull_request"}]`)
		default:
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
			fmt.Fprint(w, `[{"type":"deletion"}]`)
		}
	}))
	defer server.Close()
	p, err := connect(t, server).Protection(t.Context(), "release/1")
	if err != nil || !slices.Equal(p.Rules, []string{"pull_request"}) {
		t.Errorf("got %v, %v", p.Rules, err)
	}
}
