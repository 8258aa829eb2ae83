package wire

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/google/go-cmp/cmp"
)

const forge = "https://forge.example/org/shop.git"

// checkout is a repository whose owner has no git configuration but what the test writes.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_ASKPASS", "")
	t.Setenv("GIT_SSL_CAINFO", "")
	t.Setenv("GIT_SSL_CAPATH", "")
	gittest.Git(t, dir, "init", "--quiet")
	return dir
}

func find(t *testing.T, l Lookup) Found {
	t.Helper()
	found, err := FindCredentials(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func check(t *testing.T, want, got Found) {
	t.Helper()
	if want != got { // not cmp.Diff: it would print through String
		t.Errorf("found %+v from %q, want %+v from %q", got.Credentials, got.From, want.Credentials, want.From)
	}
}

func TestAGivenTokenGoesFirst(t *testing.T) {
	dir := checkout(t)
	gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", "AUTHORIZATION: basic b3RoZXI=")
	check(t, Found{Credentials: Credentials{Username: "x-access-token", Password: "t"}, From: "token"}, find(t, Lookup{URL: forge, Token: "t", Dir: dir}))
	check(t, Found{Credentials: Credentials{Username: "gitlab-ci-token", Password: "t"}, From: "token"}, find(t, Lookup{URL: forge, Token: "t", User: "gitlab-ci-token", Dir: dir}))
}

func TestWhatCheckoutLeftIsFound(t *testing.T) {
	const header = "AUTHORIZATION: basic eDp5"
	want := Found{Credentials: Credentials{Header: header}, From: "checkout"}
	for name, leave := range map[string]func(t *testing.T, dir string){
		"in the repository's configuration": func(t *testing.T, dir string) {
			gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", header)
		},
		"in a file included for the folder": func(t *testing.T, dir string) {
			file := filepath.Join(t.TempDir(), "git-credentials.config")
			gittest.Git(t, dir, "config", "--file", file, "http.https://forge.example/.extraheader", header)
			gittest.Git(t, dir, "config", "includeIf.gitdir:"+filepath.ToSlash(dir)+"/.git.path", file)
		},
		"in the environment, over another": func(t *testing.T, dir string) {
			gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", "AUTHORIZATION: basic b2xk")
			t.Setenv("GIT_CONFIG_COUNT", "2")
			t.Setenv("GIT_CONFIG_KEY_0", "http.https://forge.example/.extraheader")
			t.Setenv("GIT_CONFIG_VALUE_0", "")
			t.Setenv("GIT_CONFIG_KEY_1", "http.https://forge.example/.extraheader")
			t.Setenv("GIT_CONFIG_VALUE_1", header)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := checkout(t)
			leave(t, dir)
			check(t, want, find(t, Lookup{URL: "https://me:pw@forge.example/org/shop.git", Dir: dir}))
			check(t, Found{From: "nowhere"}, find(t, Lookup{URL: "https://elsewhere.example/shop", Dir: dir}))
		})
	}
}

func TestACheckoutOfAnotherUserIsRead(t *testing.T) {
	dir := checkout(t)
	gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", "AUTHORIZATION: basic eDp5")
	for _, name := range []string{dir, filepath.Join(dir, ".git"), filepath.Join(dir, ".git", "config")} {
		if err := os.Chown(name, 12345, 12345); err != nil {
			t.Skip("only root can give a folder away")
		}
	}
	check(t, Found{Credentials: Credentials{Header: "AUTHORIZATION: basic eDp5"}, From: "checkout"}, find(t, Lookup{URL: forge, Dir: dir}))
}

func TestOtherExtraHeadersAreNoCredentials(t *testing.T) {
	dir := checkout(t)
	gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", "X-Trace: on")
	check(t, Found{From: "nowhere"}, find(t, Lookup{URL: forge, Dir: dir}))
}

func TestThePasswordOfAnAddressIsUsed(t *testing.T) {
	dir := checkout(t)
	check(t, Found{Credentials: Credentials{Username: "me", Password: "p@w"}, From: "address"}, find(t, Lookup{URL: "https://me:p%40w@forge.example/x", Dir: dir}))
	check(t, Found{Credentials: Credentials{Username: "ghp_token"}, From: "address"}, find(t, Lookup{URL: "https://ghp_token@forge.example/x", Dir: dir, Interactive: true}))
}

func TestCredentialHelpersAreAskedOnlyWhenInteractive(t *testing.T) {
	dir := checkout(t)
	store := filepath.Join(dir, "store")
	if err := os.WriteFile(store, []byte("https://me:from-store@forge.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gittest.Git(t, dir, "config", "credential.helper", "store --file="+filepath.ToSlash(store))
	t.Setenv("GIT_ASKPASS", "")
	check(t, Found{Credentials: Credentials{Username: "me", Password: "from-store"}, From: "credential helper"}, find(t, Lookup{URL: forge, Dir: dir, Interactive: true}))
	check(t, Found{From: "nowhere"}, find(t, Lookup{URL: forge, Dir: dir}))
	kept, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("https://me:from-store@forge.example\n", string(kept)); diff != "" {
		t.Errorf("the store was written (-want +got):\n%s", diff)
	}
}

func TestFindingNothingIsNoError(t *testing.T) {
	dir := checkout(t)
	t.Setenv("PATH", t.TempDir()) // no git either
	for _, remote := range []string{forge, "/srv/shop.git", "file:///srv/shop.git", "https://%zz"} {
		check(t, Found{From: "nowhere"}, find(t, Lookup{URL: remote, Dir: dir, Interactive: true}))
	}
}

func TestACancelledLookupIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindCredentials(ctx, Lookup{URL: forge, Dir: checkout(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation's", err)
	}
}
