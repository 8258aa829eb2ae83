package forge_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

// gitLab answers as GitLab's documentation of its pipelines shows it.
type gitLab struct {
	refuse map[string]int // by method: the status to answer with

	mu      sync.Mutex
	started []map[string]any
	seen    []string
}

func (g *gitLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, r.Method+" "+r.URL.EscapedPath())
	body, err := io.ReadAll(r.Body)
	switch status := g.refuse[r.Method]; {
	case err != nil || r.Header.Get("Authorization") != "Bearer "+token:
		http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
	case status != 0:
		w.Header().Set("Retry-After", "1")
		http.Error(w, `{"message":{"base":["Insufficient permissions to set pipeline variables"]}}`, status)
		delete(g.refuse, r.Method)
	case r.Method == http.MethodGet:
		_, _ = io.WriteString(w, `[{"variable_type":"env_var","key":"TAG","value":"v2"},{"variable_type":"file","key":"CONFIG","value":"a\nb"},{"variable_type":"env_var","key":"BELAY_LINEAGE","value":"7/1"}]`)
	default:
		var pipeline map[string]any
		if err := json.Unmarshal(body, &pipeline); err != nil {
			http.Error(w, `{"error":"bad request"}`, http.StatusBadRequest)
			return
		}
		g.started = append(g.started, pipeline)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":61,"web_url":"https://gitlab.example/acme/sub/shop/-/pipelines/61"}`)
	}
}

// pipelines connects to a fake GitLab.
func pipelines(t *testing.T, refuse map[string]int) (*gitLab, *httptest.Server) {
	t.Helper()
	g := &gitLab{refuse: refuse}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, server
}

func dispatch(t *testing.T, server *httptest.Server) (string, error) {
	t.Helper()
	p, err := forge.NewGitLab(forge.GitLabOptions{
		APIURL: server.URL + "/api/v4", Project: "acme/sub/shop", Token: token, HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.Dispatch(t.Context(), forge.Dispatch{Run: "46", Ref: "main", Inputs: map[string]string{"BELAY_LINEAGE": "7/2"}})
}

func TestAPipelineIsStartedWithTheVariablesOfTheLast(t *testing.T) {
	g, server := pipelines(t, nil)
	page, err := dispatch(t, server)
	if err != nil || page != "https://gitlab.example/acme/sub/shop/-/pipelines/61" {
		t.Errorf("%q, %v", page, err)
	}
	want := []map[string]any{{"ref": "main", "variables": []any{
		map[string]any{"key": "TAG", "value": "v2", "variable_type": "env_var"},
		map[string]any{"key": "CONFIG", "value": "a\nb", "variable_type": "file"},
		map[string]any{"key": "BELAY_LINEAGE", "value": "7/2"},
	}}}
	if diff := cmp.Diff(want, g.started); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GET /api/v4/projects/acme%2Fsub%2Fshop/pipelines/46/variables", "POST /api/v4/projects/acme%2Fsub%2Fshop/pipeline"}, g.seen); diff != "" {
		t.Error(diff)
	}
}

func TestAPipelineThatCannotBeStartedIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		method  string
		status  int
		kind    policy.Kind // empty: it works after a while
		want    string
		started int
	}{
		"a token that may not set variables":  {"POST", 403, policy.ForgeForbidden, "start a pipeline for main in acme/sub/shop: the forge answered 403: {message: {base: [Insufficient permissions to set pipeline variables]}}. Give belay a token", 0},
		"a token that may not read variables": {"GET", 403, policy.ForgeForbidden, "read the variables of pipeline 46 in acme/sub/shop: the forge answered 403", 0},
		"a ref that is gone":                  {"POST", 400, policy.ForgeRejected, "the forge answered 400", 0},
		"no token":                            {"POST", 401, policy.ForgeAuth, "Check that the token", 0},
		"a server that may have started it":   {"POST", 502, policy.ForgeUnavailable, "the forge answered 502", 0},
		"a server that is busy":               {"POST", 429, "", "", 1},
		"a server that is slow to read":       {"GET", 503, "", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			g, server := pipelines(t, map[string]int{c.method: c.status})
			synctest.Test(t, func(t *testing.T) {
				_, err := dispatch(t, server)
				var failed *forge.Error
				switch {
				case c.kind == "" && err != nil:
					t.Error(err)
				case c.kind != "" && (!errors.As(err, &failed) || failed.Kind() != c.kind || !strings.Contains(err.Error(), c.want)):
					t.Errorf("%v; want %s: %s", err, c.kind, c.want)
				}
			})
			if len(g.started) != c.started {
				t.Errorf("%d pipelines were started, want %d", len(g.started), c.started)
			}
		})
	}
}

func TestGitLabNeedsAnAddressAndAProject(t *testing.T) {
	for _, o := range []forge.GitLabOptions{{APIURL: "gitlab.example", Project: "a/b"}, {APIURL: "https://gitlab.example/api/v4"}} {
		if _, err := forge.NewGitLab(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
