package gitops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/belay-ci/belay/gitops/merge"
)

// byHand lists changes where git is not installed: it reads every file under the paths and hashes it itself.
type byHand struct {
	repo    *Repo
	root    string
	tree    plumbing.Hash   // the recorded one
	tops    map[string]bool // the paths that are asked for
	rules   *rules
	kept    map[string]merge.Change // what the recorded tree has under the paths; what is left in the end was deleted
	seen    map[string]bool         // paths may overlap
	changes []merge.Change
}

// changesByHand is changesByGit without git. It refuses rather than to store a file as git would not.
func (r *Repo) changesByHand(_ context.Context, from recorded, paths []string) ([]merge.Change, error) {
	rules, err := r.checkout.rules()
	if err != nil {
		return nil, err
	}
	h := byHand{repo: r, root: r.checkout.root, tree: from.tree, tops: map[string]bool{}, rules: rules, kept: map[string]merge.Change{}, seen: map[string]bool{}}
	tops := make([]string, len(paths))
	for i, name := range paths {
		if tops[i], err = h.top(from.tree, name); err != nil {
			return nil, err
		}
		h.tops[tops[i]] = true
	}
	for _, top := range tops {
		if err := h.walk(top); err != nil {
			return nil, err
		}
	}
	for name := range h.kept {
		h.changes = append(h.changes, merge.Change{Path: name})
	}
	return h.changes, nil
}

// top takes in what the tree has at one path of the request, and returns the path as the walk begins with it.
func (h *byHand) top(tree plumbing.Hash, name string) (string, error) {
	clean := path.Clean(filepath.ToSlash(name))
	switch {
	case strings.ContainsAny(name, "*?[") || strings.HasPrefix(name, ":"):
		return "", fmt.Errorf("path %s: patterns need an installed git", name)
	case !filepath.IsLocal(filepath.FromSlash(clean)):
		return "", fmt.Errorf("path %s is outside the work tree", name)
	}
	for parent := path.Dir(clean); parent != "."; parent = path.Dir(parent) {
		if info, err := os.Lstat(h.file(parent)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "", fmt.Errorf("path %s is beyond the symbolic link %s", name, parent)
		}
	}
	under, err := h.repo.leaves(tree, clean)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(h.file(clean)); errors.Is(err, fs.ErrNotExist) && len(under) == 0 {
		return "", fmt.Errorf("path %s matches no file", name)
	}
	maps.Copy(h.kept, under)
	return clean, nil
}

func (h *byHand) walk(top string) error {
	return filepath.WalkDir(h.file(top), func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(h.root, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case name == "." || h.seen[name] && !d.IsDir():
			return nil
		case d.Name() == ".git" && d.IsDir():
			return filepath.SkipDir
		case d.Name() == ".git":
			return nil
		}
		h.seen[name] = true
		if err := h.rules.enter(path.Dir(name)); err != nil {
			return err
		}
		if d.IsDir() {
			return h.folder(name)
		}
		return h.content(name, d)
	})
}

// folder looks at a folder before what is in it.
func (h *byHand) folder(name string) error {
	if h.kept[name].Mode == filemode.Submodule {
		return h.submodule(name)
	}
	if h.rules.ignored(name, true) && !h.tracksBelow(name) {
		return filepath.SkipDir
	}
	if _, err := os.Lstat(h.file(name + "/.git")); err != nil {
		return nil
	}
	switch other, err := h.repo.embedded(h.tree, name); {
	case err != nil:
		return err
	case !other:
		return fmt.Errorf("%s is a submodule that is new: adding one needs an installed git", name)
	case h.tops[name]:
		return embeddedError(name)
	}
	return filepath.SkipDir
}

func (h *byHand) tracksBelow(folder string) bool {
	for name := range h.kept {
		if strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}

// submodule compares the commit checked out in a submodule with the recorded one. An empty folder is one that was
// never checked out.
func (h *byHand) submodule(name string) error {
	was := h.kept[name]
	delete(h.kept, name)
	gitDir, err := gitDirOf(h.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.SkipDir
	}
	if err != nil {
		return err
	}
	sub, err := openCheckout(h.file(name), gitDir)
	if err != nil {
		return err
	}
	head, _, err := sub.head()
	if err != nil {
		return err
	}
	if head.hash() != was.Hash {
		h.changes = append(h.changes, merge.Change{Path: name, Mode: filemode.Submodule, Hash: head.hash()})
	}
	return filepath.SkipDir
}

// content takes one file or symbolic link.
func (h *byHand) content(name string, d fs.DirEntry) error {
	was, tracked := h.kept[name]
	if !tracked && h.rules.ignored(name, false) {
		return nil
	}
	delete(h.kept, name)
	mode, content, err := h.read(name, d, was)
	if err != nil {
		return err
	}
	hash := plumbing.ComputeHash(plumbing.BlobObject, content)
	if hash == was.Hash && mode == was.Mode {
		return nil
	}
	if mode != filemode.Symlink {
		if why := h.rules.needsGit(name, content); why != "" {
			return fmt.Errorf("store %s: %s, and git is not installed", name, why)
		}
	}
	if _, err := writeObject(h.repo.stagingStore(), plumbing.BlobObject, content); err != nil {
		return err
	}
	h.changes = append(h.changes, merge.Change{Path: name, Mode: mode, Hash: hash})
	return nil
}

// read returns what git would store of a file, before filters. Where the file system knows no executable bit or no
// symbolic links (core.fileMode, core.symlinks), the recorded mode stays.
func (h *byHand) read(name string, d fs.DirEntry, was merge.Change) (filemode.FileMode, []byte, error) {
	if d.Type()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(h.file(name))
		return filemode.Symlink, []byte(filepath.ToSlash(target)), err
	}
	info, err := d.Info()
	if err != nil {
		return 0, nil, err
	}
	if !info.Mode().IsRegular() {
		return 0, nil, fmt.Errorf("store %s: it is neither a file nor a symbolic link", name)
	}
	content, err := os.ReadFile(h.file(name))
	mode := filemode.Regular
	switch {
	case h.rules.noSymlinks && was.Mode == filemode.Symlink:
		mode = filemode.Symlink
	case h.rules.noFileMode && was.Mode == filemode.Executable:
		mode = filemode.Executable
	case !h.rules.noFileMode && info.Mode()&0o100 != 0:
		mode = filemode.Executable
	}
	return mode, content, err
}

func (h *byHand) file(name string) string { return h.repo.checkout.file(name) }

// leaves lists the files, links and submodules of a tree at or below a path.
func (r *Repo) leaves(tree plumbing.Hash, name string) (map[string]merge.Change, error) {
	under := map[string]merge.Change{}
	prefix := ""
	if name != "." {
		top, err := object.GetTree(r.store, tree)
		if err != nil {
			return nil, err
		}
		entry, err := top.FindEntry(name)
		if errors.Is(err, object.ErrEntryNotFound) || errors.Is(err, object.ErrDirectoryNotFound) {
			return under, nil
		}
		if err != nil {
			return nil, err
		}
		if entry.Mode != filemode.Dir {
			under[name] = merge.Change{Path: name, Mode: entry.Mode, Hash: entry.Hash}
			return under, nil
		}
		tree, prefix = entry.Hash, name+"/"
	}
	all, err := merge.Diff(r.store, plumbing.ZeroHash, tree)
	for _, leaf := range all {
		leaf.Path = prefix + leaf.Path
		under[leaf.Path] = leaf
	}
	return under, err
}
