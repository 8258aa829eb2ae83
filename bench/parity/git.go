package main

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

// git runs git on a repository, without any configuration of the machine.
type git struct {
	dir string   // where it runs
	set []string // more environment
}

func (g git) command(args ...string) *exec.Cmd {
	cmd := exec.Command("git", append([]string{"-c", "safe.directory=*"}, args...)...)
	cmd.Dir = g.dir
	cmd.Env = append(gittest.Env(os.TempDir()), "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1")
	cmd.Env = append(cmd.Env, g.set...)
	return cmd
}

func (g git) ask(args ...string) (string, error) {
	out, err := g.command(args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(failed.Stderr))
	}
	return strings.TrimSpace(string(out)), err
}

// open checks that the repository can be compared and returns git for it, and where its objects are.
func open(dir string) (git, string, error) {
	g := git{dir: dir}
	format, err := g.ask("rev-parse", "--show-object-format")
	if err != nil {
		return git{}, "", fmt.Errorf("open %s: %w", dir, err)
	}
	if format != "sha1" {
		return git{}, "", fmt.Errorf("open %s: it is a %s repository, and belay reads SHA-1 ones", dir, format)
	}
	folder, err := g.ask("rev-parse", "--git-path", "objects")
	if err != nil {
		return git{}, "", fmt.Errorf("open %s: %w", dir, err)
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(dir, folder)
	}
	folder, err = filepath.Abs(folder)
	return g, folder, err
}

// scratch makes a bare repository in dir that borrows the given objects. What git makes goes there. Nothing of the
// given repository's configuration is in it, so no driver runs and nothing is fetched.
func scratch(dir, borrowed string) (git, error) {
	for _, folder := range []string{"objects/info", "refs"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return git{}, err
		}
	}
	for name, text := range map[string]string{
		"HEAD":                    "ref: refs/heads/none\n",
		"config":                  "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tlooseCompression = 0\n",
		"objects/info/alternates": borrowed + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return git{}, err
		}
	}
	return git{dir: dir}, nil
}

// commits stores a case as two commits on one parent and returns them: git before 2.40 takes no merge base by itself.
func (g git) commits(trees [3]plumbing.Hash) (ours, theirs plumbing.Hash, err error) {
	base, err := g.commit(trees[0])
	if err != nil {
		return ours, theirs, err
	}
	if ours, err = g.commit(trees[1], base); err != nil {
		return ours, theirs, err
	}
	theirs, err = g.commit(trees[2], base)
	return ours, theirs, err
}

// commit writes a commit as a loose object.
func (g git) commit(tree plumbing.Hash, parents ...plumbing.Hash) (plumbing.Hash, error) {
	if tree.IsZero() {
		tree = plumbing.ComputeHash(plumbing.TreeObject, nil)
	}
	who := "parity <parity@example.invalid> 1767319445 +0000"
	raw := merge.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: []byte("case\n")}.Encode()
	id := plumbing.ComputeHash(plumbing.CommitObject, raw)
	path := filepath.Join(g.dir, "objects", id.String()[:2], id.String()[2:])
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return id, err
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := fmt.Fprintf(z, "commit %d\x00%s", len(raw), raw); err != nil {
		return id, err
	}
	if err := z.Close(); err != nil {
		return id, err
	}
	return id, os.WriteFile(path, b.Bytes(), 0o600)
}
