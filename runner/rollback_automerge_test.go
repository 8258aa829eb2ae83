package runner

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// GitLab answers 405 to who would merge what it has not looked at yet, which is so for some seconds after it was opened.
func TestARollbackTurnsOnAutoMergeOnceTheForgeHasLooked(t *testing.T) {
	looks := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, waits := "checking", false
		if r.Method == http.MethodPut {
			if looks++; looks < 3 {
				w.WriteHeader(http.StatusMethodNotAllowed)
				fmt.Fprint(w, `{"message":"405 Method Not Allowed"}`)
				return
			}
			status, waits = "ci_still_running", true
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"iid":1,"state":"opened","sha":"abc","detailed_merge_status":%q,"merge_when_pipeline_succeeds":%v}`, status, waits)
	}))
	defer server.Close()
	synctest.Test(t, func(t *testing.T) {
		gitlab, err := forge.NewGitLab(forge.GitLabOptions{
			ServerURL: server.URL, Project: "acme/shop", HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		con := &conductor{job: Job{
			Policy: &spec.Policy{Policy: policy.Policy{Rollback: policy.Rollback{AutoMerge: true}}}, Forge: gitlab, Listener: deaf{}, Masks: &process.Masks{},
		}}
		r := con.autoMerge(t.Context(), report.Rollback{}, forge.PullRequest{Number: 1, State: "open", HeadSHA: "abc"})
		if !r.AutoMerge || r.Message != "" {
			t.Errorf("auto-merge %v: %s", r.AutoMerge, r.Message)
		}
		before := looks
		r = con.autoMerge(t.Context(), report.Rollback{}, forge.PullRequest{Number: 1, State: "open", HeadSHA: "abc", Draft: true})
		if r.AutoMerge || r.Message == "" || looks != before {
			t.Errorf("a draft: auto-merge %v after %d calls: %s", r.AutoMerge, looks-before, r.Message)
		}
	})
}
