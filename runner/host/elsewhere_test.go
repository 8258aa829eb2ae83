package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoTokenOfTheHostGoesToAnotherServer(t *testing.T) {
	job := Facts{
		Name: "github", Forge: "github", Repository: "acme/app", ServerURL: "https://github.com", APIURL: "https://api.github.com",
		RemoteURL: "https://github.com/acme/app", Branch: "main", Commit: "1a2b", Token: "tok", User: "x-access-token", ForgeToken: "pr",
	}
	with := func(f Facts, change func(*Facts)) Facts { change(&f); return f }
	same := with(job, func(f *Facts) {
		f.Repository, f.RemoteURL, f.Branch, f.Commit, f.Earlier = "acme/deploy", "https://github.com/acme/deploy.git", "live", "3c4d", true
	})
	elsewhere := Facts{
		Name: "github", Repository: "acme/deploy", ServerURL: "https://git.example.com", RemoteURL: "https://git.example.com/acme/deploy",
		Branch: "live", Commit: "3c4d", Earlier: true,
	}
	for name, tt := range map[string]struct {
		facts Facts
		url   string
		token string
		want  Facts
	}{
		"the same server":                     {job, "https://github.com/acme/deploy.git", "", same},
		"the same server, a token of its own": {job, "https://github.com/acme/deploy.git", "own", with(same, func(f *Facts) { f.Token, f.ForgeToken = "own", "own" })},
		"another server":                      {job, "https://git.example.com/acme/deploy", "", elsewhere},
		"another server, with a token":        {job, "https://git.example.com/acme/deploy", "own", with(elsewhere, func(f *Facts) { f.Token, f.ForgeToken = "own", "own" })},
		"the same server without encryption": {job, "http://github.com/acme/deploy", "", with(elsewhere, func(f *Facts) {
			f.ServerURL, f.RemoteURL = "http://github.com", "http://github.com/acme/deploy"
		})},
		"a laptop that knows no server": {Facts{Name: "local", Token: "tok", ForgeToken: "tok", RemoteURL: "/srv/app.git"}, "https://git.example.com/acme/deploy", "", with(elsewhere, func(f *Facts) { f.Name = "local" })},
		"a folder":                      {job, "/srv/deploy.git", "", Facts{Name: "github", RemoteURL: "/srv/deploy.git", Branch: "live", Commit: "3c4d", Earlier: true}},
		"a key for the other server":    {with(job, func(f *Facts) { f.SSH.Key = "k" }), "git@git.example.com:acme/deploy.git", "", with(elsewhere, func(f *Facts) { f.RemoteURL = "git@git.example.com:acme/deploy.git" })},
		"a key for this server": {with(job, func(f *Facts) { f.SSH.Key = "k" }), "https://github.com/acme/deploy.git", "", with(same, func(f *Facts) {
			f.SSH.Key, f.RemoteURL = "k", "ssh://git@github.com/acme/deploy.git"
		})},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.facts.Elsewhere(Checkout{RemoteURL: tt.url, Branch: "live", Commit: "3c4d"}, tt.token)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
