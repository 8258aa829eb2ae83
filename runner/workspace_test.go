package runner

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/belay-ci/belay/runner/report"
)

func workspaceOf(t *testing.T, files map[string]string) (workspace, string) {
	t.Helper()
	outer := t.TempDir()
	dir := filepath.Join(outer, "work")
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outer, "secret.yaml"), []byte("a: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := openWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, dir
}

func TestTheWorkspaceCanNotBeLeft(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege here")
	}
	w, dir := workspaceOf(t, map[string]string{"a/b.yaml": "a: 1\n", ".git/config": "x\n"})
	outside := filepath.Join(filepath.Dir(dir), "secret.yaml")
	for name, to := range map[string]string{
		"up.yaml": "../secret.yaml", "abs.yaml": outside, "dir": "..", "absdir": filepath.Dir(dir), "git.yaml": ".git/config",
		"loop.yaml": "loop.yaml", "good.yaml": "a/b.yaml", "twice.yaml": "good.yaml", "gone.yaml": "a/new.yaml", "gitdir": ".git",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"../secret.yaml", outside, "up.yaml", "abs.yaml", "dir/secret.yaml", "absdir/secret.yaml", "a/../../secret.yaml",
		".git/config", ".GIT/config", "git.yaml", "loop.yaml", "", "a\x00b"} {
		resolved, _, err := w.resolve(name)
		if err == nil {
			_, err = w.read(resolved, 100)
		}
		if err == nil {
			t.Errorf("%q was read", name)
		}
		if err := w.write(name, []byte("x"), nil); err == nil && strings.Contains(name, "secret") {
			t.Errorf("%q was written", name)
		}
	}
	for name, want := range map[string]string{"a/b.yaml": "a/b.yaml", "good.yaml": "a/b.yaml", "twice.yaml": "a/b.yaml", "./a//b.yaml": "a/b.yaml"} {
		if got, _, err := w.resolve(name); err != nil || got != want {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
	if got, _, err := w.resolve("gone.yaml"); got != "a/new.yaml" || err != fs.ErrNotExist && !os.IsNotExist(err) {
		t.Errorf("a link to what is not there: %q, %v", got, err)
	}
	if text, err := os.ReadFile(outside); string(text) != "a: 1\n" {
		t.Errorf("outside is %q, %v", text, err)
	}
}

func TestAFileIsReplacedWholeAndKeepsModeAndOwner(t *testing.T) {
	w, dir := workspaceOf(t, map[string]string{"a/b.yaml": "a: 1\n"})
	path := filepath.Join(dir, "a", "b.yaml")
	if err := os.Chmod(path, 0o751); err != nil {
		t.Fatal(err)
	}
	root := runtime.GOOS == "linux" && os.Getuid() == 0
	if root {
		if err := os.Chown(path, 1234, 2345); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Open(path) // who reads the old file goes on reading it
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	_, info, err := w.resolve("a/b.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.write("a/b.yaml", []byte("a: 2\n"), info); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || after.Mode().Perm() != info.Mode().Perm() {
		t.Errorf("mode %v, want %v (%v)", after.Mode(), info.Mode(), err)
	}
	if root {
		if owner := ownerOf(t, after); owner != "1234:2345" {
			t.Errorf("the owner is %s now", owner)
		}
	}
	old := make([]byte, 10)
	if n, _ := before.Read(old); string(old[:n]) != "a: 1\n" {
		t.Errorf("the old file was written into: %q", old[:n])
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
}

// Items that run side by side edit one file, and none of the edits is lost.
func TestEditsOfItemsSideBySide(t *testing.T) {
	const steps = `
version: 1
steps:
  - uses: edit
    for-each: [k0, k1, k2, k3, k4, k5, k6, k7]
    max-parallel: 8
    with: { file: v.yaml, set: { "${{ item }}": v2 } }
`
	job := jobOf(t, steps, "version: 1\nroutes: []\n")
	text := ""
	for _, key := range "01234567" {
		text += "k" + string(key) + ": v1\n"
	}
	path := filepath.Join(job.Dir, "v.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := Run(t.Context(), job); r.Result != report.Success {
		t.Fatalf("%+v", r.Failure)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != strings.ReplaceAll(text, "v1", "v2") {
		t.Errorf("%v\n%s", err, got)
	}
}
