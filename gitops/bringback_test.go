package gitops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

// everything lists a work tree, with folders, modes, links and contents, and without the repository itself.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name := strings.TrimPrefix(path, dir+string(filepath.Separator))
		if name == ".git" {
			return filepath.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		switch {
		case d.IsDir():
			all[name] = "folder"
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			text, err = os.Readlink(path)
		default:
			var data []byte
			data, err = os.ReadFile(path)
			text = string(data)
		}
		all[name] = info.Mode().String() + " " + text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// workplace is a clone in which somebody was at work: with changes staged and not, files of their own, links, folders, and
// repositories within.
func workplace(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	gittest.CommitAndPush(t, s.rival, "main", "more", map[string]string{
		".gitignore": "*.log\ncache/\n", "bin/tool": "#!/bin/sh\n", "docs/a.md": "a\n", "docs/b.md": "b\n", "gone.txt": "g\n", "kind/of.txt": "x\n",
	})
	s.work = gittest.Clone(t, s.url)
	s.write(map[string]string{
		"README": "mine\n", "docs/a.md": "staged\n", "notes.txt": "my notes\n", "new/deep/er.txt": "x\r\ny\n",
		"cache/big": "c\n", "run.log": "l\n", "own/x.txt": "own\n", "odd \"name\"\n": "odd\n", ".env": "S=1\n", "staged-new.txt": "s\n",
	})
	s.script(`
		git add docs/a.md staged-new.txt
		rm gone.txt
		mkdir -p empty/within
		ln -s ../outside link; ln -s docs docs-link
		chmod 600 notes.txt; chmod 755 bin/tool; chmod 640 .env
		echo .env > .git/info/exclude
		git init -q own
	`)
	return s
}

// copied is the same with a copy of the clone.
func (s *shop) copied(t *testing.T) *shop {
	t.Helper()
	work := filepath.Join(t.TempDir(), "clone")
	if out, err := gittest.TryCommand(s.work, "cp", "-a", ".", work); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return &shop{Server: s.Server, t: t, url: s.url, work: work, rival: s.rival}
}

func (s *shop) script(text string) {
	s.t.Helper()
	if out, err := gittest.TryCommand(s.work, "sh", "-ec", text); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}

func TestBringBack(t *testing.T) {
	place := workplace(t)
	for name, test := range map[string]struct {
		attempt string
		extent  Extent
		gone    []string          // of what was there
		left    map[string]string // what stays of the attempt
	}{
		"nothing": {attempt: `true`},
		"files changed, deleted and added": {
			attempt: `echo x > README; echo x > a.txt; echo x > notes.txt; rm .gitignore docs/b.md new/deep/er.txt; echo x > gone.txt; mkdir -p out/a; touch out/a/b top "sp ace" odd*`,
		},
		"the user's file gone through git": {
			attempt: `git add -A . ':!own'; git -c user.name=x -c user.email=x@x commit -qm all; git rm -q notes.txt; git -c user.name=x -c user.email=x@x commit -qm gone`,
		},
		"modes and links": {
			attempt: `chmod 644 notes.txt; chmod 644 bin/tool; ln -sfn elsewhere link; rm docs-link; echo text > docs-link; rm notes.txt; ln -s README notes.txt`,
		},
		"same size, and the time put back": {
			attempt: `touch -r notes.txt t; echo MY_notes > notes.txt; touch -r t notes.txt; rm t; touch -r a.txt t; sed -i s/one/ONE/ a.txt; touch -r t a.txt; rm t`,
		},
		"commits": {
			attempt: `git -c user.name=x -c user.email=x@x commit -qam one; echo y > y; git add y; git -c user.name=x -c user.email=x@x commit -qm two`,
		},
		"another branch, a detached head": {attempt: `git stash -q; git checkout -q -b side; git checkout -q --detach HEAD~1`},
		"a rebase that stopped": {
			attempt: `git add -A . ':!own'; export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x; git commit -qm mine
				git checkout -q -b side HEAD~1; echo other > README; git commit -qam other; git rebase main || true; test -d .git/rebase-merge`,
		},
		"a lock of a git that was killed":                   {attempt: `echo x > README; touch .git/index.lock`},
		"a lock of a git that was killed while it moved on": {attempt: `git checkout -q --detach; touch .git/HEAD.lock`},
		"folders and files in each other's place": {
			attempt: `rm -rf docs; echo file > docs; rm a.txt; mkdir a.txt; echo x > a.txt/x; rm -rf new; ln -s env new; rm notes.txt; mkdir -p notes.txt/deep; touch notes.txt/deep/x`,
		},
		"a folder becomes a link to another": {
			attempt: `rm -rf docs; ln -s env docs; echo x > docs/prod.yml; echo x > docs/a.md; rm -rf new; mkdir elsewhere; ln -s ../elsewhere new; mkdir ../elsewhere || true`,
		},
		"a link to itself in the place of a folder": {attempt: `rm -rf docs new env; ln -s docs docs; ln -s new new; ln -s env/. env`},
		"a link in the place of rules":              {attempt: `rm .gitignore; ln -s docs .gitignore; ln -s .gitignore docs/.gitignore; ln -s docs .gitattributes`},
		"empty folders":                             {attempt: `rmdir empty/within; mkdir -p fresh/one/two; mkdir new/deep/hollow`},
		"the rules of what is ignored": {
			attempt: `: > .gitignore; : > .git/info/exclude; mkdir sub; echo '*.o' > sub/.gitignore; touch sub/a.o b.log`,
			left:    map[string]string{"b.log": "-rw-r--r-- "},
		},
		"ignored files stay": {
			attempt: `echo more >> run.log; echo x > cache/new; echo x > new.log; mkdir -p sub/cache; touch sub/cache/x`,
			left: map[string]string{"run.log": "-rw-r--r-- l\nmore\n", "cache/new": "-rw-r--r-- x\n", "new.log": "-rw-r--r-- x\n",
				"sub": "folder", "sub/cache": "folder", "sub/cache/x": "-rw-r--r-- "},
		},
		"ignored files go where that was wanted": {
			extent:  IgnoredToo,
			attempt: `echo more >> run.log; echo x > cache/new; echo x > new.log; mkdir -p sub/cache; touch sub/cache/x; rm .env`,
			gone:    []string{".env"},
			left:    map[string]string{"run.log": "-rw-r--r-- l\nmore\n", "cache/new": "-rw-r--r-- x\n"},
		},
		"repositories within": {
			attempt: `echo x > own/y.txt; rm own/x.txt; git init -q fetched; echo x > fetched/x; (cd fetched; git add x; git -c user.name=x -c user.email=x@x commit -qm x)`,
			gone:    []string{"own/x.txt"},
			left:    map[string]string{"own/y.txt": "-rw-r--r-- x\n"},
		},
		"folders nobody may write to": {attempt: `mkdir -p ro/a; touch ro/a/x; chmod 555 ro/a ro`},
	} {
		for way, how := range ways() {
			t.Run(name+", "+way, func(t *testing.T) {
				s := place.copied(t)
				r := s.open(how)
				want := everything(t, s.work)
				status, head := gittest.Git(t, s.work, "status", "--porcelain", "--ignored"), gittest.Git(t, s.work, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
				was := s.snapshot(r)
				s.script(test.attempt)
				if _, err := r.BringBack(context.Background(), was, test.extent); err != nil {
					t.Fatal(err)
				}
				for _, name := range test.gone {
					delete(want, name)
				}
				for name, text := range test.left {
					want[name] = text
				}
				if diff := cmp.Diff(want, everything(t, s.work)); diff != "" {
					t.Errorf("(-wanted +is)\n%s", diff)
				}
				if len(test.left)+len(test.gone) == 0 {
					s.script(`echo .env > .git/info/exclude`) // the repository's own files are not looked after
					if got := gittest.Git(t, s.work, "status", "--porcelain", "--ignored"); got != status {
						t.Errorf("status\n%s\nwas\n%s", got, status)
					}
				}
				if got := gittest.Git(t, s.work, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD"); got != head {
					t.Errorf("HEAD is %s, was %s", got, head)
				}
				if out, err := gittest.TryGit(s.work, "fsck", "--full"); err != nil {
					t.Errorf("git fsck: %v\n%s", err, out)
				}
				if _, err := r.BringBack(context.Background(), was, test.extent); err != nil {
					t.Errorf("a second time: %v", err)
				}
				if err := r.Drop(was); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Whatever an attempt does to files and folders, what is not ignored is as it was.
func TestBringBackFromAnything(t *testing.T) {
	for way, how := range ways() {
		t.Run(way, func(t *testing.T) { bringBackFromAnything(t, how) })
	}
}

func bringBackFromAnything(t *testing.T, how func(*Options)) {
	t.Helper()
	seed := uint64(os.Getpid())
	random := rand.New(rand.NewPCG(seed, 1))
	s := workplace(t)
	r := s.open(how)
	want := everything(t, s.work)
	was := s.snapshot(r)
	for round := range 10 {
		var did []string
		for range 12 {
			did = append(did, vandal(t, random, s.work))
		}
		if _, err := r.BringBack(context.Background(), was, AllButIgnored); err != nil {
			t.Fatalf("seed %d, round %d: %v after\n%s", seed, round, err, strings.Join(did, "\n"))
		}
		got := everything(t, s.work)
		for _, all := range []map[string]string{want, got} {
			for name := range all {
				if strings.HasPrefix(name, "own") || strings.Contains(name, "cache") || strings.HasSuffix(name, ".log") || name == ".env" {
					delete(all, name)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, round %d: (-wanted +is)\n%s\nafter\n%s", seed, round, diff, strings.Join(did, "\n"))
		}
	}
}

// vandal does one thing to a work tree, and says what.
func vandal(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	names := []string{"README", "a.txt", "docs", "docs/a.md", "notes.txt", "new", "new/deep", "new/deep/er.txt", "link", "docs-link", "empty", "bin/tool", "x", "x/y", ".gitignore"}
	name := names[random.IntN(len(names))]
	other := names[random.IntN(len(names))]
	script := []string{
		`rm -rf "$1"`, `echo v > "$1"`, `mkdir -p "$1"`, `rm -rf "$1"; ln -s "$2" "$1"`, `mv "$1" "$2"`, `cp -r "$1" "$2"`, `chmod 700 "$1"`,
		`git add "$1"`, `git rm -rqf --cached "$1"`, `git -c user.name=x -c user.email=x@x commit -qam x`, `git stash -q`, `git checkout -qf --detach`,
	}[random.IntN(12)]
	_, _ = gittest.TryCommand(dir, "sh", "-c", script, "sh", name, other) // what can't be done isn't
	return fmt.Sprintf("%s %q %q", script, name, other)
}

func TestASnapshotDoesNotCopyWithoutEnd(t *testing.T) {
	s := newShop(t)
	r := s.open()
	f, err := os.Create(filepath.Join(s.work, "huge"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(MostCopied+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Snapshot(context.Background()); !errors.Is(err, errTooMuch) {
		t.Errorf("error %v", err)
	}
}

func TestRefreshKeepsWhatIsTheUsers(t *testing.T) {
	for name, test := range map[string]struct {
		attempt string
		rival   map[string]string
		refused string
	}{
		"an untracked file the run changed":        {attempt: `echo x > notes.txt`},
		"an untracked file the run committed":      {attempt: `git add notes.txt; git -c user.name=x -c user.email=x@x commit -qm x`},
		"an ignored file the branch ignores never": {attempt: `true`, rival: map[string]string{".gitignore": "nothing\n"}},
		"a file the branch has now, too":           {attempt: `true`, rival: map[string]string{"notes.txt": "theirs\n"}, refused: "notes.txt"},
		"an ignored file the branch has now":       {attempt: `true`, rival: map[string]string{"cache/big": "theirs\n"}, refused: "cache"},
		"a folder the branch has a file for":       {attempt: `true`, rival: map[string]string{"new": "theirs\n"}, refused: "new"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.push("rules", map[string]string{".gitignore": "cache/\n"})
			s.work = gittest.Clone(t, s.url)
			s.write(map[string]string{"notes.txt": "mine\n", "cache/big": "big\n", "new/x": "x\n"})
			r := s.open()
			start := s.snapshot(r)
			s.script(test.attempt)
			if test.rival != nil {
				gittest.Write(t, s.rival, test.rival)
				gittest.Git(t, s.rival, "add", "--force", ".")
				gittest.Git(t, s.rival, "commit", "--quiet", "--message=rival")
				gittest.Git(t, s.rival, "push", "--quiet", "origin", "HEAD:main")
			}
			_, err := r.Refresh(context.Background(), "main", start, AllButIgnored)
			if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused+", which")) {
				t.Fatalf("error %v, want %q", err, test.refused)
			}
			got := everything(t, s.work)
			for name, text := range map[string]string{"notes.txt": "mine\n", "cache/big": "big\n", "new/x": "x\n"} {
				if got[name] != "-rw-r--r-- "+text {
					t.Errorf("%s is %q", name, got[name])
				}
			}
		})
	}
}

func TestASnapshotOutlivesItsProcess(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"notes.txt": "mine\n", "new/x": "x\n"})
	temp := t.TempDir()
	same := func(o *Options) { o.Temp = temp }
	start := s.snapshot(s.open(same))
	text, err := start.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	s.script(`rm notes.txt; echo y > new/x; touch made`)
	var kept Snapshot
	if err := kept.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(same).Refresh(context.Background(), "main", kept, AllButIgnored); err != nil {
		t.Fatal(err)
	}
	if status := gittest.Git(t, s.work, "status", "--porcelain", "-uall"); status != "?? new/x\n?? notes.txt" {
		t.Errorf("status %q", status)
	}
	if got := everything(t, s.work); got["notes.txt"] != "-rw-r--r-- mine\n" || got["new/x"] != "-rw-r--r-- x\n" {
		t.Errorf("%q %q", got["notes.txt"], got["new/x"])
	}
}
