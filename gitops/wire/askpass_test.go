package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

// askPassing makes a program for GIT_ASKPASS.
func askPassing(t *testing.T, dir, script string) {
	t.Helper()
	program := filepath.Join(dir, "askpass")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_ASKPASS", program)
}

func TestTheProgramOfGitAskPassIsAskedWithoutBelaysTokens(t *testing.T) {
	dir := checkout(t)
	t.Setenv("BELAY_PR_TOKEN", "own-token")
	t.Setenv("INPUT_SSH_KEY", "own-key")
	askPassing(t, dir, `echo "$1" >> `+dir+`/asked
env >> `+dir+`/seen
case "$1" in Username*) echo deploy ;; *) echo from-askpass; echo more ;; esac
`)
	check(t, Found{Credentials: Credentials{Username: "deploy", Password: "from-askpass"}, From: "askpass"}, find(t, Lookup{URL: forge, Dir: dir}))
	check(t, Found{Credentials: Credentials{Username: "ada", Password: "from-askpass"}, From: "askpass"}, find(t, Lookup{URL: "https://ada@forge.example/x", Dir: dir}))
	asked, err := os.ReadFile(filepath.Join(dir, "asked"))
	if want := "Username for 'https://forge.example': \nPassword for 'https://deploy@forge.example': \nPassword for 'https://ada@forge.example': \n"; err != nil || string(asked) != want {
		t.Errorf("asked %q, error %v", asked, err)
	}
	if seen, err := os.ReadFile(filepath.Join(dir, "seen")); err != nil || strings.Contains(string(seen), "own-") {
		t.Errorf("the program saw a token of belay's: %s, error %v", seen, err)
	}
}

func TestOthersCredentialsGoBeforeGitAskPass(t *testing.T) {
	dir := checkout(t)
	askPassing(t, dir, "touch "+dir+"/ran; echo x")
	find(t, Lookup{URL: forge, Token: "t", Dir: dir})
	find(t, Lookup{URL: "https://me:pw@forge.example/x", Dir: dir})
	gittest.Git(t, dir, "config", "http.https://forge.example/.extraheader", "AUTHORIZATION: basic eDp5")
	find(t, Lookup{URL: forge, Dir: dir})
	if gittest.Exists(filepath.Join(dir, "ran")) {
		t.Error("the program was asked all the same")
	}
}

func TestAGitAskPassThatFailsHasNothingToGive(t *testing.T) {
	dir := checkout(t)
	for _, script := range []string{"exit 1", "exit 0", "echo"} {
		askPassing(t, dir, script)
		check(t, Found{From: "nowhere"}, find(t, Lookup{URL: forge, Dir: dir}))
	}
	t.Setenv("GIT_ASKPASS", filepath.Join(dir, "missing"))
	check(t, Found{From: "nowhere"}, find(t, Lookup{URL: forge, Dir: dir}))
}
