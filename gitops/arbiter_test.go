package gitops

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

// rename has a rival rename a.txt.
func (s *shop) rename() {
	s.t.Helper()
	gittest.Git(s.t, s.rival, "fetch", "--quiet")
	gittest.Git(s.t, s.rival, "reset", "--quiet", "--hard", "origin/main")
	gittest.Git(s.t, s.rival, "mv", "a.txt", "b.txt")
	gittest.CommitAndPush(s.t, s.rival, "main", "moved", nil)
}

func TestWhatBelayDeclinesGitDecides(t *testing.T) {
	lines := "one\ntwo\nthree\nfour\nfive\n"
	for _, c := range []struct {
		name  string
		rival func(s *shop)
		own   map[string]string
		want  map[string]string // nil: git conflicts too
	}{
		{
			"a file the rival renamed and changed",
			func(s *shop) {
				gittest.Git(s.t, s.rival, "mv", "a.txt", "b.txt")
				gittest.CommitAndPush(s.t, s.rival, "main", "moved", map[string]string{"b.txt": strings.Replace(lines, "one", "ONE", 1)})
			},
			map[string]string{"a.txt": strings.Replace(lines, "five", "FIVE", 1)},
			map[string]string{"b.txt": "ONE\ntwo\nthree\nfour\nFIVE\n"},
		},
		{
			"a renamed file with the same line changed",
			func(s *shop) {
				gittest.Git(s.t, s.rival, "mv", "a.txt", "b.txt")
				gittest.CommitAndPush(s.t, s.rival, "main", "moved", map[string]string{"b.txt": strings.Replace(lines, "one", "ONE", 1)})
			},
			map[string]string{"a.txt": strings.Replace(lines, "one", "Eins", 1)}, nil,
		},
		{
			"a file that is merged by union",
			func(s *shop) {
				gittest.CommitAndPush(s.t, s.rival, "main", "log", map[string]string{"CHANGES": "theirs\n"})
			},
			map[string]string{"CHANGES": "ours\n"}, map[string]string{"CHANGES": "theirs\nours\n"},
		},
	} {
		for _, depth := range []string{"--depth=1", "--no-single-branch"} {
			t.Run(c.name+" "+depth, func(t *testing.T) {
				s := newShop(t)
				s.push("attributes", map[string]string{".gitattributes": "CHANGES merge=union\n", "CHANGES": ""})
				s.work = gittest.Clone(t, "file://"+s.Dir(shopRepo), depth)
				without, with := s.open(noGit), s.open()
				c.rival(s)
				s.write(c.own)
				s.want(s.land(without, s.stage(without), "x"), Conflicted)
				o := s.land(with, s.stage(with), "x")
				if c.want == nil {
					s.want(o, Conflicted)
					return
				}
				s.want(o, Landed)
				for path, text := range c.want {
					if got := s.file(path); got != text {
						t.Errorf("%s is %q, want %q", path, got, text)
					}
				}
				s.sound()
			})
		}
	}
}

func TestARevertFollowsARenameByGit(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"a.txt": "one\ntwo\nthree\nfour\nFIVE\n"})
	o := s.land(r, s.stage(r), "x")
	s.want(o, Landed)
	s.rename()
	v, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: []ID{o.Commits[0].Hash}, Author: ada})
	if err != nil || v.Err() != nil {
		t.Fatal(err, v.Err())
	}
	s.want(s.land(r, v.Change(), "revert"), Landed)
	if got := s.file("b.txt"); got != "one\ntwo\nthree\nfour\nfive\n" {
		t.Errorf("b.txt is %q after the revert", got)
	}
	s.sound()
}

// TestTheArbiterRunsNothingOfTheRepositorys plants what a checkout can make git run in a merge.
func TestTheArbiterRunsNothingOfTheRepositorys(t *testing.T) {
	s := newShop(t)
	s.push("attributes", map[string]string{".gitattributes": "*.txt merge=evil filter=evil diff=evil\n"})
	s.work = gittest.Clone(t, s.url)
	ran := filepath.Join(t.TempDir(), "ran")
	evil := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(evil, []byte("#!/bin/sh\necho \"$0\" >>'"+ran+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	env := append(gittest.Env(t.TempDir()), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=merge.evil.driver", "GIT_CONFIG_VALUE_0="+evil)
	for _, key := range []string{"merge.evil.driver", "diff.evil.command", "diff.evil.textconv", "merge.default", "core.fsmonitor", "core.pager"} {
		gittest.Git(t, s.work, "config", key, evil)
	}
	r := s.open(func(o *Options) { o.Env = env })
	gittest.Git(t, s.rival, "mv", "a.txt", "b.txt")
	gittest.CommitAndPush(t, s.rival, "main", "moved", map[string]string{"b.txt": "ONE\ntwo\nthree\nfour\nfive\n"})
	s.write(map[string]string{"a.txt": "one\n"})
	s.want(s.land(r, s.stage(r), "x"), Conflicted)
	if text, err := os.ReadFile(ran); err == nil {
		t.Errorf("ran: %s", text)
	}
	gittest.Git(t, s.work, "config", "core.fsmonitor", "false")
	gittest.Git(t, s.work, "fetch", "--quiet")
	gittest.Git(t, s.work, "commit", "--quiet", "-a", "-m", "own")
	out, _ := gittest.TryGit(s.work, "rebase", "origin/main")
	if _, err := os.Stat(ran); err != nil {
		t.Error("the control, a rebase in the checkout, did not run the driver either:", out)
	}
}
