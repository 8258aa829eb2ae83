package gitops

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

// Whom git would name is what belay names, and git is only asked where something names anybody.
func TestTheAuthorIsWhomGitIsSetUpFor(t *testing.T) {
	needsLinux(t)
	const bot = "[user]\n\tname = bot\n\temail = bot@example.com\n"
	for name, c := range map[string]struct {
		local, home string   // what the configuration says
		env         []string // more variables
		asked       bool
		want        string
	}{
		"nobody":                                {},
		"the repository's":                      {local: bot, asked: true, want: "bot@example.com"},
		"the user's":                            {home: bot, asked: true, want: "bot@example.com"},
		"in a file that is included":            {home: "[include]\n\tpath = more\n", asked: true, want: "bot@example.com"},
		"a name without an address":             {local: "[user]\n\tname = bot\n", asked: true},
		"by a section of its own":               {local: bot + "[Author]\n\temail = a@example.com\n", asked: true, want: "a@example.com"},
		"of the environment":                    {env: []string{"GIT_AUTHOR_EMAIL=e@example.com", "GIT_AUTHOR_NAME=e"}, asked: true, want: "e@example.com"},
		"settings in the environment":           {env: []string{"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=user.name", "GIT_CONFIG_VALUE_0=c", "GIT_CONFIG_KEY_1=user.email", "GIT_CONFIG_VALUE_1=c@example.com"}, asked: true, want: "c@example.com"},
		"the user's where git does not read it": {home: bot, env: []string{"GIT_CONFIG_GLOBAL=/dev/null"}, asked: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, home := newShop(t), t.TempDir()
			gittest.Write(t, home, map[string]string{".gitconfig": c.home, "more": bot})
			config := filepath.Join(s.work, ".git", "config")
			before, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(config, append(before, c.local...), 0o600); err != nil {
				t.Fatal(err)
			}
			r := s.open(func(o *Options) {
				o.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GIT_CONFIG_NOSYSTEM=1"}, c.env...)
			})
			if asked := r.child.mayNameAuthor(*r.checkout); asked != c.asked {
				t.Errorf("git is asked: %t", asked)
			}
			if got := r.ConfiguredAuthor(t.Context()); got.Email != c.want {
				t.Errorf("it is %+v", got)
			}
		})
	}
}
