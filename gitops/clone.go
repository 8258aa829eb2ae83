package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/belay-ci/belay/gitops/wire"
)

// Clone makes a checkout of a branch at dir, which must not exist, without git: one commit deep, no index. It is
// what the demo works in; files are written as they are stored, so a repository that needs filters or line
// endings changed is for git to clone.
func Clone(ctx context.Context, remote Remote, branch, dir string) error {
	conn, err := remote.dial()
	if err != nil {
		return failed("clone "+branch, err)
	}
	err = clone(ctx, conn, remote.URL, branch, dir, func(store storer.EncodedObjectStorer, tip plumbing.Hash) error {
		return writeFiles(dir, store, tip)
	})
	return failed("clone "+branch, err)
}

// Clone makes a fresh checkout of a branch at dir, which must not exist, one commit deep, and opens it with the same
// remote; temp is for the new Repo what Options.Temp is. belay fetches, with the credentials only it has, and the
// installed git writes the index and the files, as it would in a clone of its own. Nothing of the checkout that r was
// opened with has a part in it. It needs git installed.
func (r *Repo) Clone(ctx context.Context, branch, dir, temp string) (*Repo, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	fresh, err := r.clone(ctx, branch, dir, temp)
	return fresh, failed("clone "+branch, err)
}

func (r *Repo) clone(ctx context.Context, branch, dir, temp string) (*Repo, error) {
	if err := r.needsGit(); err != nil {
		return nil, err
	}
	err := clone(ctx, r.conn, r.options.Remote.URL, branch, dir, func(storer.EncodedObjectStorer, plumbing.Hash) error {
		git := child{git: r.child.git, dir: dir, env: r.child.env}
		_, err := git.run(ctx, nil, "reset", "--quiet", "--hard")
		return err
	})
	if err != nil {
		return nil, err
	}
	o := r.options
	o.Checkout, o.Temp = dir, temp
	return Open(ctx, o)
}

// clone fetches a branch into a new repository below dir, and has its files written.
func clone(ctx context.Context, conn *wire.Conn, url, branch, dir string, write func(storer.EncodedObjectStorer, plumbing.Hash) error) error {
	refs, err := conn.Refs(ctx, refOf(branch))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(refs, func(ref wire.Ref) bool { return ref.Name == refOf(branch) })
	if i < 0 {
		return gone()
	}
	return checkOut(ctx, conn, url, head{branch: branch, tip: refs[i].Hash}, 1, dir, write)
}

// fetchRepository makes a repository and fetches its commit, straight to disk.
func fetchRepository(ctx context.Context, conn *wire.Conn, dir, url string, at head, depth int) (*disk, error) {
	if err := writeRepository(dir, url, at); err != nil {
		return nil, err
	}
	empty, err := openObjects(dir)
	if err != nil {
		return nil, err
	}
	defer empty.close()
	fetched, err := conn.Fetch(ctx, wire.FetchRequest{Wants: []plumbing.Hash{at.tip}, Depth: depth}, empty.EncodedObjectStorer)
	if err != nil {
		return nil, err
	}
	shallow := ""
	for _, hash := range fetched.Shallow {
		shallow += hash.String() + "\n"
	}
	if shallow != "" {
		if err := os.WriteFile(filepath.Join(dir, "shallow"), []byte(shallow), 0o644); err != nil {
			return nil, err
		}
	}
	return openObjects(dir)
}

// writeFiles writes the files of a commit below dir as they are stored.
func writeFiles(dir string, store storer.EncodedObjectStorer, tip plumbing.Hash) error {
	commit, err := object.GetCommit(store, tip)
	if err != nil {
		return err
	}
	tree, err := commit.Tree()
	if err != nil {
		return err
	}
	return tree.Files().ForEach(func(f *object.File) error { return writeFile(dir, f) })
}

// writeRepository writes what gitrepository-layout(5) asks of a repository.
func writeRepository(dir, url string, at head) error {
	files := map[string]string{
		"HEAD":   at.tip.String() + "\n",
		"config": fmt.Sprintf("[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = %s\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n", configValue(url)),
	}
	if at.branch != "" {
		files["HEAD"] = "ref: " + refOf(at.branch) + "\n"
		files["refs/heads/"+at.branch] = at.tip.String() + "\n"
		files["refs/remotes/origin/"+at.branch] = at.tip.String() + "\n"
	} else { // what a step commits on top of a tag is told from the tag's own
		files["refs/remotes/origin/HEAD"] = at.tip.String() + "\n"
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(os.MkdirAll(filepath.Join(dir, "objects", "pack"), 0o755), os.MkdirAll(filepath.Join(dir, "refs"), 0o755))
}

// writeFile writes a file of the tree below dir. A name that would leave dir, or enter its .git, is refused.
func writeFile(dir string, f *object.File) error {
	if !filepath.IsLocal(filepath.FromSlash(f.Name)) || strings.EqualFold(strings.SplitN(f.Name, "/", 2)[0], ".git") {
		return fmt.Errorf("the tree holds a file named %q", f.Name)
	}
	if f.Mode != filemode.Regular && f.Mode != filemode.Executable {
		return fmt.Errorf("%s is no plain file", f.Name)
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	in, err := f.Reader()
	if err != nil {
		return err
	}
	defer in.Close()
	mode, err := f.Mode.ToOSFileMode()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
