package main

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

// history makes a repository with a merge, a rename, a submodule link and names that are no UTF-8.
func history(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", "--initial-branch=main", ".")
	lines := "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
	gittest.Commit(t, dir, "first", map[string]string{"f": lines, "d/g": lines, "name \"of\" \xff": "1\n"})
	gittest.Git(t, dir, "branch", "side")
	gittest.Commit(t, dir, "top", map[string]string{"f": "0\n" + lines})
	gittest.Git(t, dir, "mv", "d", "e")
	gittest.Commit(t, dir, "move", nil)
	gittest.Git(t, dir, "checkout", "--quiet", "side")
	gittest.Git(t, dir, "update-index", "--add", "--cacheinfo", "160000,0123456789012345678901234567890123456789,module")
	gittest.Git(t, dir, "commit", "--quiet", "-m", "module")
	gittest.Commit(t, dir, "bottom", map[string]string{"f": lines + "10\n", "new": "1\n"})
	gittest.Git(t, dir, "checkout", "--quiet", "main")
	gittest.Git(t, dir, "merge", "--quiet", "-m", "merge", "side")
	return dir
}

func TestBelayAgreesWithGitOnASmallHistory(t *testing.T) {
	var out bytes.Buffer
	got, err := compare(options{repo: history(t), out: &out, progress: io.Discard, merge: merge.TreesWith})
	if err != nil {
		t.Fatal(err)
	}
	sum := got.total()
	if sum.wrong > 0 || sum.same == 0 || sum.both == 0 || sum.missing > 0 || got.row(kindMerge).same != 1 {
		t.Errorf("%+v\n%s", sum, &out)
	}
}

// TestAMergeThatIsWrongIsFound is the control: a merge that takes one side's tree whenever the lines conflict.
func TestAMergeThatIsWrongIsFound(t *testing.T) {
	var out bytes.Buffer
	got, err := compare(options{repo: history(t), out: &out, progress: io.Discard,
		merge: func(s merge.Store, base, ours, theirs plumbing.Hash, o merge.Options) (merge.Result, error) {
			r, err := merge.TreesWith(s, base, ours, theirs, o)
			if len(r.Conflicts) > 0 {
				r = merge.Result{Tree: ours}
			}
			return r, err
		}})
	if err != nil {
		t.Fatal(err)
	}
	if got.wrong() == 0 || !strings.Contains(out.String(), "git merge-tree --write-tree") {
		t.Errorf("no wrong case and its reproduction in\n%s", &out)
	}
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	history(t) // skips without git
	o := options{out: io.Discard, progress: io.Discard, merge: merge.TreesWith}
	t.Run("sha-256", func(t *testing.T) {
		o.repo = t.TempDir()
		gittest.Git(t, o.repo, "init", "--quiet", "--object-format=sha256", ".")
		if _, err := compare(o); err == nil || !strings.Contains(err.Error(), "sha256") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no commits", func(t *testing.T) {
		o.repo = t.TempDir()
		gittest.Git(t, o.repo, "init", "--quiet", ".")
		if _, err := compare(o); !errors.Is(err, errNothing) {
			t.Errorf("error %v", err)
		}
	})
}

// TestThisRepositorysHistoryMergesAsGitMergesIt replays what belay was made with, alone and with git as its arbiter:
// then belay declines nothing that git merges.
func TestThisRepositorysHistoryMergesAsGitMergesIt(t *testing.T) {
	const repo = "../.."
	if out, err := gittest.TryGit(repo, "-c", "safe.directory=*", "rev-parse", "--is-shallow-repository"); err != nil || out != "false" {
		t.Skipf("there is no full history here: %s", out)
	}
	replay(t, options{repo: repo, max: 300})
	if with := replay(t, options{repo: repo, max: 50, arbiter: true}); with.declined > 0 {
		t.Errorf("%d merges declined with git as arbiter", with.declined)
	}
}

// TestAMadeUpHistoryMergesAsGitMergesIt has far more renames than people make.
func TestAMadeUpHistoryMergesAsGitMergesIt(t *testing.T) {
	history(t) // skips without git
	dir := t.TempDir()
	if err := generate(dir, 1000, uint64(time.Now().UnixNano()%1e9)); err != nil {
		t.Fatal(err)
	}
	replay(t, options{repo: dir, max: 200})
	if with := replay(t, options{repo: dir, max: 50, arbiter: true}); with.declined > 0 {
		t.Errorf("%d merges declined with git as arbiter", with.declined)
	}
}

// replay compares a repository and fails the test where belay is wrong.
func replay(t *testing.T, o options) row {
	t.Helper()
	var out bytes.Buffer
	o.seed, o.out, o.progress, o.merge = uint64(time.Now().UnixNano()%1e9), &out, io.Discard, merge.TreesWith
	got, err := compare(o)
	if errors.Is(err, errNothing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	if got.wrong() > 0 {
		t.Errorf("%d wrong merges", got.wrong())
	}
	return got.total()
}
