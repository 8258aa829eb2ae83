package main

import (
	"testing"

	"github.com/belay-ci/belay/runner/host"
)

func TestWhereAForgeCannotBeOpenedThereIsNone(t *testing.T) {
	if f, err := openForge(host.Facts{Name: "local"}, "github", t.TempDir()); f != nil || err == nil {
		t.Errorf("%v, %v", f, err)
	}
	for name, facts := range map[string]host.Facts{
		"GitHub without an address":       {Name: "github", Repository: "acme/shop"},
		"GitLab without an address":       {Name: "gitlab", Repository: "acme/shop", Token: "t", ForgeToken: "t", User: "oauth2"},
		"GitLab with the job's own token": {Name: "gitlab", Repository: "acme/shop", APIURL: "https://gitlab.example/api/v4", Token: "t", ForgeToken: "t", User: "gitlab-ci-token"},
		"Jenkins":                         {Name: "jenkins"},
	} {
		if d, err := openDispatcher(facts); d != nil || err == nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	for name, facts := range map[string]host.Facts{
		"GitHub":                       {Name: "github", Repository: "acme/shop", APIURL: "https://api.github.com", ServerURL: "https://github.com"},
		"GitLab with a token for this": {Name: "gitlab", Repository: "acme/shop", APIURL: "https://gitlab.example/api/v4", Token: "t", ForgeToken: "pr", User: "gitlab-ci-token"},
	} {
		if d, err := openDispatcher(facts); d == nil || err != nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}
