// Package arbiter asks an installed git to decide merges that belay's own merge declines. Git (2.38 or later) works in a
// repository made for that alone: it borrows the user's objects, and sees nothing else of theirs. There is no
// configuration, no hook, no filter, no merge driver, no remote and no credential in it, and what git takes is bounded.
// What git answers is its own word (git-merge-tree(1)); whatever else happens counts as "can't tell".
package arbiter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"

	"github.com/belay-ci/belay/gitops/merge"
)

// The bounds of one merge. Where one is passed the arbiter can't tell.
const (
	maxTime    = 30 * time.Second // git compares every deleted file with every added one
	maxObjects = 50_000           // objects to be written for git
	maxBytes   = 256 << 20        // and their size
)

// Store holds the objects of a merge, and takes those that come of it.
type Store interface {
	merge.Store
	HasEncodedObject(plumbing.Hash) error
}

// Git is a repository in which an installed git arbitrates. It is not for use by several goroutines at once.
type Git struct {
	program  string
	dir      string
	borrowed []string // object folders git may read
	lent     func(plumbing.Hash) bool
	objects  storer.Storer
	written  map[plumbing.Hash]bool
	useless  bool // this git can't merge trees

	limit      time.Duration
	maxObjects int
}

// Open makes the repository in dir, an empty folder; the caller removes it. Program is the installed git. It
// may read objects from the folders in borrowed; lent says which objects are there, and need not be written again.
func Open(program, dir string, borrowed []string, lent func(plumbing.Hash) bool) (*Git, error) {
	for _, folder := range []string{"git", "git/objects", "git/refs", "tree"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, fmt.Errorf("open arbiter: %w", err)
		}
	}
	for name, text := range map[string]string{
		"git/HEAD":   "ref: refs/heads/none\n",
		"git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\thooksPath = none\n[gc]\n\tauto = 0\n",
		"none":       "",
	} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("open arbiter: %w", err)
		}
	}
	objects, err := server.DefaultLoader.Load(&transport.Endpoint{Path: filepath.Join(dir, "git")})
	if err != nil {
		return nil, fmt.Errorf("open arbiter: %w", err)
	}
	return &Git{
		program: program, dir: dir, borrowed: borrowed, lent: lent, objects: objects, written: map[plumbing.Hash]bool{},
		limit: maxTime, maxObjects: maxObjects,
	}, nil
}

// Merge asks git. What the merged tree is made of goes into s, as far as s has not got it. An error is only one of the
// disk, or the end of ctx.
func (g *Git) Merge(ctx context.Context, s Store, q merge.Question) (merge.Verdict, error) {
	if g.useless {
		return merge.Verdict{}, nil
	}
	pair, ok, err := g.write(s, q)
	if err != nil || !ok {
		return merge.Verdict{}, err
	}
	if ok, err := g.layAttributes(s, q.Attributes); err != nil || !ok {
		return merge.Verdict{}, err
	}
	verdict, err := g.ask(ctx, pair)
	if err != nil || verdict.Tree.IsZero() {
		return verdict, err
	}
	if err := g.take(s, verdict.Tree); err != nil {
		return merge.Verdict{}, fmt.Errorf("read what git merged: %w", err)
	}
	return verdict, nil
}

// ask runs git merge-tree on two commits.
func (g *Git) ask(ctx context.Context, pair [2]plumbing.Hash) (merge.Verdict, error) {
	bounded, cancel := context.WithTimeout(ctx, g.limit)
	defer cancel()
	cmd := exec.CommandContext(bounded, g.program, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages",
		pair[0].String(), pair[1].String())
	cmd.Dir, cmd.Env, cmd.WaitDelay = filepath.Join(g.dir, "tree"), g.environ(), time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, io.Discard
	err := cmd.Run()
	if ctx.Err() != nil {
		return merge.Verdict{}, context.Cause(ctx)
	}
	tree, conflicts, _ := strings.Cut(out.String(), "\x00")
	var failed *exec.ExitError
	switch {
	case err == nil && plumbing.IsHash(tree):
		return merge.Verdict{Tree: plumbing.NewHash(tree)}, nil
	case errors.As(err, &failed) && failed.ExitCode() == 1 && plumbing.IsHash(tree):
		return merge.Verdict{Conflicts: strings.FieldsFunc(conflicts, func(c rune) bool { return c == 0 })}, nil
	case errors.As(err, &failed) && failed.ExitCode() == usage:
		g.useless = true
	}
	return merge.Verdict{}, nil // it died, or took too long, or an object is missing
}

// usage is the exit code of a git that does not know an option.
const usage = 129

// environ is all that git gets to see of the world.
func (g *Git) environ() []string {
	none := filepath.Join(g.dir, "none")
	quoted := make([]string, len(g.borrowed))
	for i, dir := range g.borrowed {
		quoted[i] = quote(dir)
	}
	env := []string{
		"HOME=" + g.dir, "XDG_CONFIG_HOME=" + g.dir, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=" + none, "GIT_CONFIG_GLOBAL=" + none, "GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
		"GIT_DIR=" + filepath.Join(g.dir, "git"), "GIT_WORK_TREE=" + filepath.Join(g.dir, "tree"),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + strings.Join(quoted, string(os.PathListSeparator)),
	}
	for _, name := range []string{"PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"} { // programs don't start without, on Windows
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// quote writes a folder as an entry of GIT_ALTERNATE_OBJECT_DIRECTORIES, see git(1): an entry with the list's separator
// in it, or a quote at its start, is quoted like a C string.
func quote(dir string) string {
	if !strings.ContainsRune(dir, os.PathListSeparator) && !strings.HasPrefix(dir, `"`) {
		return dir
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(dir) + `"`
}
