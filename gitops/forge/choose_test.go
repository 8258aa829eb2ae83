package forge_test

import (
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name                   string
		host, remote, explicit string
		want, err              string
	}{
		{"what the user wrote counts first", "github", "https://github.com/acme/shop", "local", "local", ""},
		{"the host's own forge", "github", "https://ghes.example/acme/shop", "", "github", ""},
		{"a host that is no forge leaves it to the remote", "", "https://github.com/acme/shop.git", "", "github", ""},
		{"a laptop leaves it to the remote", "", "git@github.com:acme/shop.git", "", "github", ""},
		{"ssh over the https port", "", "ssh://git@ssh.github.com:443/acme/shop", "", "github", ""},
		{"an instance named after its forge", "", "https://github.example.com/acme/shop", "", "github", ""},
		{"letter case does not matter", "", "https://GitHub.com/acme/shop", "", "github", ""},
		{"a path", "", "/srv/git/shop.git", "", "local", ""},
		{"a relative path", "", "../shop.git", "", "local", ""},
		{"a path with a colon later on", "", "./a:b", "", "local", ""},
		{"a drive", "", `C:\git\shop.git`, "", "local", ""},
		{"a file address", "", "file:///srv/git/shop.git", "", "local", ""},
		{"no remote", "", "", "", "local", ""},
		{"this machine", "", "http://127.0.0.1:8080/shop.git", "", "local", ""},
		{"a GitLab of one's own, by host", "gitlab", "https://git.example/acme/shop", "", "gitlab", ""},
		{"Forgejo's public instance", "", "git@codeberg.org:acme/shop.git", "", "forgejo", ""},
		{"a host that speaks GitHub's protocol", "gitea", "https://git.example/acme/shop", "", "gitea", ""},
		{"by name", "", "https://git.example/acme/shop", "gitea", "gitea", ""},
		{"an address that tells nothing", "", "https://u:secret@git.example/acme/shop", "", "", `"git.example" does not tell`},
		{"not fooled by an ending", "", "https://notgithub.com/acme/shop", "", "", "does not tell"},
		{"an unknown name", "github", "", "svn", "", `unknown forge "svn"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := forge.Choose(c.host, c.remote, c.explicit)
			switch {
			case c.err == "" && (err != nil || got != c.want):
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			case c.err != "" && (err == nil || got != "" || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "secret")):
				t.Errorf("got %q, %v, want an error with %q", got, err, c.err)
			}
		})
	}
}
