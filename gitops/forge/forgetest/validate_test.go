package forgetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
)

// spy counts what would have failed a test.
type spy struct {
	testing.TB
	failures []string
}

func (s *spy) Errorf(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

func TestValidateFailsWhatGitHubWouldNotSayOrTake(t *testing.T) {
	github := fake.New(fake.Options{Repository: "acme/shop"})
	for _, c := range []struct {
		name, method, path, body string
		handler                  http.Handler
		want                     string // part of the failure; empty for none
	}{
		{"all is well", "POST", "/repos/acme/shop/pulls", `{"title":"t","head":"topic","base":"main"}`, github, ""},
		{"a request without base", "POST", "/repos/acme/shop/pulls", `{"title":"t","head":"topic"}`, answering(422, `{"message":"","documentation_url":""}`), "request is not as GitHub wants it"},
		{"a sloppy pull request", "GET", "/repos/acme/shop/pulls/1", "", answering(200, `{"number":1}`), "response 200 is not as GitHub's"},
		{"a status GitHub never answers here", "POST", "/repos/acme/shop/pulls", `{"title":"t","head":"topic","base":"main"}`, answering(409, `{"message":"no"}`), "response 409 is not as GitHub's"},
		{"a call GitHub does not have", "DELETE", "/repos/acme/shop/pulls/1", "", github, "GitHub has no such call"},
		{"a bare list of labels", "POST", "/repos/acme/shop/issues/1/labels", `["a"]`, github, ""},
		{"labels that are no words", "POST", "/repos/acme/shop/issues/1/labels", `[1]`, answering(404, `{"message":"Not Found"}`), "request is not as GitHub wants it"},
		{"a refusal any call may get", "GET", "/repos/acme/shop/pulls", "", answering(503, `{"message":"Service Unavailable"}`), ""},
		{"a refusal without words", "GET", "/repos/acme/shop/pulls", "", answering(503, `<html>`), "response 503 is not as GitHub's"},
		{"a page for people", "GET", "/acme/shop/pull/1", "", github, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &spy{TB: t}
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			if c.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			forgetest.Validate(s, c.handler).ServeHTTP(httptest.NewRecorder(), r)
			switch {
			case c.want == "" && len(s.failures) > 0:
				t.Errorf("failed: %q", s.failures)
			case c.want != "" && (len(s.failures) != 1 || !strings.Contains(s.failures[0], c.want)):
				t.Errorf("failures %q, want one with %q", s.failures, c.want)
			}
		})
	}
}
