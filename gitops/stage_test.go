package gitops

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

// ways are the two ways of staging.
func ways() map[string]func(*Options) {
	return map[string]func(*Options){"with git": func(*Options) {}, "without git": noGit}
}

// listing is what main holds on the server.
func (s *shop) listing() string { return s.git("ls-tree", "-r", "main") }

// reference is the listing git itself gives for the same work tree.
func (s *shop) reference(paths ...string) string {
	s.t.Helper()
	gittest.Git(s.t, s.work, append([]string{"add", "--all", "--"}, paths...)...)
	tree := gittest.Git(s.t, s.work, "write-tree")
	return gittest.Git(s.t, s.work, "ls-tree", "-r", tree)
}

func TestStagingStoresWhatGitWouldStore(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs modes and symbolic links")
	}
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.push("more", map[string]string{
				".gitignore": "*.log\n!keep.log\nbuild/\n", "old/x.txt": "x\n", "gone.txt": "gone\n", "link": "was a file\n", "dir": "was a file\n",
			})
			gittest.Git(t, s.work, "pull", "--quiet")
			r := s.open(way)
			if err := os.RemoveAll(filepath.Join(s.work, "old")); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"gone.txt", "link", "dir"} {
				if err := os.Remove(filepath.Join(s.work, name)); err != nil {
					t.Fatal(err)
				}
			}
			s.write(map[string]string{
				"run.sh": "#!/bin/sh\n", "dir/in.txt": "in\n", "a b/ü \"q\".txt": "odd name\n", "x.log": "no\n", "keep.log": "yes\n",
				"build/out.txt": "no\n", "binary": "\x00\x01\x02", "empty": "",
			})
			if err := os.Chmod(filepath.Join(s.work, "run.sh"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("env/prod.yml", filepath.Join(s.work, "link")); err != nil {
				t.Fatal(err)
			}
			s.want(s.land(r, s.stage(r), "land"), Landed)
			if diff := cmp.Diff(s.reference("."), s.listing()); diff != "" {
				t.Errorf("landed (-git +belay):\n%s", diff)
			}
			s.sound()
		})
	}
}

func TestOnlyThePathsAreStaged(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open(way)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n", "README": "not this\n", "env/new/x.yml": "x\n"})
			gittest.Git(t, s.work, "add", "README")
			s.want(s.land(r, s.stage(r, "env/prod.yml", "env/new", "env/prod.yml", "env/"), "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "env/new/x.yml\nenv/prod.yml" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestPathsThatDifferInCaseAloneAreTwo(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			if gittest.Git(t, s.work, "config", "--default=false", "core.ignoreCase") == "true" {
				t.Skip("the file system knows no case")
			}
			gittest.CommitAndPush(t, s.work, "main", "cases", map[string]string{"Env/prod.yml": "tag: v1\n"})
			r := s.open(way)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n", "Env/prod.yml": "tag: not this\n"})
			gittest.Git(t, s.work, "add", "-A")
			s.want(s.land(r, s.stage(r, "env"), "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "env/prod.yml" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestStagingLeavesTheCheckoutAsItWas(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n", "new.txt": "new\n", "staged.txt": "by the user\n"})
			gittest.Git(t, s.work, "add", "staged.txt")
			r := s.open(way)
			before := files(t, s.work)
			s.want(s.land(r, s.stage(r), "land"), Landed)
			if diff := cmp.Diff(before, files(t, s.work)); diff != "" {
				t.Errorf("changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestWithoutGitWhatOnlyGitCanTellIsRefused(t *testing.T) {
	for says, do := range map[string]func(s *shop){
		"sparse checkout": func(s *shop) { gittest.Git(t, s.work, "sparse-checkout", "set", "env") },
		"a submodule that is new": func(s *shop) {
			gittest.Git(t, s.work, "init", "--quiet", "env/inner")
			s.write(map[string]string{".gitmodules": "[submodule \"inner\"]\n\tpath = env/inner\n\turl = ../inner.git\n"})
		},
		"core.autocrlf": func(s *shop) {
			gittest.Git(t, s.work, "config", "core.autocrlf", "input")
			s.write(map[string]string{"env/prod.yml": "tag: v2\r\n"})
		},
		"attribute filter": func(s *shop) { // by another name
			s.write(map[string]string{".gitattributes": "[attr]loud filter=up\n[attr]louder louder loud\n", "env/.gitattributes": "*.yml louder\n", "env/prod.yml": "tag: v2\n"})
		},
		"symbolic link": func(s *shop) {
			gittest.Git(t, s.work, "rm", "-rq", "env")
			if err := os.Symlink(t.TempDir(), filepath.Join(s.work, "env")); err != nil {
				t.Fatal(err)
			}
			s.write(map[string]string{"env/prod.yml": "outside\n"})
		},
	} {
		t.Run(says, func(t *testing.T) {
			s := newShop(t)
			do(s)
			r := s.open(noGit)
			path := map[bool]string{true: "env/prod.yml", false: "env"}[says == "symbolic link"]
			_, err := r.Stage(context.Background(), StageRequest{Paths: []string{path}, Message: "m", Author: ada})
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAPathThatMatchesNothingIsAnError(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open(way)
			for _, path := range []string{"env/prdo.yml", "../outside"} {
				if _, err := r.Stage(context.Background(), StageRequest{Paths: []string{path}, Message: "m", Author: ada}); err == nil || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: error %v", path, err)
				}
			}
		})
	}
}

func TestAFileThatLandedCanBeDeletedAgain(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open(way)
			s.write(map[string]string{"new.txt": "1\n"})
			s.want(s.land(r, s.stage(r, "new.txt"), "one"), Landed)
			if err := os.Remove(filepath.Join(s.work, "new.txt")); err != nil {
				t.Fatal(err)
			}
			s.want(s.land(r, s.stage(r, "new.txt"), "two"), Landed)
			if got := s.git("show", "--format=", "--name-status", "main"); got != "D\tnew.txt" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestAnIncompleteRequestIsAnError(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	for says, request := range map[string]StageRequest{
		"message": {Author: ada},
		"NUL":     {Author: ada, Message: "a\x00b"},
		"author":  {Message: "m", Author: Person{Name: "Ada"}},
	} {
		request.Paths = []string{"."}
		if _, err := r.Stage(context.Background(), request); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}

func TestFiltersAndLineEndingsAreGits(t *testing.T) {
	s := newShop(t)
	s.push("attributes", map[string]string{".gitattributes": "*.crlf text\n*.up filter=up\n"})
	gittest.Git(t, s.work, "pull", "--quiet")
	gittest.Git(t, s.work, "config", "filter.up.clean", "tr a-z A-Z")
	s.write(map[string]string{"x.crlf": "one\r\ntwo\r\n", "y.up": "loud\n"})

	for path, says := range map[string]string{"x.crlf": "attribute text", "y.up": "attribute filter"} {
		_, err := s.open(noGit).Stage(context.Background(), StageRequest{Paths: []string{path}, Message: "m", Author: ada})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("without git, %s: error %v", path, err)
		}
	}
	r := s.open()
	s.want(s.land(r, s.stage(r), "land"), Landed)
	if s.file("x.crlf") != "one\ntwo\n" || s.file("y.up") != "LOUD\n" {
		t.Errorf("landed %q and %q", s.file("x.crlf"), s.file("y.up"))
	}
}

func TestASubmoduleIsStagedByItsCommit(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			lib := s.Create(t, "lib.git")
			author := gittest.Clone(t, lib)
			gittest.CommitAndPush(t, author, "main", "lib", map[string]string{"lib.txt": "1\n"})
			gittest.Git(t, s.rival, "submodule", "--quiet", "add", lib, "lib")
			s.rivalPush("submodule")
			s.work = gittest.Clone(t, s.url, "--recurse-submodules")
			r := s.open(way)
			next := gittest.Commit(t, filepath.Join(s.work, "lib"), "next", map[string]string{"lib.txt": "2\n"})
			s.want(s.land(r, s.stage(r), "land"), Landed)
			if got := s.git("ls-tree", "main", "lib"); got != "160000 commit "+next+"\tlib" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestACheckoutOfAnotherRepositoryIsNoPartOfThisOne(t *testing.T) {
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			for _, dir := range []string{"deploy", "env/charts"} {
				gittest.Git(t, s.work, "clone", "--quiet", s.url, dir)
				gittest.Commit(t, filepath.Join(s.work, dir), "elsewhere", map[string]string{"x.txt": "x\n"})
			}
			s.write(map[string]string{"a.txt": "a\n", "env/prod.yml": "tag: v2\n", "z.txt": "z\n"})
			r := s.open(way)
			s.want(s.land(r, s.stage(r), "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "a.txt\nenv/prod.yml\nz.txt" {
				t.Errorf("landed %q", got)
			}
			_, err := r.Stage(context.Background(), StageRequest{Paths: []string{"z.txt", "deploy/"}, Message: "m", Author: ada})
			if err == nil || !strings.Contains(err.Error(), "`checkout: deploy`") {
				t.Errorf("asked for by its path: %v", err)
			}
		})
	}
}

func TestASubmoduleThatIsNewIsStaged(t *testing.T) {
	s := newShop(t)
	lib := s.Create(t, "lib.git")
	gittest.CommitAndPush(t, gittest.Clone(t, lib), "main", "lib", map[string]string{"lib.txt": "1\n"})
	gittest.Git(t, s.work, "submodule", "--quiet", "add", lib, "lib")
	r := s.open()
	s.want(s.land(r, s.stage(r), "land"), Landed)
	if got := s.git("ls-tree", "--name-only", "main", "lib", ".gitmodules"); got != ".gitmodules\nlib" {
		t.Errorf("landed %q", got)
	}
}

func (s *shop) rivalPush(message string) {
	gittest.Git(s.t, s.rival, "commit", "--quiet", "-m", message)
	gittest.Git(s.t, s.rival, "push", "--quiet", "origin", "HEAD:main")
}

func TestTheCheckoutMayBeOfAnyShape(t *testing.T) {
	for name, make := range map[string]func(s *shop){
		"linked work tree": func(s *shop) {
			dir := filepath.Join(t.TempDir(), "linked")
			gittest.Git(t, s.work, "worktree", "add", "--quiet", "--detach", dir)
			s.work = dir
		},
		"borrowed objects": func(s *shop) {
			dir := filepath.Join(t.TempDir(), "borrower")
			gittest.Git(t, s.Root, "clone", "--quiet", "--shared", s.work, dir)
			s.work = dir
		},
		"packed refs":   func(s *shop) { gittest.Git(t, s.work, "pack-refs", "--all") },
		"packed":        func(s *shop) { gittest.Git(t, s.work, "gc", "--quiet") },
		"detached":      func(s *shop) { gittest.Git(t, s.work, "checkout", "--quiet", "--detach") },
		"sparse":        func(s *shop) { gittest.Git(t, s.work, "sparse-checkout", "set", "env") },
		"without index": func(s *shop) { _ = os.Remove(filepath.Join(s.work, ".git", "index")) },
		"split index":   func(s *shop) { gittest.Git(t, s.work, "update-index", "--split-index") },
		"odd path": func(s *shop) {
			dir := filepath.Join(t.TempDir(), "a:b \"c")
			gittest.Git(t, s.Root, "clone", "--quiet", s.url, dir)
			s.work = dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			make(s)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r, "env")
			s.push("rival", map[string]string{"env/prod.yml": "tag: v1\n", "b.txt": "b\n"})
			s.want(s.land(r, change, "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != "env/prod.yml" {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestWhatTheStepsDidToHeadIsUnderstoodOrRefused(t *testing.T) {
	tests := map[string]struct {
		do   func(s *shop)
		says string // of the error; empty for success
		left string // the file that lands
	}{
		"a merge": {func(s *shop) {
			gittest.Git(t, s.work, "checkout", "--quiet", "-b", "side", "HEAD^")
			gittest.Commit(t, s.work, "side", map[string]string{"side.txt": "1\n"})
			gittest.Git(t, s.work, "checkout", "--quiet", "main")
			gittest.Git(t, s.work, "merge", "--quiet", "--no-ff", "-m", "merge", "side")
		}, "has 2 parents", ""},
		"another root": {func(s *shop) {
			gittest.Git(t, s.work, "checkout", "--quiet", "--orphan", "new")
			gittest.Commit(t, s.work, "root", map[string]string{"root.txt": "1\n"})
		}, "has 0 parents", ""},
		"a pull": {func(s *shop) {
			s.push("rival", map[string]string{"b.txt": "b\n"})
			gittest.Git(t, s.work, "pull", "--quiet")
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
		}, "", "env/prod.yml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			test.do(s)
			change, err := r.Stage(context.Background(), StageRequest{Paths: []string{"."}, Message: "bump", Author: ada})
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %v, want %q", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s.want(s.land(r, change, "land"), Landed)
			if got := s.git("show", "--format=", "--name-only", "main"); got != test.left {
				t.Errorf("landed %q", got)
			}
		})
	}
}

func TestCommittingWhatLandedUncommittedIsNoNewChange(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r), "one"), Landed)
	gittest.Commit(t, s.work, "late", map[string]string{"own.txt": "1\n"}) // env/prod.yml with it
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	s.want(s.land(r, s.stage(r), "two"), Landed)
	if got := s.git("log", "-3", "--format=%s %an", "--name-only", "main"); strings.Join(strings.Fields(got), " ") != "bump Ada env/prod.yml late Ada own.txt bump Ada env/prod.yml" {
		t.Errorf("landed %q", got)
	}
	if s.file("env/prod.yml") != "tag: v3\n" {
		t.Errorf("file %q", s.file("env/prod.yml"))
	}
}

func TestNoTokenReachesAChild(t *testing.T) {
	s := newShop(t)
	s.guard("x-access-token", "ghs_sesame")
	dump := filepath.Join(t.TempDir(), "environment")
	gittest.Git(t, s.work, "config", "filter.spy.clean", "env >>'"+dump+"'; cat")
	gittest.Write(t, s.work, map[string]string{".git/info/attributes": "* filter=spy\n"})
	basic := "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Z2hzX3Nlc2FtZQ==" // x-access-token:ghs_sesame
	r := s.open(func(o *Options) {
		o.Remote.Credentials = Credentials{Username: "x-access-token", Password: "ghs_sesame"}
		o.Env = append(o.Env, "GITHUB_TOKEN=other", "MY_TOKEN=ghs_sesame", "CLONE_URL=https://x:ghs_sesame@host/", "HARMLESS=yes",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraheader", "GIT_CONFIG_VALUE_0="+basic, "GIT_DIR=/nowhere")
	})
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r), "land"), Landed)
	seen, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"ghs_sesame", "GITHUB_TOKEN", "eC1hY2Nlc3MtdG9rZW46Z2hzX3Nlc2FtZQ"} {
		if strings.Contains(string(seen), secret) {
			t.Errorf("a child saw %s", secret)
		}
	}
	if !strings.Contains(string(seen), "HARMLESS=yes") {
		t.Error("the user's environment did not reach the child")
	}
}

func TestWithoutACheckoutNothingCanBeStaged(t *testing.T) {
	s := newShop(t)
	r := s.open(func(o *Options) { o.Checkout = "" })
	if _, err := r.Stage(context.Background(), StageRequest{Paths: []string{"."}}); err == nil {
		t.Error("staged without a checkout")
	}
	if tip, err := r.Tip(context.Background(), "main"); err != nil || tip != s.main() {
		t.Errorf("tip %s, %v", tip, err)
	}
}

func TestACheckoutOfAnotherUserIsStaged(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to another user")
	}
	s := newShop(t)
	gittest.Write(t, s.work, map[string]string{"a.txt": "changed\n"})
	err := filepath.WalkDir(s.work, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, 12345, 12345))
	})
	if err != nil {
		t.Fatal(err)
	}
	change, err := s.open().Stage(context.Background(), StageRequest{Paths: []string{"."}, Message: "change", Author: ada})
	if err != nil || len(change.Commits()) != 1 {
		t.Errorf("%v, %v", change.Commits(), err)
	}
}
