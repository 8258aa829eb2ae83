package arbiter

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/gitops/merge"
)

const lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"

// tree stores files as a tree.
func tree(t *testing.T, s *memory.Storage, files map[string]string) plumbing.Hash {
	t.Helper()
	var changes []merge.Change
	for path, text := range files {
		o := s.NewEncodedObject()
		o.SetType(plumbing.BlobObject)
		w, err := o.Writer()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		id, err := s.SetEncodedObject(o)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, merge.Change{Path: path, Mode: filemode.Regular, Hash: id})
	}
	id, err := merge.Update(s, plumbing.ZeroHash, changes)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func open(t *testing.T, program string) *Git {
	t.Helper()
	g, err := Open(program, t.TempDir(), nil, func(plumbing.Hash) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// installed returns the installed git.
func installed(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	return program
}

// fake writes a program that is run for git.
func fake(t *testing.T, script string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	path := filepath.Join(t.TempDir(), "git")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// arbitrate merges with g for an arbiter, and reports whether it was asked.
func arbitrate(t *testing.T, g *Git, s *memory.Storage, base, ours, theirs map[string]string) (r merge.Result, asked bool) {
	t.Helper()
	o := merge.Options{Arbiter: func(q merge.Question) (merge.Verdict, error) {
		asked = true
		return g.Merge(context.Background(), s, q)
	}}
	r, err := merge.TreesWith(s, tree(t, s, base), tree(t, s, ours), tree(t, s, theirs), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, asked
}

// many are more lines than belay compares.
func many(word string) string {
	var b strings.Builder
	for i := range 2001 {
		fmt.Fprintf(&b, "%s %d\n", word, i)
	}
	return b.String()
}

type files = map[string]string

func TestGitDecides(t *testing.T) {
	g := open(t, installed(t)) // one for all cases, as in a run that lands again and again
	swap := func(old, fresh string) string { return strings.Replace(lines, old, fresh, 1) }
	for _, c := range []struct {
		name               string
		base, ours, theirs files
		want               files // nil for a conflict
		asked              bool
	}{
		{"nothing, where belay is sure", files{"f": lines}, files{"f": swap("1", "one")}, files{"f": swap("9", "nine")},
			files{"f": "one" + lines[1:len(lines)-2] + "nine\n"}, false},
		{"a renamed and changed file", files{"f": lines}, files{"d/g": swap("1", "one")}, files{"f": swap("9", "nine")},
			files{"d/g": "one" + lines[1:len(lines)-2] + "nine\n"}, true},
		{"a file both sides renamed", files{"f": lines, "k": ""}, files{"g": lines, "k": ""}, files{"g": swap("9", "nine"), "k": "1"},
			files{"g": swap("9", "nine"), "k": "1"}, true},
		{"which of two like files moved where", files{"f": lines, "g": lines}, files{"d/f": lines, "d/g": lines}, files{"f": swap("9", "nine"), "g": lines},
			files{"d/f": swap("9", "nine"), "d/g": lines}, true},
		{"a file both deleted where one of a like size came", files{"f": lines, "k": ""}, files{"g": "a\nb\nc\nd\ne\nf\ng\nh\n", "k": ""}, files{"k": "1"},
			files{"g": "a\nb\nc\nd\ne\nf\ng\nh\n", "k": "1"}, true},
		{"a file added to a folder the other side moved, which git asks about", files{"d/f": lines, "d/g": "1\n2\n"}, files{"d/f": lines, "d/g": "1\n2\n", "d/new": "n"},
			files{"e/f": lines, "e/g": "1\n2\n"}, nil, true},
		{"where a line is among equal ones", files{"f": "a\nb\na\nb\na\nx\ny\n"}, files{"f": "a\nb\na\nb\na\nb\na\nx\ny\n"}, files{"f": "z\na\nb\na\nb\na\nx\ny\n"},
			files{"f": "z\na\nb\na\nb\na\nb\na\nx\ny\n"}, true},
		{"a file with too many changed lines", files{"f": "0\n" + lines + many("old")}, files{"f": "0\n" + lines + many("new")}, files{"f": "zero\n" + lines + many("old")},
			files{"f": "zero\n" + lines + many("new")}, true},
		{"a real conflict", files{"f": lines}, files{"f": swap("1", "one")}, files{"f": swap("1", "uno")}, nil, true},
		{"histories that share nothing", nil, files{"f": lines, "g": "1"}, files{"f": swap("1", "one"), "h": "1"}, nil, true},
		{"a union", files{"f": lines, ".gitattributes": "f merge=union\n"}, files{"f": swap("1", "one"), ".gitattributes": "f merge=union\n"},
			files{"f": swap("1", "uno"), ".gitattributes": "f merge=union\n"},
			files{"f": "one\nuno" + lines[1:], ".gitattributes": "f merge=union\n"}, true},
		{"a union in a folder", files{"d/f": lines, "d/.gitattributes": "/f merge=union\n"}, files{"d/f": swap("1", "one"), "d/.gitattributes": "/f merge=union\n"},
			files{"d/f": swap("1", "uno"), "d/.gitattributes": "/f merge=union\n"},
			files{"d/f": "one\nuno" + lines[1:], "d/.gitattributes": "/f merge=union\n"}, true},
		{"the attribute of before does not linger", files{"d/f": lines}, files{"d/f": swap("1", "one")}, files{"d/f": swap("1", "uno")}, nil, true},
		{"a file merged as binary", files{"f": lines, ".gitattributes": "f binary\n"}, files{"f": swap("1", "one"), ".gitattributes": "f binary\n"},
			files{"f": swap("9", "nine"), ".gitattributes": "f binary\n"}, nil, true},
		{"nothing, where a driver of the user's own would", files{"f": lines, ".gitattributes": "f merge=mine\n"}, files{"f": swap("1", "one"), ".gitattributes": "f merge=mine\n"},
			files{"f": swap("9", "nine"), ".gitattributes": "f merge=mine\n"}, nil, false},
		{"nothing, where a macro asks for one", files{"f": lines, ".gitattributes": "[attr]m merge=mine\n[attr]n m\n* n\n"},
			files{"g": swap("1", "one"), ".gitattributes": "[attr]m merge=mine\n[attr]n m\n* n\n"},
			files{"f": swap("9", "nine"), ".gitattributes": "[attr]m merge=mine\n[attr]n m\n* n\n"}, nil, false},
		{"what a driver for other files does not touch", files{"f": lines, ".gitattributes": "x.* merge=mine\n"}, files{"g": swap("1", "one"), ".gitattributes": "x.* merge=mine\n"},
			files{"f": swap("9", "nine"), ".gitattributes": "x.* merge=mine\n"},
			files{"g": "one" + lines[1:len(lines)-2] + "nine\n", ".gitattributes": "x.* merge=mine\n"}, true},
		{"nothing, where the sides differ on an attribute that counts", files{"f": lines}, files{"f": swap("1", "one"), ".gitattributes": "f merge=union\n"},
			files{"f": swap("1", "uno")}, nil, false},
		{"where they differ on one that does not", files{"f": lines}, files{"g": swap("1", "one"), ".gitattributes": "f text\n"},
			files{"f": swap("9", "nine")}, files{"g": "one" + lines[1:len(lines)-2] + "nine\n", ".gitattributes": "f text\n"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memory.NewStorage()
			got, asked := arbitrate(t, g, s, c.base, c.ours, c.theirs)
			if asked != c.asked {
				t.Errorf("asked: %v, want %v", asked, c.asked)
			}
			if c.want == nil {
				if len(got.Conflicts) == 0 {
					t.Errorf("merged: %+v", got)
				}
				return
			}
			if want := tree(t, memory.NewStorage(), c.want); got.Tree != want || len(got.Conflicts) > 0 {
				t.Fatalf("got %+v, want tree %s", got, want)
			}
			changes, err := merge.Diff(s, plumbing.ZeroHash, got.Tree) // every tree is there to be read
			if err != nil || len(changes) != len(c.want) {
				t.Errorf("the merged tree has %d files, %v", len(changes), err)
			}
			for _, file := range changes {
				if s.HasEncodedObject(file.Hash) != nil {
					t.Errorf("the content of %s is not in the store", file.Path)
				}
			}
		})
	}
}

// conflicting are sides that belay declines and git would be asked of.
func conflicting() (base, ours, theirs files) {
	return files{"f": lines}, files{"g": lines + "10\n"}, files{"f": "0\n" + lines}
}

func TestAnOldGitIsAskedOnce(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	g := open(t, fake(t, "echo ran >>'"+log+"'; exit 129"))
	for range 2 {
		base, ours, theirs := conflicting()
		if r, _ := arbitrate(t, g, memory.NewStorage(), base, ours, theirs); len(r.Conflicts) == 0 {
			t.Errorf("merged: %+v", r)
		}
	}
	if text, err := os.ReadFile(log); err != nil || string(text) != "ran\n" {
		t.Errorf("it ran %q, %v", text, err)
	}
}

func TestAGitThatHangsOrDiesIsNoAnswer(t *testing.T) {
	for name, script := range map[string]string{
		"hangs": "exec sleep 600", "dies": "kill -ABRT $$", "fails": "echo nonsense; exit 1", "lies": "echo nonsense; exit 0",
	} {
		t.Run(name, func(t *testing.T) {
			g := open(t, fake(t, script))
			g.limit = 200 * time.Millisecond
			base, ours, theirs := conflicting()
			if r, asked := arbitrate(t, g, memory.NewStorage(), base, ours, theirs); len(r.Conflicts) == 0 || !asked {
				t.Errorf("merged: %+v", r)
			}
		})
	}
}

func TestTheEndOfTheRunEndsTheMerge(t *testing.T) {
	g := open(t, fake(t, "exec sleep 600"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := memory.NewStorage()
	if _, err := g.Merge(ctx, s, merge.Question{Ours: tree(t, s, files{"f": "1"})}); err == nil {
		t.Error("no error")
	}
}

func TestGitSeesNothingOfTheEnvironment(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen")
	for name, value := range map[string]string{
		"GITHUB_TOKEN": "secret", "BELAY_TOKEN": "secret", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "merge.default", "GIT_CONFIG_VALUE_0": "evil",
		"GIT_EXTERNAL_DIFF": "evil", "GIT_EXEC_PATH": "/evil", "GIT_TRACE": "1", "LD_PRELOAD": "", "HTTPS_PROXY": "http://u:secret@proxy.invalid",
	} {
		t.Setenv(name, value)
	}
	g := open(t, fake(t, "env >'"+seen+"'; exit 1"))
	base, ours, theirs := conflicting()
	arbitrate(t, g, memory.NewStorage(), base, ours, theirs)
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"HOME", "XDG_CONFIG_HOME", "LC_ALL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ATTR_NOSYSTEM",
		"GIT_NO_REPLACE_OBJECTS", "GIT_NO_LAZY_FETCH", "GIT_TERMINAL_PROMPT", "GIT_OPTIONAL_LOCKS", "GIT_DIR", "GIT_WORK_TREE",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "PATH", "TMPDIR", "TEMP", "TMP",
		"PWD", "OLDPWD", "SHLVL", "_", // the shell's own
	}
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, "="); !slices.Contains(allowed, name) {
			t.Errorf("git sees %s", line)
		}
	}
}

func TestMoreThanGitIsGivenIsNoAnswer(t *testing.T) {
	g := open(t, installed(t))
	g.maxObjects = 3
	base, ours, theirs := conflicting()
	if r, asked := arbitrate(t, g, memory.NewStorage(), base, ours, theirs); len(r.Conflicts) == 0 || !asked {
		t.Errorf("merged: %+v", r)
	}
}

func TestAMissingObjectIsNoAnswer(t *testing.T) {
	g := open(t, installed(t))
	s := memory.NewStorage()
	base, ours, theirs := conflicting()
	trees := [3]plumbing.Hash{tree(t, s, base), tree(t, s, ours), tree(t, s, theirs)}
	delete(s.Objects, plumbing.ComputeHash(plumbing.BlobObject, []byte(ours["g"])))
	delete(s.Blobs, plumbing.ComputeHash(plumbing.BlobObject, []byte(ours["g"])))
	r, err := merge.TreesWith(s, trees[0], trees[1], trees[2], merge.Options{
		Arbiter: func(q merge.Question) (merge.Verdict, error) { return g.Merge(context.Background(), s, q) },
	})
	if err != nil || len(r.Conflicts) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
