package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the goldens inside the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, programs())
}

// TestScripts runs every script of testdata/script: the real binary in its own process, against real git over
// real smart HTTP and a forge that is held to GitHub's own API description.
func TestScripts(t *testing.T) {
	server, faults := gittest.Serve(t), newFaults()
	server.Around(faults.around)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Condition:           condition,
		Setup:               func(env *testscript.Env) error { return setUp(t, server, env) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"remote":     remoteCommand(t, server),
			"another":    anotherCommand(t, server),
			"mirror":     mirrorCommand(t, server),
			"hook":       hookCommand(server),
			"fault":      faults.faultCommand,
			"login":      faults.loginCommand,
			"ssh":        sshCommand(gittest.ServeSSH(t, server)),
			"tree":       treeCommand,
			"pushes":     pushesCommand(server),
			"github":     githubCommand,
			"gitlab":     gitlabCommand,
			"pulls":      pullsCommand,
			"pull":       pullCommand,
			"refuse":     refuseCommand,
			"protect":    protectCommand,
			"person":     personCommand,
			"workflow":   workflowCommand,
			"dispatches": dispatchesCommand,
			"exits":      exitsCommand,
		},
	})
}

// setUp gives a script a forge of its own and an environment without this machine's configuration.
func setUp(t *testing.T, server *gittest.Server, env *testscript.Env) error {
	for _, kv := range gittest.Env(env.WorkDir) {
		name, value, _ := strings.Cut(kv, "=")
		if name != "PATH" {
			env.Setenv(name, value)
		}
	}
	env.Setenv("TMPDIR", filepath.Join(env.WorkDir, ".tmp"))
	if err := os.MkdirAll(filepath.Join(env.WorkDir, ".tmp"), 0o755); err != nil {
		return err
	}
	repository := "acme/" + filepath.Base(env.WorkDir)
	gitHub, another := fakeOf(server.Dir(repository), repository), fakeOf(server.Dir(repository+anotherSuffix), repository+anotherSuffix)
	web := httptest.NewServer(forgetest.Validate(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path+"/", "/"+repository+anotherSuffix+"/") {
			another.ServeHTTP(w, r)
			return
		}
		gitHub.ServeHTTP(w, r)
	})))
	env.Defer(web.Close)
	env.Values["forge"], env.Values["another"] = gitHub, another
	gitLab := fake.NewGitLab(fake.Options{Repository: repository, Token: "forge-token", Tip: tipIn(server.Dir(repository))})
	lab := httptest.NewServer(gitLab)
	env.Defer(lab.Close)
	env.Values["gitlab"] = gitLab
	env.Setenv("GITLAB", lab.URL)
	env.Values["repository"] = repository
	env.Setenv("FORGE", web.URL)
	env.Setenv("REPOSITORY", repository)
	env.Setenv("SERVER", server.URL)
	env.Setenv("SERVER_HOST", strings.TrimPrefix(server.URL, "http://"))
	return nil
}

// anotherSuffix is what the name of a script's second repository ends with.
const anotherSuffix = "-another"

// tipIn tells where the branches of a repository are.
func tipIn(bare string) func(branch string) string {
	return func(branch string) string {
		id, _ := gittest.TryGit(bare, "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
		return id
	}
}

// fakeOf is a GitHub for one repository.
func fakeOf(bare, repository string) *fake.GitHub {
	tip := tipIn(bare)
	return fake.New(fake.Options{
		Repository: repository, Token: "forge-token", Tip: tip,
		BranchExists: func(branch string) bool { return tip(branch) != "" },
		Git:          func(in string, args ...string) (string, error) { return gittest.GitIn(bare)(in, args...) },
		Merge:        func(head, base, method string) (string, error) { return mergeBranches(bare, head, base) },
	})
}

// mergeBranches puts head on base as a forge does, with a merge commit.
func mergeBranches(bare, head, base string) (string, error) {
	tree, err := gittest.TryGit(bare, "merge-tree", "--write-tree", base, head)
	if err != nil {
		return "", err
	}
	id, err := gittest.TryGit(bare, "commit-tree", tree, "-p", base, "-p", head, "-m", "Merge "+head)
	if err != nil {
		return "", err
	}
	_, err = gittest.TryGit(bare, "update-ref", "refs/heads/"+base, id)
	return id, err
}

// remote DIR: makes the script's repository on the server, with what DIR holds as the first commit on main,
// and sets $REMOTE to its address.
func remoteCommand(t *testing.T, server *gittest.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: remote DIR")
		}
		name := ts.Value("repository").(string)
		ts.Setenv("REMOTE", publish(t, ts, server, name, args[0]))
		ts.Setenv("BARE", server.Dir(name))
	}
}

// another DIR: makes a second repository on the server, as remote does the first, and sets $ANOTHER and $ANOTHER_BARE.
func anotherCommand(t *testing.T, server *gittest.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: another DIR")
		}
		name := ts.Value("repository").(string) + anotherSuffix
		ts.Setenv("ANOTHER", publish(t, ts, server, name, args[0]))
		ts.Setenv("ANOTHER_BARE", server.Dir(name))
	}
}

// publish makes a repository with what a folder holds, and returns its address.
func publish(t *testing.T, ts *testscript.TestScript, server *gittest.Server, name, folder string) string {
	ts.Check(os.MkdirAll(filepath.Dir(server.Dir(name)), 0o755))
	url := server.Create(t, name)
	dir := ts.MkAbs(folder)
	for _, a := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "-A"},
		{"commit", "--quiet", "--allow-empty", "-m", "first"},
		{"push", "--quiet", url, "main"},
	} {
		if out, err := gittest.TryGit(dir, a...); err != nil {
			ts.Fatalf("git %v: %v\n%s", a, err, out)
		}
	}
	ts.Check(os.RemoveAll(filepath.Join(dir, ".git")))
	return url
}

// ssh: sets $SSH_REMOTE to the SSH address of the script's repository, and writes the files key and known_hosts that
// reach it.
func sshCommand(server *gittest.SSHServer) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 0 {
			ts.Fatalf("usage: ssh")
		}
		ts.Check(os.WriteFile(ts.MkAbs("key"), []byte(server.Key), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs("known_hosts"), []byte(server.HostKeys), 0o600))
		ts.Setenv("SSH_REMOTE", server.URL+"/"+ts.Value("repository").(string))
	}
}

// condition knows [own-history]: the project is a full clone of itself, not an archive or a shallow one; and
// [pid-namespaces]: a process may be made the first of its own.
func condition(name string) (bool, error) {
	if name == "pid-namespaces" {
		return exec.Command("unshare", "--pid", "--fork", "--mount-proc", "true").Run() == nil, nil
	}
	if name != "own-history" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	shallow, err := gittest.TryGit(".", "rev-parse", "--is-shallow-repository")
	return err == nil && shallow == "false", nil
}

// mirror: makes the script's repository on the server a copy of this project's own history, as main, and sets
// $REMOTE.
func mirrorCommand(t *testing.T, server *gittest.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		name := ts.Value("repository").(string)
		ts.Check(os.MkdirAll(filepath.Dir(server.Dir(name)), 0o755))
		url := server.Create(t, name)
		if out, err := gittest.TryGit(".", "push", "--quiet", url, "HEAD:refs/heads/main"); err != nil {
			ts.Fatalf("push this project: %v\n%s", err, out)
		}
		ts.Setenv("REMOTE", url)
		ts.Setenv("BARE", server.Dir(name))
	}
}

// hook NAME FILE: installs a server hook.
func hookCommand(server *gittest.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: hook NAME FILE")
		}
		path := filepath.Join(server.Dir(ts.Value("repository").(string)), "hooks", args[0])
		ts.Check(os.WriteFile(path, []byte("#!/bin/sh\n"+ts.ReadFile(args[1])), 0o755))
	}
}

// tree REF [another]: prints the remote's history of REF, oldest first, then its files with their contents.
func treeCommand(ts *testscript.TestScript, neg bool, args []string) {
	args, another := forAnother(args)
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tree REF [another]")
	}
	bare := ts.Getenv("BARE")
	if another {
		bare = ts.Getenv("ANOTHER_BARE")
	}
	git := func(a ...string) string {
		cmd := exec.Command("git", a...)
		cmd.Dir, cmd.Env = bare, gittest.Env(ts.Getenv("WORK"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			ts.Fatalf("git %v: %v\n%s", a, err, out)
		}
		return string(out)
	}
	w := ts.Stdout()
	fmt.Fprint(w, git("log", "--reverse", "--format=* %s", args[0]))
	for _, path := range strings.Fields(git("ls-tree", "-r", "--name-only", args[0])) {
		if !strings.HasPrefix(path, ".belay/") {
			fmt.Fprintf(w, "== %s\n%s", path, git("show", args[0]+":"+path))
		}
	}
}

// forAnother takes the last word off the arguments of a command that is about the second repository.
func forAnother(args []string) ([]string, bool) {
	if n := len(args); n > 0 && args[n-1] == "another" {
		return args[:n-1], true
	}
	return args, false
}

// pushes N: fails unless the server saw N pushes to the script's repository.
func pushesCommand(server *gittest.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		seen := 0
		for _, r := range server.Requests() {
			if r.Method == "POST" && r.Path == "/"+ts.Value("repository").(string)+"/git-receive-pack" {
				seen++
			}
		}
		if got := fmt.Sprint(seen); neg || len(args) != 1 || got != args[0] {
			ts.Fatalf("the server saw %s pushes, want %v", got, args)
		}
	}
}

// exits CODE COMMAND...: runs a command and fails unless it ends with that exit code.
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v: %v", args[1:], err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("%v ended with exit code %d, want %s", args[1:], got, args[0])
	}
}
