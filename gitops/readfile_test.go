package gitops

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func TestAFileIsReadFromTheServer(t *testing.T) {
	for name, filters := range map[string]string{"a server with filters": "true", "a server without": "false"} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			gittest.Git(t, s.Dir(shopRepo), "config", "uploadpack.allowFilter", filters)
			s.write(map[string]string{"env/prod.yml": "tag: chosen by whoever made the checkout\n"})
			gittest.Git(t, s.work, "commit", "--quiet", "--all", "-m", "not on main")
			gittest.Git(t, s.work, "update-ref", "refs/remotes/origin/main", "HEAD")
			s.push("third", map[string]string{"env/prod.yml": "tag: v3\n"})
			got, err := s.open().ReadFile(context.Background(), "main", "env/prod.yml")
			if err != nil || string(got) != "tag: v3\n" {
				t.Errorf("%q, %v; want what the server has", got, err)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsTold(t *testing.T) {
	s := newShop(t)
	if err := os.Symlink("prod.yml", filepath.Join(s.rival, "env", "link.yml")); err != nil {
		t.Skip(err)
	}
	gittest.CommitAndPush(t, s.rival, "main", "a link", nil)
	for name, c := range map[string]struct {
		branch, path string
		missing      bool
		want         string
	}{
		"no such file":        {"main", "env/no.yml", true, "read env/no.yml on main: "},
		"no such folder":      {"main", "no/prod.yml", true, "read no/prod.yml on main: "},
		"a folder":            {"main", "env", false, "read env on main: it is no plain file"},
		"a link":              {"main", "env/link.yml", false, "read env/link.yml on main: it is no plain file"},
		"a way out":           {"main", "../env/prod.yml", false, "read ../env/prod.yml on main: "},
		"an absolute path":    {"main", "/env/prod.yml", true, "read /env/prod.yml on main: "},
		"a branch that isn't": {"no", "env/prod.yml", false, "read env/prod.yml on no: the branch does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.open().ReadFile(context.Background(), c.branch, c.path)
			if err == nil || errors.Is(err, fs.ErrNotExist) != c.missing || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, missing %v; want %q", err, errors.Is(err, fs.ErrNotExist), c.want)
			}
			if c.branch == "no" && kindOf(err) != policy.GitRewritten {
				t.Errorf("kind %s", kindOf(err))
			}
		})
	}
}
