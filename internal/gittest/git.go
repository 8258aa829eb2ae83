package gittest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Env is the environment tests run git in: no configuration of the machine, a fixed author, fixed dates.
func Env(home string) []string {
	return []string{
		"HOME=" + home,
		"PATH=" + os.Getenv("PATH"),
		"LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.invalid", "GIT_AUTHOR_DATE=2026-01-02T03:04:05+01:00",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.invalid", "GIT_COMMITTER_DATE=2026-01-02T03:04:05+01:00",
	}
}

// Git runs git in dir and returns its standard output without the last newline. It fails the test on an error.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := TryGit(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// TryGit is Git for commands that may fail. On an error the output holds what git printed.
func TryGit(dir string, args ...string) (string, error) { return TryCommand(dir, "git", args...) }

// TryCommand is TryGit for another program.
func TryCommand(dir, name string, args ...string) (string, error) {
	return run(dir, "", name, args...)
}

// GitIn returns a TryGit for one folder, whose first argument is git's standard input.
func GitIn(dir string) func(in string, args ...string) (string, error) {
	return func(in string, args ...string) (string, error) { return run(dir, in, "git", args...) }
}

func run(dir, in, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = Env(dir)
	cmd.Stdin = strings.NewReader(in)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String() + errs.String(), err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// Clone clones url into a new temporary folder and returns it. Extra arguments go to git clone.
func Clone(t testing.TB, url string, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	Git(t, os.TempDir(), append(append([]string{"clone", "--quiet"}, args...), url, dir)...)
	return dir
}

// Write writes files below dir, making folders as needed. Keys are slash paths, values are contents.
func Write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Exists reports whether there is a file.
func Exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Remove removes a file.
func Remove(t testing.TB, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// Commit writes files below dir, commits everything there is, and returns the commit's id.
func Commit(t testing.TB, dir, message string, files map[string]string) string {
	t.Helper()
	Write(t, dir, files)
	Git(t, dir, "add", "-A")
	Git(t, dir, "commit", "--quiet", "--allow-empty", "-m", message)
	return Git(t, dir, "rev-parse", "HEAD")
}

// CommitAndPush is Commit followed by a push of HEAD to branch.
func CommitAndPush(t testing.TB, dir, branch, message string, files map[string]string) string {
	t.Helper()
	id := Commit(t, dir, message, files)
	Git(t, dir, "push", "--quiet", "origin", "HEAD:refs/heads/"+branch)
	return id
}
