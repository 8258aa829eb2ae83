package gitops

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
	if want := (Discovered{Root: dir, GitDir: filepath.Join(dir, ".git"), Head: ID(tip), Branch: "main", RemoteURL: url}); err != nil || found != want {
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

	for name, branch := range map[string]string{"a symbolic link": "main", "a branch that is not there": "gone", "the start of a branch's name": "mai"} {
		if err := Clone(t.Context(), Remote{URL: url}, branch, filepath.Join(t.TempDir(), "clone")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAFreshCloneIsWhatGitWouldMake(t *testing.T) {
	s := newShop(t)
	credentials := Credentials{Username: "x-access-token", Password: "secret"}
	s.Demand(credentials.Username, credentials.Password) // git, which has no credentials, could not fetch a thing
	if err := os.Symlink("a.txt", filepath.Join(s.work, "link")); err != nil {
		t.Skip(err)
	}
	gittest.Write(t, s.work, map[string]string{".gitattributes": "*.bat text eol=crlf\n", "run.bat": "echo\n", "run.sh": "#!/bin/sh\n"})
	if err := os.Chmod(filepath.Join(s.work, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	gittest.Git(t, s.work, "add", "-A")
	gittest.Git(t, s.work, "commit", "--quiet", "-m", "all sorts of files")
	gittest.Git(t, s.Dir(shopRepo), "fetch", "--quiet", s.work, "main:main")
	s.write(map[string]string{"a.txt": "what the run before left\n", "new.txt": "as well\n"})

	dir := filepath.Join(t.TempDir(), "fresh")
	login := func(o *Options) { o.Remote.Credentials = credentials }
	r, err := s.open(login).Clone(t.Context(), "main", dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if want, got := gittest.Git(t, s.work, "rev-parse", "HEAD"), gittest.Git(t, dir, "rev-parse", "HEAD"); got != want {
		t.Errorf("it is at %s, want %s", got, want)
	}
	gittest.Git(t, dir, "fsck", "--strict")
	if got := gittest.Git(t, dir, "status", "--porcelain", "--branch"); got != "## main" {
		t.Errorf("git says of it:\n%s", got)
	}
	for name, want := range map[string]string{"run.bat": "echo\r\n", "link": "one\ntwo\nthree\nfour\nfive\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	config, err := os.ReadFile(filepath.Join(dir, ".git", "config"))
	if err != nil || strings.Contains(string(config), credentials.Password) {
		t.Errorf("its configuration: %v\n%s", err, config)
	}
	s.work = dir
	s.write(map[string]string{"a.txt": "six\n"})
	if out, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: "main", Identity: run("bump")}); err != nil || out.State != Landed {
		t.Errorf("a change made in it: %s, %v", out.State, err)
	}
}

func TestAFreshCloneIsRefused(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct {
		open   func(*Options)
		branch string
		want   string
	}{
		"of a branch that is not there": {func(*Options) {}, "mai", "clone mai: the branch does not exist"},
		"without git":                   {noGit, "main", "clone main: git is not installed"},
	} {
		if _, err := s.open(c.open).Clone(t.Context(), c.branch, filepath.Join(t.TempDir(), "fresh"), t.TempDir()); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
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

func TestACloneThatBreaksOffLeavesNothing(t *testing.T) {
	s := newShop(t)
	dir := filepath.Join(t.TempDir(), "clone")
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
			body := answer.Body.Bytes()
			if i := bytes.Index(body, []byte("PACK")); i > 0 {
				_, _ = w.Write(body[:i+30])
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(body)
		})
	})
	if err := Clone(context.Background(), Remote{URL: s.url}, "main", dir); err == nil || gittest.Exists(dir) {
		t.Errorf("error %v, and the folder is there: %t", err, gittest.Exists(dir))
	}
}
