package gitops

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func (s *shop) snapshot(r *Repo) Snapshot {
	s.t.Helper()
	start, err := r.Snapshot(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return start
}

func TestRefreshBringsTheWorkTreeToTheFreshTip(t *testing.T) {
	for name, test := range map[string]struct {
		clone []string
		do    func(s *shop)
	}{
		"full clone":    {nil, func(*shop) {}},
		"depth 1":       {[]string{"--depth=1"}, func(*shop) {}},
		"partial clone": {[]string{"--filter=blob:none"}, func(*shop) {}},
		"detached":      {nil, func(s *shop) { gittest.Git(s.t, s.work, "checkout", "--quiet", "--detach") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, test.clone...)
			test.do(s)
			s.write(map[string]string{"mine.txt": "from before\n", ".git/info/exclude": "*.log\n"})
			r := s.open()
			start := s.snapshot(r)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n", "new/deep/x.txt": "x\n", "staged.txt": "x\n", "cache.log": "stays\n"})
			gittest.Git(t, s.work, "add", "staged.txt")
			gittest.Commit(t, s.work, "own", map[string]string{"own.txt": "1\n"})
			gittest.Git(t, s.work, "rm", "--quiet", "--cached", "mine.txt")
			gittest.Git(t, s.work, "checkout", "--quiet", "-b", "elsewhere")
			s.write(map[string]string{"nested/x.txt": "x\n"})
			gittest.Git(t, s.work, "init", "--quiet", "cloned")
			tip := s.push("rival", map[string]string{"b.txt": "b\n", "env/dev.yml": "tag: v7\n"})

			got, err := r.Refresh(context.Background(), "main", start, AllButIgnored)
			if err != nil || got != tip {
				t.Fatalf("tip %s, %v; want %s", got, err, tip)
			}
			if head := gittest.Git(t, s.work, "rev-parse", "HEAD"); head != string(tip) {
				t.Errorf("HEAD is at %s", head)
			}
			if status := gittest.Git(t, s.work, "status", "--porcelain"); status != "?? mine.txt" {
				t.Errorf("status %q", status)
			}
			for file, want := range map[string]bool{"b.txt": true, "cache.log": true, "new": false, "nested": false, "cloned": false, "own.txt": false, "staged.txt": false} {
				if _, err := os.Stat(filepath.Join(s.work, file)); (err == nil) != want {
					t.Errorf("%s: %v", file, err)
				}
			}
			if out, err := gittest.TryGit(s.work, "fsck", "--full"); err != nil {
				t.Errorf("git fsck: %v\n%s", err, out)
			}
			if shallow := gittest.Git(t, s.work, "rev-parse", "--is-shallow-repository"); shallow != map[bool]string{true: "true", false: "false"}[name == "depth 1"] {
				t.Errorf("shallow: %s", shallow)
			}
			branch, _ := gittest.TryGit(s.work, "symbolic-ref", "--quiet", "--short", "HEAD")
			if (branch == "main") == (name == "detached") {
				t.Errorf("on branch %q", branch)
			}

			s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
			s.want(s.land(r, s.stage(r, "env"), "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "env/prod.yml" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestRefreshTouchesNothingWhereTheStartWasDirty(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"README": "my work\n"})
	r := s.open()
	start := s.snapshot(r)
	if !start.Dirty {
		t.Error("the start was not seen to be dirty")
	}
	s.push("rival", map[string]string{"b.txt": "b\n"})
	before := files(t, s.work)
	for name, start := range map[string]Snapshot{"dirty": start, "never taken": {}} {
		if _, err := r.Refresh(context.Background(), "main", start, AllButIgnored); !errors.Is(err, ErrDirty) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if diff := cmp.Diff(before, files(t, s.work)); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}

func TestRefreshGivesTheTokenToNoChild(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open(func(o *Options) { o.Remote.Credentials = Credentials{Username: "x-access-token", Password: "sesame"} })
	start := s.snapshot(r)
	tip := s.push("rival", map[string]string{"b.txt": "b\n"})
	s.guard("x-access-token", "sesame")
	if got, err := r.Refresh(context.Background(), "main", start, AllButIgnored); err != nil || got != tip {
		t.Errorf("tip %s, %v", got, err)
	}
	for name, text := range files(t, filepath.Join(s.work, ".git")) {
		if strings.Contains(text, "sesame") {
			t.Errorf("the token is in .git%s", name)
		}
	}
}

func TestRefreshNeedsTheBranchAndGit(t *testing.T) {
	s := newShop(t)
	r := s.open()
	start := s.snapshot(r)
	if _, err := r.Refresh(context.Background(), "gone", start, AllButIgnored); kindOf(err) != policy.GitRewritten {
		t.Errorf("error %v", err)
	}
	if _, err := s.open(noGit).Refresh(context.Background(), "main", start, AllButIgnored); err == nil || !strings.Contains(err.Error(), "git is not installed") {
		t.Errorf("error %v", err)
	}
}
