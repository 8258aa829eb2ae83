package gitops

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Extent says how much of a work tree goes back to what it was.
type Extent bool

// The extents. Ignored files that were there are left as they are now by either, and so are repositories of their own and
// submodules.
const (
	AllButIgnored Extent = false // what git ignores stays
	IgnoredToo    Extent = true  // what git ignores and was not there goes
)

// Undone is how many files were brought back and how many names removed.
type Undone struct{ Restored, Removed int }

// BringBack brings the work tree back to what a snapshot of this process saw: files that were changed or deleted since are
// as they were, byte for byte and with their modes, what was added is gone, and HEAD, its branch and the index are where
// they were. A merge or rebase that has begun since is over.
//
// Files that were as the index has them are written by git, with its filters; the others by belay.
//
// Without git, files that were not as they are stored are among the others. What a canceled or failing one has not come to
// is as it was before.
func (r *Repo) BringBack(ctx context.Context, s Snapshot, extent Extent) (Undone, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	u, err := r.bringBack(ctx, s, extent)
	return u, failed("bring the work tree back", err)
}

func (r *Repo) bringBack(ctx context.Context, s Snapshot, extent Extent) (Undone, error) {
	if r.checkout == nil {
		return Undone{}, errNoCheckout
	}
	if err := r.abandon(ctx, s.at); err != nil {
		return Undone{}, err
	}
	if err := r.headTo(ctx, s.at); err != nil {
		return Undone{}, err
	}
	if err := r.checkout.indexTo(filepath.Join(r.copies(s), "index")); err != nil {
		return Undone{}, err
	}
	done, err := r.filesBack(ctx, s, extent)
	if err != nil {
		return done, err
	}
	return done, r.goneFolders(s)
}

// filesBack is BringBack of the files, once HEAD and the index stand. What is ignored is not known before the rules about
// it are back.
func (r *Repo) filesBack(ctx context.Context, s Snapshot, extent Extent) (Undone, error) {
	tree, err := openWorkTree(r.checkout.root)
	if err != nil {
		return Undone{}, err
	}
	defer tree.Close()
	b := back{repo: r, tree: tree, was: s}
	now, err := b.look(ctx, func(name string) bool { return path.Base(name) == ".gitignore" })
	for removed := -1; err == nil && removed != b.done.Removed; {
		// What is removed may have hidden something: a link that leads to itself, say, hides the files of the folder that
		// it took the place of.
		removed = b.done.Removed
		now, err = b.look(ctx, func(string) bool { return true })
	}
	if err == nil && extent == IgnoredToo {
		err = b.removeNew(now.ignored)
	}
	if err == nil {
		err = b.emptyFolders(ctx, now)
	}
	return b.done, err
}

// back brings one work tree back.
type back struct {
	repo *Repo
	tree workTree
	was  Snapshot
	done Undone
}

// look looks at the work tree, and brings back what is wanted. It returns what it saw.
func (b *back) look(ctx context.Context, wanted func(name string) bool) (sight, error) {
	now, err := b.repo.look(ctx, "all")
	if err == nil {
		err = b.files(ctx, now, wanted)
	}
	return now, err
}

// files removes what was added, which may be in the way, and puts back what was changed or deleted: of the names that are
// wanted.
func (b *back) files(ctx context.Context, now sight, wanted func(name string) bool) error {
	var added, git []string
	for _, name := range now.untracked {
		if wanted(name) {
			added = append(added, name)
		}
	}
	if err := b.removeNew(added); err != nil {
		return err
	}
	for name, file := range b.was.files {
		if !wanted(name) {
			continue
		}
		changed, err := b.tree.put(name, file, b.repo.copies(b.was))
		if err != nil {
			return fmt.Errorf("bring %s back: %w", name, err)
		}
		if changed {
			b.done.Restored++
		}
	}
	for _, name := range now.changed {
		if _, copied := b.was.files[name]; !copied && wanted(name) {
			git = append(git, name)
		}
	}
	if len(git) == 0 {
		return nil
	}
	b.done.Restored += len(git)
	if b.repo.child == nil {
		return b.repo.checkOutByHand(b.tree, git)
	}
	_, err := b.repo.child.feed(ctx, []byte(strings.Join(git, "\x00")+"\x00"), nil, "checkout-index", "--index", "--force", "-z", "--stdin")
	return err
}

// removeNew removes what was not there, and the folders that this leaves empty and that were not there either.
func (b *back) removeNew(names []string) error {
	for _, name := range names {
		if err := b.removeOne(strings.TrimSuffix(name, "/")); err != nil {
			return fmt.Errorf("remove %s, which was not there before: %w", name, err)
		}
	}
	return nil
}

func (b *back) removeOne(name string) error {
	switch {
	case b.was.had(name):
		return nil
	case b.was.hadBelow(name) && b.tree.isFolder(name):
		entries, err := b.tree.list(name)
		for _, entry := range entries {
			if err == nil {
				err = b.removeOne(name + "/" + entry)
			}
		}
		return err
	}
	if err := b.tree.removeAll(name); err != nil {
		return err
	}
	b.done.Removed++
	for folder := path.Dir(name); folder != "." && !b.was.folders[folder]; folder = path.Dir(folder) {
		if b.tree.Remove(filepath.FromSlash(folder)) != nil {
			break // it is not empty
		}
	}
	return nil
}

// emptyFolders removes folders that were not there and are empty. Those of submodules that were never checked out are
// git's.
func (b *back) emptyFolders(ctx context.Context, now sight) error {
	if b.was.folders == nil {
		return nil
	}
	seen := b.was
	seen.ignored = slices.Concat(b.was.ignored, now.ignored)
	seen.index()
	there, err := b.tree.folders(seen)
	if err != nil {
		return err
	}
	submodules, err := b.submodules(ctx)
	if err != nil {
		return err
	}
	for _, folder := range slices.Backward(slices.Sorted(maps.Keys(there))) {
		if !b.was.folders[folder] && !submodules[folder] && b.tree.Remove(filepath.FromSlash(folder)) == nil {
			b.done.Removed++
		}
	}
	return nil
}

// submodules lists those of the index.
func (b *back) submodules(ctx context.Context) (map[string]bool, error) {
	all := map[string]bool{}
	if !b.tree.has(".gitmodules") {
		return all, nil
	}
	if b.repo.child == nil {
		tracked, err := b.repo.checkout.tracked()
		return submodulesOf(tracked), err
	}
	out, err := b.repo.child.run(ctx, nil, "ls-files", "--stage", "-z")
	for line := range strings.SplitSeq(string(out), "\x00") {
		if rest, is := strings.CutPrefix(line, "160000 "); is {
			_, name, _ := strings.Cut(rest, "\t")
			all[name] = true
		}
	}
	return all, err
}

// goneFolders makes the folders that are gone.
func (r *Repo) goneFolders(s Snapshot) error {
	tree, err := openWorkTree(r.checkout.root)
	if err != nil {
		return err
	}
	defer tree.Close()
	for folder := range s.folders {
		if err := tree.clearWay(folder + "/."); err != nil {
			return fmt.Errorf("bring the folder %s back: %w", folder, err)
		}
	}
	return nil
}
