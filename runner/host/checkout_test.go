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
		"the job's own repository": {job, Checkout{"https://github.com/Acme/app.git", "main", "3c4d"}, job},
		"no repository":            {job, Checkout{}, job},
		"reached by ssh":           {job, Checkout{"git@github.com:acme/app.git", "", "3c4d"}, job},
		"another branch":           {job, Checkout{"https://github.com/acme/app", "env/prod", "3c4d"}, with(job, func(f *Facts) { f.Branch = "env/prod" })},
		"another repository": {job, Checkout{"https://github.com/acme/config.git", "live", "3c4d"}, with(job, func(f *Facts) {
			f.Repository, f.RemoteURL, f.Branch, f.Commit = "acme/config", "https://github.com/acme/config.git", "live", "3c4d"
		})},
		"another server": {job, Checkout{"https://git.example.com/acme/config.git", "live", "3c4d"}, Facts{
			Name: "github", Repository: "acme/config", ServerURL: "https://git.example.com", RemoteURL: "https://git.example.com/acme/config.git",
			Branch: "live", Commit: "3c4d",
		}},
		"the job's own path on another server": {job, Checkout{"https://evil.example.com/acme/app", "main", "3c4d"}, job},
		"nobody vouches for the checkout": {
			with(job, func(f *Facts) { f.Untrusted = true }), Checkout{"https://github.com/eve/app", "topic", "3c4d"},
			with(job, func(f *Facts) { f.Untrusted = true }),
		},
		"a laptop": {Facts{Name: "local", Token: "tok"}, Checkout{"https://github.com/acme/app.git", "main", "3c4d"}, Facts{
			Name: "local", Token: "tok", Repository: "acme/app", ServerURL: "https://github.com", RemoteURL: "https://github.com/acme/app.git",
			Branch: "main", Commit: "3c4d",
		}},
		"a laptop with a folder for a remote": {Facts{Name: "local"}, Checkout{"/srv/app.git", "main", "3c4d"}, Facts{
			Name: "local", RemoteURL: "/srv/app.git", Branch: "main", Commit: "3c4d",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.facts.In(tt.checkout)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
