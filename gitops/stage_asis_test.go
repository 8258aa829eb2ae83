package gitops

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

// bothWays stages a few paths without asking git, where belay dares to, and with git's own `add`. It returns what either
// would land.
func bothWays(t testing.TB, r *Repo, paths ...string) (asIs, byGit []merge.Change, dares bool, err error) {
	t.Helper()
	list, ok := few(paths)
	if !ok {
		t.Fatalf("%q are not few", paths)
	}
	if err := r.openLayers(); err != nil {
		t.Fatal(err)
	}
	private, err := r.privateIndex()
	if err != nil {
		t.Fatal(err)
	}
	entries, written, err := r.fewEntries(r.recorded, list)
	if errors.Is(err, errIndexShape) {
		return nil, nil, false, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	added, dares := r.addAsIs(entries, list)
	if dares {
		if asIs, err = r.changesFrom(r.recorded, added, list); err != nil {
			t.Fatal(err)
		}
	}
	added, err = r.addFew(context.Background(), private, entries, written, paths)
	if err == nil {
		byGit, err = r.changesFrom(r.recorded, added, list)
	}
	return asIs, byGit, dares, err
}

func needsLinux(t testing.TB) {
	t.Helper()
	git, err := exec.LookPath("git")
	if _, usual := (child{git: git}).systemFolders(); err != nil || runtime.GOOS != "linux" || !usual {
		t.Skip("git is always asked here")
	}
}

func TestGitIsNotAskedForAFileItCouldOnlyStoreAsItLiesThere(t *testing.T) {
	needsLinux(t)
	for name, do := range map[string]func(s *shop){
		"as cloned": func(*shop) {},
		"with rules that do not matter": func(s *shop) {
			s.write(map[string]string{".gitattributes": "* text=auto\n*.png binary\n", ".gitignore": "*.log\n/build/\nnode_modules\n*.txt\n!keep.txt\n"})
		},
		"as actions/checkout leaves it": func(s *shop) {
			s.write(map[string]string{".git/of-checkout": "[http \"https://host/\"]\n\textraheader = AUTHORIZATION: basic eA==\n"})
			gittest.Git(t, s.work, "config", "--local", "gc.auto", "0")
			gittest.Git(t, s.work, "config", "--local", "includeIf.gitdir:"+s.work+"/.git.path", filepath.Join(s.work, ".git", "of-checkout"))
			gittest.Git(t, s.work, "config", "--local", "extensions.partialClone", "origin")
		},
		"executable": func(s *shop) {
			if err := os.Chmod(filepath.Join(s.work, "env/prod.yml"), 0o755); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			do(s)
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			asIs, byGit, dares, err := bothWays(t, s.open(), "env/prod.yml", "a.txt")
			if !dares || err != nil || len(byGit) != 1 {
				t.Fatalf("dares %v, git says %v, %v", dares, byGit, err)
			}
			if diff := cmp.Diff(byGit, asIs); diff != "" {
				t.Errorf("(-git +belay):\n%s", diff)
			}
		})
	}
	t.Run("new and not ignored", func(t *testing.T) {
		s := newShop(t)
		s.write(map[string]string{".gitignore": "*.log\nbuild/\n"})
		s.write(map[string]string{"env/new.yml": "tag: v2\n"})
		asIs, byGit, dares, err := bothWays(t, s.open(), "env/new.yml")
		if !dares || err != nil || !cmp.Equal(asIs, byGit) {
			t.Errorf("dares %v: %v, git %v, %v", dares, asIs, byGit, err)
		}
	})
}

func TestWhatLandedAsItLiesThereIsNoChangeToGit(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r, "env/prod.yml"), "one"), Landed)
	s.write(map[string]string{"a.txt": "one\n"})
	s.want(s.land(r, s.stage(r), "two"), Landed)
	if got := s.git("show", "--format=", "--name-only", "main"); got != "a.txt" {
		t.Errorf("landed %q", got)
	}
	if left := s.stage(r, "*.txt", "env"); !left.Empty() {
		t.Errorf("staged again: %v", left.Commits())
	}
	s.sound()
}

// Each of these makes git store something else than the file as it lies there, or refuse it.
func TestGitIsAskedWhereItMayStoreAFileOtherwise(t *testing.T) {
	needsLinux(t)
	home := func(s *shop, file, text string) func(*Options) {
		dir := s.t.TempDir()
		gittest.Write(s.t, dir, map[string]string{file: text})
		return func(o *Options) {
			o.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
		}
	}
	const crlf, autocrlf = "tag: v2\r\n", "[core]\n\tautocrlf = input\n"
	for name, do := range map[string]func(s *shop) (change func(*Options)){
		"core.autocrlf": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "config", "core.autocrlf", "input")
			s.write(map[string]string{"env/prod.yml": crlf})
			return nil
		},
		"on one line with its section": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[core] autocrlf = input\n", "env/prod.yml": crlf})
			return nil
		},
		"on two lines": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[alias]\n\tx = y \\\n[core]\n\tautocrlf = input\n[user]\n\tname = a\\\n[alias]\n[core]\n\tautocrlf = input\n", "env/prod.yml": crlf})
			return nil
		},
		"below an odd subsection": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[url \"a]b\"]\n\tinsteadOf = x\n[CORE]\n\tAutoCRLF = input\n", "env/prod.yml": crlf})
			return nil
		},
		"included": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[include]\n\tpath = more\n", ".git/more": autocrlf, "env/prod.yml": crlf})
			return nil
		},
		"included where a condition holds": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[includeIf \"onbranch:main\"]\n\tpath = \"more\"\n", ".git/more": autocrlf, "env/prod.yml": crlf})
			return nil
		},
		"in the user's home": func(s *shop) func(*Options) {
			s.write(map[string]string{"env/prod.yml": crlf})
			return home(s, ".gitconfig", autocrlf)
		},
		"in the user's other home": func(s *shop) func(*Options) {
			s.write(map[string]string{"env/prod.yml": crlf})
			return home(s, ".config/git/config", autocrlf)
		},
		"included from the home": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/config": "[include]\n\tpath = ~/more\n", "env/prod.yml": crlf})
			return home(s, "more", autocrlf)
		},
		"in a named file": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/named": autocrlf, "env/prod.yml": crlf})
			return func(o *Options) { o.Env = append(o.Env, "GIT_CONFIG_GLOBAL="+filepath.Join(s.work, ".git/named")) }
		},
		"in the environment": func(s *shop) func(*Options) {
			s.write(map[string]string{"env/prod.yml": crlf})
			return func(o *Options) {
				o.Env = append(o.Env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.autocrlf", "GIT_CONFIG_VALUE_0=input")
			}
		},
		"of one work tree": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "config", "extensions.worktreeConfig", "true")
			gittest.Git(t, s.work, "config", "--worktree", "core.autocrlf", "input")
			s.write(map[string]string{"env/prod.yml": crlf})
			return nil
		},
		"a git that is a script": func(s *shop) func(*Options) {
			real, err := exec.LookPath("git")
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			gittest.Write(t, dir, map[string]string{"git": "#!/bin/sh\nexec " + real + " -c core.autocrlf=input \"$@\"\n"})
			if err := os.Chmod(filepath.Join(dir, "git"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			s.write(map[string]string{"env/prod.yml": crlf})
			return nil
		},
		"text": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitattributes": "* text=auto\n", "env/prod.yml": crlf})
			return nil
		},
		"text in a folder": func(s *shop) func(*Options) {
			s.write(map[string]string{"env/.gitattributes": "* text\n", "env/prod.yml": crlf})
			return nil
		},
		"text in the repository": func(s *shop) func(*Options) {
			s.write(map[string]string{".git/info/attributes": "* text\n", "env/prod.yml": crlf})
			return nil
		},
		"text in the home": func(s *shop) func(*Options) {
			s.write(map[string]string{"env/prod.yml": crlf})
			return home(s, ".config/git/attributes", "* text\n")
		},
		"text in the index alone": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitattributes": "* text\n", "env/prod.yml": crlf})
			gittest.Git(t, s.work, "add", ".gitattributes")
			gittest.Remove(t, filepath.Join(s.work, ".gitattributes"))
			return nil
		},
		"ident": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitattributes": "* ident\n", "env/prod.yml": "tag: $Id: old $\n"})
			return nil
		},
		"encoding": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitattributes": "*.yml working-tree-encoding=ISO-8859-1\n", "env/prod.yml": "tag: \xfc\n"})
			return nil
		},
		"a filter": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "config", "filter.up.clean", "tr a-z A-Z")
			s.write(map[string]string{".gitattributes": "*.yml filter=up\n", "env/prod.yml": "tag: v2\n"})
			return nil
		},
		"a filter by another name": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "config", "filter.up.clean", "tr a-z A-Z")
			s.write(map[string]string{".gitattributes": "[attr]loud filter=up\n", "env/.gitattributes": "*.yml loud\n", "env/prod.yml": "tag: v2\n"})
			return nil
		},
		"a bit that does not count": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "config", "core.fileMode", "false")
			if err := os.Chmod(filepath.Join(s.work, "env/prod.yml"), 0o755); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		"a link": func(s *shop) func(*Options) {
			gittest.Remove(t, filepath.Join(s.work, "env/prod.yml"))
			if err := os.Symlink("dev.yml", filepath.Join(s.work, "env/prod.yml")); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		"beyond a link": func(s *shop) func(*Options) {
			if err := errors.Join(os.Rename(filepath.Join(s.work, "env"), filepath.Join(s.work, "real")), os.Symlink("real", filepath.Join(s.work, "env"))); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		"deleted": func(s *shop) func(*Options) {
			gittest.Remove(t, filepath.Join(s.work, "env/prod.yml"))
			return nil
		},
		"a folder now": func(s *shop) func(*Options) {
			gittest.Remove(t, filepath.Join(s.work, "env/prod.yml"))
			s.write(map[string]string{"env/prod.yml/in.txt": "in\n"})
			return nil
		},
		"assumed to be unchanged": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "update-index", "--assume-unchanged", "env/prod.yml")
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			return nil
		},
		"in a folder that is ignored": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitignore": "\ufeff!x\n/env/  \n", "env/prod.yml": "tag: v2\n"})
			return nil
		},
		"in a folder below one that is ignored": func(s *shop) func(*Options) {
			s.write(map[string]string{".gitignore": "\ufeff*nv\n", "env/prod.yml": "tag: v2\n"})
			return nil
		},
		"new and ignored": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "rm", "-q", "--cached", "env/prod.yml")
			s.write(map[string]string{"env/.gitignore": "*.yml\n"})
			return nil
		},
		"new and ignored in the repository": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "rm", "-q", "--cached", "env/prod.yml")
			s.write(map[string]string{".git/info/exclude": "# none\n*.yml\n"})
			return nil
		},
		"new and ignored in the home": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "rm", "-q", "--cached", "env/prod.yml")
			return home(s, ".config/git/ignore", "*.yml\n")
		},
		"in a sparse checkout": func(s *shop) func(*Options) {
			gittest.Git(t, s.work, "sparse-checkout", "set", "--no-cone", "a.txt")
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			change := do(s)
			if change == nil {
				change = func(*Options) {}
			}
			r := s.open(change)
			_, byGit, dares, err := bothWays(t, r, "env/prod.yml")
			if dares {
				t.Errorf("git was not asked: %v, %v", byGit, err)
			}
			if mode, content, ok := r.checkout.smallFile("env/prod.yml"); ok {
				hash := gittest.Git(t, s.work, "hash-object", "--no-filters", "--", "env/prod.yml")
				want := []merge.Change{{Path: "env/prod.yml", Mode: mode, Hash: ID(hash).hash()}}
				if cmp.Equal(byGit, want) {
					t.Errorf("git stores %q as it lies there: this case shows nothing", content)
				}
			}
		})
	}
}

// TestFilesAreStoredAsGitStoresThem makes work trees at random, of what git has to say about files, and compares. BELAY_STAGINGS
// says how many.
func TestFilesAreStoredAsGitStoresThem(t *testing.T) {
	needsLinux(t)
	rounds, seed := 300, rand.Uint64()
	if more, err := strconv.Atoi(os.Getenv("BELAY_STAGINGS")); err == nil {
		rounds = more
	}
	t.Logf("seed %d", seed)
	pick := rand.New(rand.NewPCG(seed, 0))
	one := func(of ...string) string { return of[pick.IntN(len(of))] }
	s := newShop(t)
	fresh := s.work
	dared := 0
	for range rounds {
		s.work = filepath.Join(t.TempDir(), "work")
		if out, err := exec.Command("cp", "-a", fresh, s.work).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		config := ""
		for range pick.IntN(3) {
			config += one("[core]\n", "[Core] ", "[include]\n", "[filter \"up\"]\n", "[user]\n", "[core \"x\"]\n") +
				one("\tautocrlf = true\n", "\tfilemode = true\n", "\tfilemode\n", "\tfilemode = false\n", "\tclean = tr a-z A-Z\n", "\tpath = more\n", "\tname = x ; y\n", "# \\\n", "\teol = crlf\n")
		}
		files := map[string]string{
			".git/config":          "[core]\n\trepositoryformatversion = 0\n\tbare = false\n" + config,
			".git/more":            one("", "[core]\n\tautocrlf = input\n", "[user]\n\tname = x\n"),
			".git/info/exclude":    one("", "# nothing\n", "*.yml\n"),
			".git/info/attributes": one("", "", "*.txt text\n", "env/* filter=up\n"),
		}
		if pick.IntN(3) == 0 {
			files[one("", "env/")+".gitattributes"] = one("* text=auto\n", "*.yml ident\n", "*.yml filter=up\n", "*.png binary\n", "*.yml -text\n")
		}
		if pick.IntN(3) == 0 {
			files[one("", "env/")+".gitignore"] = one("*.yml\n", "*.log\n", "env\n", "/env/\n", "e*\n!env\n", "env/*\n", "**/env\n", "[!x]nv/\n", "env/prod.yml\n", "\\env\n", "env/**\n", "env /\n", "ENV\n")
		}
		name := one("env/prod.yml", "a.txt", "env/new.yml", "new.txt", "env/GIT~1", "env/a b.yml")
		files[name] = one("tag: v2\n", "tag: v2\r\n", "$Id: x $\n", "", "\x00\r\n", "tag: v1\n", strings.Repeat("x", asIsAtMost), strings.Repeat("x", asIsAtMost+1))
		s.write(files)
		if pick.IntN(4) == 0 {
			if err := os.Chmod(filepath.Join(s.work, name), os.FileMode(0o600|pick.IntN(64))); err != nil {
				t.Fatal(err)
			}
		}
		if pick.IntN(6) == 0 {
			_, _ = gittest.TryGit(s.work, strings.Fields(one("update-index --assume-unchanged "+name, "add -N "+name, "rm -q --cached "+name, "add "+name))...)
		}
		asIs, byGit, dares, err := bothWays(t, s.open(), name)
		if !dares {
			continue
		}
		dared++
		if err != nil || !cmp.Equal(asIs, byGit) {
			t.Errorf("%s of %s: belay %v, git %v, %v", name, fmt.Sprintf("%.300q", files), asIs, byGit, err)
		}
	}
	t.Logf("git was not asked in %d of %d", dared, rounds)
	if dared < rounds/10 {
		t.Errorf("dared only %d times of %d", dared, rounds)
	}
}
