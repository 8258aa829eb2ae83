package gitops

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/belay-ci/belay/gitops/merge"
)

// fewPaths says which entries of a large index matter when single files and folders are staged: git reads and writes
// an index as a whole, so that its `add` takes longer the more files the repository has.
type fewPaths []string

// few returns the paths where they name single files and folders as they stand, without patterns.
func few(paths []string) (fewPaths, bool) {
	var list fewPaths
	for _, p := range paths {
		clean := strings.TrimSuffix(p, "/")
		ascii := strings.IndexFunc(clean, func(c rune) bool { return c < ' ' || c > '~' }) < 0
		if clean == "" || clean == "." || clean != path.Clean(clean) || path.IsAbs(clean) || strings.HasPrefix(clean, "..") ||
			!ascii || strings.ContainsAny(clean, `*?[\:`) {
			return nil, false
		}
		list = append(list, clean)
	}
	return list, true
}

// cover reports whether a name is at or below one of the paths. Where file systems know no case, git may take one
// name for another: to keep one too many does no harm.
func (list fewPaths) cover(name []byte) bool {
	for _, p := range list {
		if len(name) < len(p) || len(name) > len(p) && name[len(p)] != '/' || name[0]|' ' != p[0]|' ' { // in short: an index has many names
			continue
		}
		if bytes.EqualFold(name[:len(p)], []byte(p)) {
			return true
		}
	}
	return false
}

// names reports whether a name is at or below one of the paths, or of one that is the same to the file system.
func (list fewPaths) names(name, root string) bool {
	return slices.ContainsFunc(list, func(p string) bool {
		if !(fewPaths{p}).cover([]byte(name)) {
			return false
		}
		as := name[:len(p)]
		return as == p || sameFile(filepath.Join(root, filepath.FromSlash(as)), filepath.Join(root, filepath.FromSlash(p)))
	})
}

func sameFile(a, b string) bool {
	one, err := os.Lstat(a)
	other, err2 := os.Lstat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// keep is cover and the files that say how others are stored.
func (list fewPaths) keep(name []byte) bool {
	return called(name, ".gitattributes") || called(name, ".gitmodules") || list.cover(name)
}

// called reports whether a path's last part is base.
func called(path []byte, base string) bool {
	folder := len(path) - len(base)
	return folder >= 0 && string(path[folder:]) == base && (folder == 0 || path[folder-1] == '/')
}

// fewAtMost is how many files the paths may hold for belay to compare them with the tree by itself.
const fewAtMost = 2_000

// changesOfFew lists the changes at a few paths. It declines, with errIndexShape, what is not few.
func (r *Repo) changesOfFew(ctx context.Context, private privateIndex, from recorded, list fewPaths, paths []string) ([]merge.Change, error) {
	entries, written, err := r.fewEntries(from, list)
	if err != nil {
		return nil, err
	}
	added, ok := entries, false
	if slices.Equal(list, paths) {
		added, ok = r.addAsIs(entries, list)
	}
	if !ok {
		if added, err = r.addFew(ctx, private, entries, written, paths); err != nil {
			return nil, err
		}
	}
	return r.changesFrom(from, added, list)
}

// fewEntries returns what a few paths have in the index and have landed since, and when the index was written.
func (r *Repo) fewEntries(from recorded, list fewPaths) ([]indexEntry, time.Time, error) {
	landed, err := r.landedSince(from)
	if err != nil {
		return nil, time.Time{}, err
	}
	users := filepath.Join(r.checkout.gitDir, "index")
	entries, err := readIndex(users, list.keep)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := os.Stat(users)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, c := range landed {
		entries = slices.DeleteFunc(entries, func(e indexEntry) bool { return e.name == c.Path })
		if c.Mode != 0 && list.keep([]byte(c.Path)) {
			entries = append(entries, entryOf(c.Path, c.Mode, c.Hash))
		}
	}
	return entries, info.ModTime(), nil
}

// addFew is `git add` of a few paths in an index of just their entries. It returns what is in it then.
func (r *Repo) addFew(ctx context.Context, private privateIndex, entries []indexEntry, written time.Time, paths []string) ([]indexEntry, error) {
	if err := writeIndex(private.file, entries); err != nil {
		return nil, err
	}
	// By the index's own time git knows which files may have changed after their entries were written.
	if err := os.Chtimes(private.file, time.Time{}, written); err != nil {
		return nil, err
	}
	if err := r.add(ctx, private, paths); err != nil {
		return nil, err
	}
	added, err := readIndex(private.file, func([]byte) bool { return true })
	if errors.Is(err, fs.ErrNotExist) { // git writes none where there is nothing in it
		return nil, nil
	}
	return added, err
}

// changesFrom compares what a few paths have now with what they have in the recorded tree. It declines what is not few.
func (r *Repo) changesFrom(from recorded, entries []indexEntry, list fewPaths) ([]merge.Change, error) {
	entries = slices.DeleteFunc(entries, func(e indexEntry) bool { return !list.names(e.name, r.checkout.root) })
	was := map[string]object.TreeEntry{}
	for _, p := range list {
		if err := r.filesAt(from.tree, p, was); err != nil {
			return nil, err
		}
	}
	if len(entries) > fewAtMost || len(was) > fewAtMost {
		return nil, errIndexShape
	}
	var changes []merge.Change
	for _, e := range entries {
		if e.flags&indexStage != 0 {
			return nil, errIndexShape
		}
		if before, ok := was[e.name]; !ok || before.Hash != e.hash || before.Mode != e.mode() {
			changes = append(changes, merge.Change{Path: e.name, Mode: e.mode(), Hash: e.hash})
		}
		delete(was, e.name)
	}
	for name := range was {
		changes = append(changes, merge.Change{Path: name})
	}
	slices.SortFunc(changes, func(a, b merge.Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

// filesAt collects the files at and below a path of a tree.
func (r *Repo) filesAt(tree plumbing.Hash, at string, into map[string]object.TreeEntry) error {
	name := ""
	entry := object.TreeEntry{Mode: filemode.Dir, Hash: tree}
	for part := range strings.SplitSeq(at, "/") {
		if entry.Mode != filemode.Dir {
			return nil
		}
		read, err := object.GetTree(r.store, entry.Hash)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(read.Entries, func(e object.TreeEntry) bool { return e.Name == part })
		if i < 0 {
			return nil
		}
		entry, name = read.Entries[i], path.Join(name, part)
	}
	return r.filesBelow(name, entry, into)
}

func (r *Repo) filesBelow(name string, entry object.TreeEntry, into map[string]object.TreeEntry) error {
	if entry.Mode != filemode.Dir {
		into[name] = entry
		return nil
	}
	read, err := object.GetTree(r.store, entry.Hash)
	if err != nil {
		return err
	}
	for _, e := range read.Entries {
		if len(into) > fewAtMost {
			return nil
		}
		if err := r.filesBelow(path.Join(name, e.Name), e, into); err != nil {
			return err
		}
	}
	return nil
}
