package fake_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
)

// start serves a fake with two pull requests, topic (closed) and feature/x (open), behind the oracle.
func start(t *testing.T, o fake.Options) (*fake.GitHub, string) {
	t.Helper()
	o.Repository = "acme/shop"
	o.BranchExists = func(name string) bool { return slices.Contains([]string{"main", "topic", "feature/x"}, name) }
	github := fake.New(o)
	server := httptest.NewServer(forgetest.Validate(t, github))
	t.Cleanup(server.Close)
	for _, head := range []string{"topic", "feature/x"} {
		status, text := call(t, "POST", server.URL+"/repos/acme/shop/pulls", `{"title":"<b>add</b>","body":"why","head":"`+head+`","base":"main"}`)
		if status != http.StatusCreated {
			t.Fatalf("%d: %s", status, text)
		}
	}
	github.Close(1, false)
	return github, server.URL
}

func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "token t")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestEveryCallAnswersAsGitHubDescribes(t *testing.T) {
	git := func(_ string, args ...string) (string, error) { // what git itself makes of it is tested with it
		if strings.HasPrefix(args[len(args)-1], "gone") {
			return "", errors.New("no such object")
		}
		return strings.Repeat("a", 40), nil
	}
	_, url := start(t, fake.Options{Token: "t", Git: git})
	repo := url + "/repos/acme/shop"
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"the repository", "GET", "", "", 200},
		{"a pull request", "GET", "/pulls/1", "", 200},
		{"one that is not there", "GET", "/pulls/7", "", 404},
		{"a list", "GET", "/pulls?state=all", "", 200},
		{"another title", "PATCH", "/pulls/2", `{"title":"new"}`, 200},
		{"closing", "PATCH", "/pulls/2", `{"state":"closed"}`, 200},
		{"opening again", "PATCH", "/pulls/2", `{"state":"open"}`, 200},
		{"another base that is not there", "PATCH", "/pulls/2", `{"base":"gone"}`, 422},
		{"a duplicate", "POST", "/pulls", `{"title":"t","head":"acme:feature/x","base":"main"}`, 422},
		{"a missing head", "POST", "/pulls", `{"title":"t","head":"gone","base":"main"}`, 422},
		{"no title", "POST", "/pulls", `{"head":"topic","base":"main"}`, 422},
		{"a body too long", "POST", "/pulls", `{"title":"t","head":"topic","base":"main","body":"` + strings.Repeat("x", 65537) + `"}`, 422},
		{"labels as an object", "POST", "/issues/2/labels", `{"labels":["a","b"]}`, 200},
		{"labels as a list", "POST", "/issues/2/labels", `["b","c"]`, 200},
		{"labels of what is not there", "POST", "/issues/7/labels", `["c"]`, 404},
		{"the labels", "GET", "/issues/2/labels", "", 200},
		{"a branch", "GET", "/git/ref/heads/feature/x", "", 200},
		{"no such branch", "GET", "/git/ref/heads/gone", "", 404},
		{"a comparison", "GET", "/compare/main...feature/x", "", 200},
		{"of a branch with itself", "GET", "/compare/main...main", "", 200},
		{"of one that is not there", "GET", "/compare/main...gone", "", 404},
		{"a commit", "POST", "/git/commits", `{"message":"m","tree":"t","parents":["p"]}`, 201},
		{"moving a branch", "PATCH", "/git/refs/heads/main", `{"sha":"` + strings.Repeat("a", 40) + `","force":false}`, 200},
		{"moving it to no commit", "PATCH", "/git/refs/heads/main", `{"sha":"gone"}`, 422},
		{"a commit by somebody", "POST", "/git/commits", `{"message":"m","tree":"t","author":{"name":"n","email":"e@example.invalid"}}`, 201},
		{"a commit of no tree", "POST", "/git/commits", `{"message":"m","tree":"gone"}`, 422},
		{"a commit on no parent", "POST", "/git/commits", `{"message":"m","tree":"t","parents":["gone"]}`, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, text := call(t, c.method, repo+c.path, c.body); status != c.status {
				t.Errorf("got %d, want %d: %s", status, c.status, text)
			}
		})
	}
	if status, _ := call(t, "GET", url+"/repos/acme/other", ""); status != 404 {
		t.Errorf("another repository answers %d", status)
	}
}

func TestPullRequestsAreFiltered(t *testing.T) {
	_, url := start(t, fake.Options{})
	for query, want := range map[string][]int{
		"":                                {2},
		"state=all":                       {2, 1},
		"state=closed":                    {1},
		"state=all&head=acme:topic":       {1},
		"state=all&head=acme:feature/x":   {2},
		"state=all&base=topic":            nil,
		"state=all&per_page=1":            {2},
		"state=all&per_page=1&page=2":     {1},
		"state=all&per_page=1&page=3":     nil,
		"state=open&base=main&per_page=9": {2},
	} {
		_, text := call(t, "GET", url+"/repos/acme/shop/pulls?"+query, "")
		var list []struct{ Number int }
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, p := range list {
			got = append(got, p.Number)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", query, got, want)
		}
	}
}

func TestTheStateCanBeRead(t *testing.T) {
	github, url := start(t, fake.Options{})
	call(t, "POST", url+"/repos/acme/shop/issues/2/labels", `["a"]`)
	if !github.Close(2, true) || github.Close(2, true) || github.Close(9, false) {
		t.Error("Close says otherwise")
	}
	want := []fake.PullRequest{
		{Number: 1, State: "closed", Title: "<b>add</b>", Body: "why", Head: "topic", Base: "main"},
		{Number: 2, State: "merged", Title: "<b>add</b>", Body: "why", Head: "feature/x", Base: "main", Labels: []string{"a"}, MergedAs: "b28b7af69320201d1cf206ebf28373980add1451"},
	}
	if diff := cmp.Diff(want, github.PullRequests()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOnlyTheTokenOpensTheAPI(t *testing.T) {
	for token, want := range map[string]int{"t": 200, "another": 401} {
		github := fake.New(fake.Options{Repository: "acme/shop", Token: token})
		server := httptest.NewServer(forgetest.Validate(t, github))
		if status, _ := call(t, "GET", server.URL+"/repos/acme/shop", ""); status != want {
			t.Errorf("token %q: got %d, want %d", token, status, want)
		}
		server.Close()
	}
}

func TestAFaultSpoilsTheNextCallsThatMatch(t *testing.T) {
	github, url := start(t, fake.Options{})
	github.Inject(fake.Fault{Method: "GET", Path: "/repos/acme/shop/pulls", Times: 2, Status: 503})
	var got []int
	for _, path := range []string{"", "/pulls", "/pulls/1", "/pulls", "/pulls"} {
		status, _ := call(t, "GET", url+"/repos/acme/shop"+path, "")
		got = append(got, status)
	}
	if want := []int{200, 503, 200, 503, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestADroppedAnswerIsDoneAllTheSame(t *testing.T) {
	github, url := start(t, fake.Options{})
	github.Inject(fake.Fault{Method: "POST", Drop: true})
	status, text := call(t, "POST", url+"/repos/acme/shop/pulls", `{"title":"t","head":"topic","base":"main"}`)
	if status != 0 || len(github.PullRequests()) != 3 {
		t.Errorf("got %d %q, and %d pull requests", status, text, len(github.PullRequests()))
	}
}

func TestThePageShowsTheTextAsText(t *testing.T) {
	_, url := start(t, fake.Options{Token: "t"})
	resp, err := http.Get(url + "/acme/shop/pull/2") // without a token, as a browser
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(page), "&lt;b&gt;add&lt;/b&gt;") {
		t.Errorf("%d, err %v:\n%s", resp.StatusCode, err, page)
	}
	if status, _ := call(t, "GET", url+"/acme/shop/pull/7", ""); status != 404 {
		t.Errorf("a page that is not there answers %d", status)
	}
}
