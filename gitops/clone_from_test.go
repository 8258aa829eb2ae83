package gitops

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func TestCloneFrom(t *testing.T) {
	s := newShop(t)
	gittest.Git(t, s.rival, "tag", "-a", "v1", "-m", "one")
	gittest.Git(t, s.rival, "push", "--quiet", "origin", "v1")
	first := gittest.Git(t, s.rival, "rev-parse", "HEAD~1")
	tip := s.push("third", map[string]string{"README": "third\n"})
	gittest.Git(t, s.rival, "push", "--quiet", "origin", "HEAD:refs/heads/feature/x")
	for _, c := range []struct {
		name, ref string
		depth     int
		noGit     bool
		branch    string
		readme    string
		commits   string
	}{
		{"the default branch", "", 1, false, "main", "third\n", "1"},
		{"without git", "", 1, true, "main", "third\n", "1"},
		{"a branch, two deep", "feature/x", 2, false, "feature/x", "third\n", "2"},
		{"a tag", "v1", 1, false, "", "shop\n", "1"},
		{"the whole history", "main", 0, false, "main", "third\n", "3"},
		{"a commit", first, 1, false, "", "shop\n", "1"},
		{"a full name", "refs/heads/main", 1, false, "main", "third\n", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "into")
			got, err := CloneFrom(context.Background(), CloneRequest{
				Remote: Remote{URL: s.url}, Ref: c.ref, Depth: c.depth, Dir: dir, Env: gittest.Env(t.TempDir()), NoGit: c.noGit,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Branch != c.branch || c.branch != "" && got.Commit != tip {
				t.Errorf("cloned %+v", got)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "README")); err != nil || string(text) != c.readme {
				t.Errorf("README is %q, %v", text, err)
			}
			if n := gittest.Git(t, dir, "rev-list", "--count", "HEAD"); n != c.commits {
				t.Errorf("%s commits, want %s", n, c.commits)
			}
			if head := gittest.Git(t, dir, "rev-parse", "HEAD"); head != string(got.Commit) {
				t.Errorf("HEAD is %s", head)
			}
			gittest.Git(t, dir, "fsck")
			if status := gittest.Git(t, dir, "status", "--porcelain"); status != "" && !c.noGit {
				t.Errorf("status: %s", status)
			}
		})
	}
	for ref, want := range map[string]string{"nope": `no branch or tag "nope"`, "a b": "can't be the name", "--x": "can't be the name"} {
		dir := filepath.Join(t.TempDir(), "into")
		_, err := CloneFrom(context.Background(), CloneRequest{Remote: Remote{URL: s.url}, Ref: ref, Depth: 1, Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", ref, err)
		}
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%q: a folder was left", ref)
		}
	}
}

// Credentials go to the server they are for, also where another repository of it is cloned, and nowhere else.
func TestCloneFromKeepsCredentialsToTheirServer(t *testing.T) {
	s, other := newShop(t), newShop(t)
	open := func(o *Options) { o.Remote.Credentials = Credentials{Username: "ci", Password: "pass"} }
	s.guard("ci", "pass")
	r := s.open(open)
	seen := ""
	other.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			seen += q.Header.Get("Authorization")
			next.ServeHTTP(w, q)
		})
	})
	for _, from := range []*shop{s, other} {
		if _, err := r.CloneFrom(context.Background(), CloneRequest{Remote: Remote{URL: from.url}, Depth: 1, Dir: filepath.Join(t.TempDir(), "into")}); err != nil {
			t.Error(err)
		}
	}
	if seen != "" {
		t.Errorf("another server was told %q", seen)
	}
	_, err := CloneFrom(context.Background(), CloneRequest{Remote: Remote{URL: s.url}, Depth: 1, Dir: filepath.Join(t.TempDir(), "into")})
	var failed *Error
	if !errors.As(err, &failed) || failed.Kind() != policy.GitAuth {
		t.Errorf("without credentials: %v", err)
	}
}

func TestTheServerOfAnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://GitHub.com/acme/shop.git": "https://github.com", "http://h:8080/x": "http://h:8080", "git@github.com:acme/shop.git": "ssh://github.com",
		"ssh://git@github.com:22/x": "ssh://github.com:22", "/srv/git/x": "", "file:///srv/x": "", "https://u:p@h/x": "https://h",
	} {
		if got := serverOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestConfigValueCantLeaveItsLine(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet")
	evil := "https://x/\"\n[core]\n\tfsmonitor = evil # ; \\"
	if err := os.WriteFile(filepath.Join(dir, ".git", "config"), []byte("[remote \"origin\"]\n\turl = "+configValue(evil)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := gittest.Git(t, dir, "config", "remote.origin.url"); got != evil {
		t.Errorf("git reads %q, want %q", got, evil)
	}
	if out, err := gittest.TryGit(dir, "config", "core.fsmonitor"); err == nil {
		t.Errorf("core.fsmonitor is %q", out)
	}
}
