package gitops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/gitops/wire"
)

// ReadFile returns a file as it is on the branch's tip on the server. Nothing of the checkout has a say in it, not even
// its objects: that is for what must not come from whoever made the checkout. path is relative to the repository's top,
// with slashes. Where the branch has no such file, errors.Is(err, fs.ErrNotExist) holds.
func (r *Repo) ReadFile(ctx context.Context, branch, path string) ([]byte, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	data, err := r.readFile(ctx, branch, path)
	return data, failed("read "+path+" on "+branch, err)
}

func (r *Repo) readFile(ctx context.Context, branch, path string) ([]byte, error) {
	tip, err := r.readTip(ctx, branch)
	if err != nil {
		return nil, err
	}
	if tip == "" {
		return nil, gone()
	}
	store := memory.NewStorage()
	fetch := func(want plumbing.Hash) error {
		_, err := r.conn.Fetch(ctx, wire.FetchRequest{Wants: []plumbing.Hash{want}, Depth: 1, Filter: "blob:none"}, store)
		return err
	}
	if err := fetch(tip.hash()); err != nil {
		return nil, err
	}
	commit, err := object.GetCommit(store, tip.hash())
	if err != nil {
		return nil, err
	}
	tree, err := commit.Tree()
	if err != nil {
		return nil, err
	}
	entry, err := tree.FindEntry(path)
	if errors.Is(err, object.ErrEntryNotFound) || errors.Is(err, object.ErrDirectoryNotFound) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	if entry.Mode != filemode.Regular && entry.Mode != filemode.Executable {
		return nil, fmt.Errorf("it is no plain file: its mode is %s", entry.Mode)
	}
	// A server without filters has sent the file already.
	if store.HasEncodedObject(entry.Hash) != nil {
		if err := fetch(entry.Hash); err != nil {
			return nil, err
		}
	}
	return readObject(store, plumbing.BlobObject, entry.Hash)
}
