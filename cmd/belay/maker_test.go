package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
)

func TestARefusalToMakeACommitKeepsItsKindAndHowLongToWait(t *testing.T) {
	gitHub := fake.New(fake.Options{Repository: "acme/shop", Token: "t"})
	gitHub.Inject(fake.Fault{Method: "POST", Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"300"}}})
	web := httptest.NewServer(forgetest.Validate(t, gitHub))
	defer web.Close()
	facts := host.Facts{Forge: "github", APIURL: web.URL, ServerURL: web.URL, Repository: "acme/shop", Token: "t", ForgeToken: "a person's"}
	m, err := openMaker(facts, gitops.Credentials{}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Make(t.Context(), gitops.Draft{Tree: "1234", Parents: []gitops.ID{"5678"}, Message: "m"})
	var failed *gitops.Error
	if !errors.As(err, &failed) || failed.Kind() != policy.ForgeRateLimited || failed.RetryAfter != 5*time.Minute {
		t.Errorf("got %v", err)
	}
}
