package gitops

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestACloneIsACheckoutToGitAndToBelay(t *testing.T) {
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	seed := gittest.Clone(t, url)
	tip := gittest.CommitAndPush(t, seed, "main", "first", map[string]string{"a.txt": "a\n", "envs/prod/values.yaml": "tag: v1\n"})

	dir := filepath.Join(t.TempDir(), "clone")
	if err := Clone(t.Context(), Remote{URL: url}, "main", dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "envs", "prod", "values.yaml")); err != nil || string(got) != "tag: v1\n" {
		t.Errorf("envs/prod/values.yaml: %q, %v", got, err)
	}
	found, err := Discover(filepath.Join(dir, "envs"))
	if want := (Discovered{Head: ID(tip), Branch: "main", RemoteURL: url}); err != nil || found != want {
		t.Errorf("Discover: %+v, %v, want %+v", found, err, want)
	}
	gittest.Git(t, dir, "fsck", "--strict")
	gittest.Git(t, dir, "reset", "--quiet") // there is no index
	if got := gittest.Git(t, dir, "status", "--porcelain"); got != "" {
		t.Errorf("git finds changes:\n%s", got)
	}
}

func TestACloneRefusesWhatItCantWrite(t *testing.T) {
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	seed := gittest.Clone(t, url)
	gittest.CommitAndPush(t, seed, "main", "first", map[string]string{"a.txt": "a\n"})
	if err := os.Symlink("a.txt", filepath.Join(seed, "link")); err != nil {
		t.Skip(err)
	}
	gittest.CommitAndPush(t, seed, "main", "link", nil)

	for name, branch := range map[string]string{"a symbolic link": "main", "a branch that is not there": "gone"} {
		if err := Clone(t.Context(), Remote{URL: url}, branch, filepath.Join(t.TempDir(), "clone")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestDiscoverTellsNoCredentials(t *testing.T) {
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	dir := gittest.Clone(t, url)
	gittest.Commit(t, dir, "first", map[string]string{"a": "a"})
	gittest.Git(t, dir, "remote", "set-url", "origin", "https://me:secret@git.example/shop.git")
	if found, err := Discover(dir); err != nil || found.RemoteURL != "https://git.example/shop.git" {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := Discover(t.TempDir()); err == nil {
		t.Error("a folder that is no checkout: no error")
	}
}
