package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
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

// errNoGit is the cause where an operation needs git itself.
var errNoGit = errors.New("git is not installed")

// ErrDirty is under the error of a Refresh that would throw away work nobody can bring back: the work tree had
// uncommitted changes when the run started. Nothing was touched.
var ErrDirty = errors.New("the work tree had uncommitted changes when the run started")

// Refresh brings the work tree to the branch's fresh tip, as if it had been checked out just now: what the run changed
// and the files it made are gone; ignored ones as far as the extent says. It returns the tip, which is what the next Stage
// compares with.
//
// What was untracked at the start is as it was then, ignored files that were there are as the run left them. Where the
// tip has a file in the place of one of those it is an error, and nothing was touched.
//
// It needs git installed and a snapshot of the start, and fails with ErrDirty for one that was dirty. The objects are
// fetched by belay itself, with the credentials only it has. A full clone stays full, a shallow one shallow; a partial
// clone may have git fetch files by itself while it checks them out.
func (r *Repo) Refresh(ctx context.Context, branch string, start Snapshot, extent Extent) (ID, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	tip, err := r.refresh(ctx, branch, start, extent)
	return tip, failed("bring the work tree to the tip of "+branch, err)
}

func (r *Repo) refresh(ctx context.Context, branch string, start Snapshot, extent Extent) (ID, error) {
	if err := r.needsGit(); err != nil {
		return "", err
	}
	if !start.taken || start.Dirty {
		return "", ErrDirty
	}
	tip, err := r.readTip(ctx, branch)
	if err != nil {
		return "", err
	}
	if tip == "" {
		return "", gone()
	}
	if err := r.fetchIntoCheckout(ctx, tip); err != nil {
		return "", err
	}
	if err := r.keepsOut(tip, start); err != nil {
		return "", err
	}
	if err := r.abandon(ctx, start.at); err != nil {
		return "", err
	}
	if err := r.resetTo(ctx, tip); err != nil {
		return "", err
	}
	if _, err := r.filesBack(ctx, start, extent); err != nil {
		return "", err
	}
	r.anchors[branch] = tip
	return tip, r.record(tip)
}

// keepsOut reports a file of the tip that would take the place of one that was there at the start and is not git's: to
// check it out would destroy that.
func (r *Repo) keepsOut(tip ID, start Snapshot) error {
	commit, err := r.commit(tip.hash())
	if err != nil {
		return err
	}
	tree, err := object.GetTree(r.store, commit.Tree)
	if err != nil {
		return err
	}
	for _, name := range start.known {
		in, err := takes(tree, strings.TrimSuffix(name, "/"))
		if err != nil {
			return err
		}
		if in != "" {
			return fmt.Errorf("%s, which %s has on the branch, would overwrite what was there when the run began and is not committed", in, tip.Short())
		}
	}
	return nil
}

// takes returns the name in a tree that takes the place of a file or folder of that name, and "" where none does.
func takes(tree *object.Tree, name string) (string, error) {
	for i, c := range name + "/" {
		if c != '/' {
			continue
		}
		entry, err := tree.FindEntry(name[:i])
		switch {
		case errors.Is(err, object.ErrEntryNotFound):
			return "", nil
		case err != nil:
			return "", err
		case entry.Mode != filemode.Dir || i == len(name):
			return name[:i], nil
		}
	}
	return "", nil
}

// fetchIntoCheckout brings a commit into the checkout's own object store.
func (r *Repo) fetchIntoCheckout(ctx context.Context, tip ID) error {
	if err := r.openLayers(); err != nil {
		return err
	}
	if has, err := r.checkoutHas(tip); has || err != nil {
		return err
	}
	into, err := openObjects(r.checkout.common)
	if err != nil {
		return err
	}
	shallow, err := r.checkout.shallow()
	if err != nil {
		return err
	}
	request, err := r.completing(tip, shallow)
	if err != nil {
		return err
	}
	got, err := r.conn.Fetch(ctx, request, readingBelow{into, r.store})
	if err != nil {
		return err
	}
	if len(shallow) > 0 {
		// After the objects: a boundary without its commit would be an error to git.
		if err := r.checkout.addShallow(shallow, got.Shallow); err != nil {
			return err
		}
	}
	return r.openLayers()
}

// checkoutHas reports whether the checkout itself has a commit, as far as one can tell from the commit alone: git
// writes it last.
func (r *Repo) checkoutHas(tip ID) (bool, error) {
	for _, layer := range r.store.layers[1:] {
		err := layer.HasEncodedObject(tip.hash())
		if err == nil || !errors.Is(err, plumbing.ErrObjectNotFound) {
			return err == nil, err
		}
	}
	return false, nil
}

// completing is the fetch after which the checkout has all it needs of tip: in a full clone the whole history, in a
// shallow one that single commit. Only what the checkout itself has may be claimed, not what belay holds in memory.
func (r *Repo) completing(tip ID, shallow []ID) (wire.FetchRequest, error) {
	request := wire.FetchRequest{Wants: []plumbing.Hash{tip.hash()}}
	const enough = 64 // to name every branch of a large repository would cost more than it saves
	for _, id := range append([]ID{r.origin.head}, slices.Sorted(maps.Values(r.origin.tips))...) {
		if len(request.Haves) == enough {
			break
		}
		has, err := r.checkoutHas(id)
		if err != nil {
			return request, err
		}
		if has && !slices.Contains(request.Haves, id.hash()) {
			request.Haves = append(request.Haves, id.hash())
		}
	}
	if len(shallow) > 0 {
		request.Depth = 1
		for _, id := range shallow {
			request.Shallow = append(request.Shallow, id.hash())
		}
	}
	return request, nil
}

// readingBelow writes to the checkout and reads from every layer.
type readingBelow struct {
	storer.EncodedObjectStorer
	below *objects
}

// EncodedObject implements storer.EncodedObjectStorer.
func (s readingBelow) EncodedObject(kind plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	return s.below.EncodedObject(kind, hash)
}

// addShallow adds boundaries to .git/shallow the way git does: under shallow.lock, by renaming.
func (c checkout) addShallow(had []ID, boundaries []plumbing.Hash) (err error) {
	path := filepath.Join(c.common, "shallow")
	lock, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.lock exists: another git is at work in the checkout, or was killed there: %w", path, err)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path+".lock"))
		}
	}()
	lines := slices.Clone(had)
	for _, hash := range boundaries {
		if !slices.Contains(lines, idOf(hash)) {
			lines = append(lines, idOf(hash))
		}
	}
	slices.Sort(lines)
	for _, id := range lines {
		if _, err := io.WriteString(lock, string(id)+"\n"); err != nil {
			return errors.Join(err, lock.Close())
		}
	}
	if err := lock.Close(); err != nil {
		return err
	}
	return os.Rename(path+".lock", path)
}

// resetTo puts HEAD back where the run found it, on its branch or detached, and moves it and all files to tip.
func (r *Repo) resetTo(ctx context.Context, tip ID) error {
	commands := [][]string{
		{"symbolic-ref", "HEAD", "refs/heads/" + r.origin.branch},
		{"reset", "--quiet", "--hard", string(tip)},
	}
	if r.origin.branch == "" {
		commands = [][]string{{"checkout", "--quiet", "--force", "--detach", string(tip)}}
	}
	for _, args := range commands {
		if _, err := r.child.run(ctx, nil, args...); err != nil {
			return err
		}
	}
	return nil
}
