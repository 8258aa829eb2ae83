package merge

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

func TestUpdate(t *testing.T) {
	id := func(text string) plumbing.Hash { return plumbing.ComputeHash(plumbing.BlobObject, []byte(text)) }
	add := func(path, text string) Change { return Change{path, filemode.Regular, id(text)} }
	remove := func(path string) Change { return Change{Path: path} }
	before := snapshot{"a": regular("1"), "d/b": regular("1"), "d/e/c": regular("1")}
	for _, c := range []struct {
		name    string
		changes []Change
		want    snapshot
	}{
		{"nothing to do", nil, before},
		{"files are added, changed and deleted", []Change{add("n/n", "2"), add("d/b", "2"), remove("a")}, snapshot{"n/n": regular("2"), "d/b": regular("2"), "d/e/c": regular("1")}},
		{"a folder left empty vanishes", []Change{remove("d/e/c"), remove("d/b")}, snapshot{"a": regular("1")}},
		{"everything deleted leaves the empty tree", []Change{remove("d/e/c"), remove("d/b"), remove("a")}, nil},
		{"a path that is not there stays away", []Change{remove("x/y"), remove("a/b")}, before},
		{"deleting a folder's path leaves the folder", []Change{remove("d")}, before},
		{"a file becomes a folder", []Change{remove("a"), add("a/x", "2")}, before.with("a/x", regular("2"))},
		{"a file in the way of a folder goes", []Change{add("a/x/y", "2")}, before.with("a/x/y", regular("2"))},
		{"a folder becomes a file", []Change{add("d", "2"), remove("d/b"), remove("d/e/c")}, before.with("d", regular("2"))},
		{"a folder in the way of a file goes", []Change{add("d/e", "2")}, before.with("d/e", regular("2"))},
		{"links, submodules and modes are kept", []Change{{"l", filemode.Symlink, id("x")}, {"s", filemode.Submodule, id("y")}, {"a", filemode.Executable, id("1")}},
			before.with("l", symlink("x")).with("s", submodule("y")).with("a", executable("1"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memory.NewStorage()
			got, err := Update(s, before.store(t, s), c.changes)
			if want := c.want.store(t, s); err != nil || got != want {
				diff, _ := Diff(s, want, got)
				t.Errorf("Update = %s, %v, want %s: differs in %v", got, err, want, diff)
			}
		})
	}
}

func TestUpdateRefusesContradictions(t *testing.T) {
	id := plumbing.ComputeHash(plumbing.BlobObject, nil)
	for name, changes := range map[string][]Change{
		"a path named twice":          {{"a", filemode.Regular, id}, {Path: "a"}},
		"a file below a new file":     {{"a", filemode.Regular, id}, {"a/b", filemode.Regular, id}},
		"the mode of a folder":        {{"a", filemode.Dir, id}},
		"no mode":                     {{"a", filemode.Empty, id}},
		"a mode git no longer writes": {{"a", filemode.Deprecated, id}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Update(memory.NewStorage(), plumbing.ZeroHash, changes); !errors.Is(err, ErrChange) {
				t.Errorf("Update: %v, want ErrChange", err)
			}
		})
	}
}

// TestUpdateRefusesThePathsGitRefuses asks git about each of them too.
func TestUpdateRefusesThePathsGitRefuses(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", ".")
	s := memory.NewStorage()
	id, err := writeObject(s, plumbing.BlobObject, nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, allowed := range map[string]bool{
		"a": true, "a/b": true, ".github/x": true, ".gitignore": true, "a.git": true, "git": true, "...": true, "a b": true, "é\xff": true, "git~2": true, ".git2": true,
		"": false, "/a": false, "a/": false, "a//b": false, ".": false, "a/../b": false, "./a": false,
		".git": false, ".git/config": false, "a/.git": false, ".GIT/x": false, "a/.Git/b": false,
		".git.": false, ".git /x": false, ".git...": false, "git~1": false, "GIT~1/x": false, ".git::$INDEX_ALLOCATION/x": false, ".git\\x": false,
		".g\u200cit": false, ".git\u200d/x": false, "\ufeff.git": false,
	} {
		_, err := Update(s, plumbing.ZeroHash, []Change{{path, filemode.Regular, id}})
		if errors.Is(err, ErrPath) == allowed || allowed && err != nil {
			t.Errorf("Update of %q: %v, want it allowed: %v", path, err, allowed)
		}
		_, err = gittest.TryGit(dir, "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "update-index", "--add", "--replace", "--info-only", "--cacheinfo", "100644,"+id.String()+","+path)
		if (err == nil) != allowed {
			t.Errorf("git takes %q: %v, the test says %v", path, err == nil, allowed)
		}
	}
}

func TestDiff(t *testing.T) {
	s := memory.NewStorage()
	a := snapshot{"a": regular("1"), "b": regular("1"), "d/x": regular("1"), "e/x": regular("1"), "p": regular("1"), "same/x": regular("1")}
	b := snapshot{"a": executable("1"), "c": regular("1"), "d": regular("2"), "e/x": regular("2"), "p/q": regular("1"), "same/x": regular("1")}
	id := func(text string) plumbing.Hash { return plumbing.ComputeHash(plumbing.BlobObject, []byte(text)) }
	want := []Change{
		{"a", filemode.Executable, id("1")}, {Path: "b"}, {"c", filemode.Regular, id("1")}, {"d", filemode.Regular, id("2")}, {Path: "d/x"},
		{"e/x", filemode.Regular, id("2")}, {Path: "p"}, {"p/q", filemode.Regular, id("1")},
	}
	got, err := Diff(s, a.store(t, s), b.store(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
}

func TestUpdateUndoesDiff(t *testing.T) {
	for i := range uint64(500) {
		s := memory.NewStorage()
		snaps := triple(rand.New(rand.NewPCG(9, i)))
		a, b := snaps[1].store(t, s), snaps[2].store(t, s)
		changes, err := Diff(s, a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Update(s, a, changes); err != nil || got != b {
			t.Fatalf("case %d: Update by %v = %s, %v, want %s", i, changes, got, err, b)
		}
	}
}
