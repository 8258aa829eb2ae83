package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFactsInACheckout(t *testing.T) {
	job := Facts{
		Name: "github", Repository: "acme/app", ServerURL: "https://github.com", APIURL: "https://api.github.com",
		RemoteURL: "https://github.com/acme/app", Branch: "main", Commit: "1a2b", Token: "tok", User: "x-access-token", ForgeToken: "tok",
	}
	with := func(f Facts, change func(*Facts)) Facts { change(&f); return f }
	for name, tt := range map[string]struct {
		facts    Facts
		checkout Checkout
		want     Facts
	}{
		"the job's own repository":         {job, Checkout{RemoteURL: "https://github.com/Acme/app.git", Branch: "main", Commit: "3c4d"}, job},
		"earlier attempts began elsewhere": {with(job, func(f *Facts) { f.Earlier = true }), Checkout{RemoteURL: "https://github.com/acme/app"}, with(job, func(f *Facts) { f.Earlier = true })},
		"no repository":                    {job, Checkout{}, job},
		"reached by ssh":                   {job, Checkout{RemoteURL: "git@github.com:acme/app.git", Branch: "", Commit: "3c4d"}, job},
		"reached by ssh with the checkout's key": {
			job, Checkout{RemoteURL: "git@github.com:Acme/app.git", SSHKey: true},
			with(job, func(f *Facts) { f.RemoteURL = "git@github.com:Acme/app.git" }),
		},
		"reached by https with a key given": {
			with(job, func(f *Facts) { f.SSH.Key = "k" }), Checkout{RemoteURL: "https://github.com/acme/app"},
			with(job, func(f *Facts) { f.SSH.Key, f.RemoteURL = "k", "ssh://git@github.com/acme/app.git" }),
		},
		"reached by ssh with a key given": {
			with(job, func(f *Facts) { f.SSH.Key = "k" }), Checkout{RemoteURL: "ssh://git@github.com:2222/acme/app"},
			with(job, func(f *Facts) { f.SSH.Key, f.RemoteURL = "k", "ssh://git@github.com:2222/acme/app" }),
		},
		"the checkout's key for another server": {job, Checkout{RemoteURL: "git@evil.example.com:acme/app.git", SSHKey: true}, job},
		"another branch":                        {job, Checkout{RemoteURL: "https://github.com/acme/app", Branch: "env/prod", Commit: "3c4d"}, with(job, func(f *Facts) { f.Branch = "env/prod" })},
		"another repository": {job, Checkout{RemoteURL: "https://github.com/acme/config.git", Branch: "live", Commit: "3c4d"}, with(job, func(f *Facts) {
			f.Repository, f.RemoteURL, f.Branch, f.Commit = "acme/config", "https://github.com/acme/config.git", "live", "3c4d"
			f.Earlier = true
		})},
		"another server": {job, Checkout{RemoteURL: "https://git.example.com/acme/config.git", Branch: "live", Commit: "3c4d"}, Facts{
			Name: "github", Repository: "acme/config", ServerURL: "https://git.example.com", RemoteURL: "https://git.example.com/acme/config.git",
			Branch: "live", Commit: "3c4d", Earlier: true,
		}},
		"the job's own path on another server": {job, Checkout{RemoteURL: "https://evil.example.com/acme/app", Branch: "main", Commit: "3c4d"}, job},
		"nobody vouches for the checkout": {
			with(job, func(f *Facts) { f.Untrusted = true }), Checkout{RemoteURL: "https://github.com/eve/app", Branch: "topic", Commit: "3c4d"},
			with(job, func(f *Facts) { f.Untrusted = true }),
		},
		"a laptop": {Facts{Name: "local", Token: "tok"}, Checkout{RemoteURL: "https://github.com/acme/app.git", Branch: "main", Commit: "3c4d"}, Facts{
			Name: "local", Token: "tok", Repository: "acme/app", ServerURL: "https://github.com", RemoteURL: "https://github.com/acme/app.git",
			Branch: "main", Commit: "3c4d", Earlier: true,
		}},
		"a laptop with a folder for a remote": {Facts{Name: "local"}, Checkout{RemoteURL: "/srv/app.git", Branch: "main", Commit: "3c4d"}, Facts{
			Name: "local", RemoteURL: "/srv/app.git", Branch: "main", Commit: "3c4d", Earlier: true,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.facts.In(tt.checkout)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
