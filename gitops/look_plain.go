package gitops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// lookByHand is look where git is not installed: it reads every tracked file. One that git would store otherwise than it
// lies there counts as changed. Submodules, and what is ignored by the user's own configuration, are not known.
func (r *Repo) lookByHand() (sight, error) {
	tracked, err := r.checkout.tracked()
	if err != nil {
		return sight{}, err
	}
	rules, err := r.checkout.rules()
	if err != nil {
		return sight{}, err
	}
	tree, err := openWorkTree(r.checkout.root)
	if err != nil {
		return sight{}, err
	}
	defer tree.Close()
	l := plainLook{tree: tree, rules: rules, tracked: tracked, folders: map[string]bool{}}
	for name, entry := range tracked {
		for folder := path.Dir(name); folder != "." && !l.folders[folder]; folder = path.Dir(folder) {
			l.folders[folder] = true
		}
		changed, err := l.changed(name, entry)
		if err != nil {
			return sight{}, fmt.Errorf("look at %s: %w", name, plain(err))
		}
		if changed {
			l.seen.changed = append(l.seen.changed, name)
		}
	}
	err = fs.WalkDir(tree.FS(), ".", l.walk)
	return l.seen, err
}

// tracked reads the whole index, by name.
func (c checkout) tracked() (map[string]indexEntry, error) {
	entries, err := readIndex(filepath.Join(c.gitDir, "index"), func([]byte) bool { return true })
	if err = ignoreGone(err); err != nil {
		return nil, err
	}
	all := make(map[string]indexEntry, len(entries))
	for _, e := range entries {
		if e.flags&indexStage != 0 {
			return nil, fmt.Errorf("%s has a conflict that is not resolved", e.name)
		}
		all[e.name] = e
	}
	return all, nil
}

type plainLook struct {
	tree    workTree
	rules   *rules
	tracked map[string]indexEntry
	folders map[string]bool // that have tracked files below them
	seen    sight
}

// notCheckedOut is the flag of entries that a sparse checkout leaves out.
const notCheckedOut = 0x4000

func (l *plainLook) changed(name string, e indexEntry) (bool, error) {
	info, err := l.tree.Lstat(filepath.FromSlash(name))
	switch {
	case e.mode() == filemode.Submodule:
		return false, nil
	case errors.Is(err, fs.ErrNotExist), l.tree.inTheWay(name) != "":
		return e.extended&notCheckedOut == 0, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := l.tree.Readlink(filepath.FromSlash(name))
		same := plumbing.ComputeHash(plumbing.BlobObject, []byte(filepath.ToSlash(link))) == e.hash
		return e.mode() != filemode.Symlink || !same, err
	case !info.Mode().IsRegular(),
		e.mode() == filemode.Symlink && !l.rules.noSymlinks,
		!l.rules.noFileMode && (e.mode() == filemode.Executable) != (info.Mode()&0o100 != 0):
		return true, nil
	}
	file, err := l.tree.Open(filepath.FromSlash(name))
	if err != nil {
		return false, err
	}
	defer file.Close()
	hasher := plumbing.NewHasher(plumbing.BlobObject, info.Size())
	_, err = io.Copy(hasher, file)
	return hasher.Sum() != e.hash, err
}

// walk notes what is not tracked.
func (l *plainLook) walk(name string, d fs.DirEntry, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), err == nil && name == ".":
		return nil
	case err != nil:
		return err
	case name == ".git":
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if err := l.rules.enter(path.Dir(name)); err != nil {
		return err
	}
	if d.IsDir() {
		return l.folder(name)
	}
	_, tracked := l.tracked[name]
	switch {
	case tracked, !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0:
	case l.rules.ignored(name, false):
		l.seen.ignored = append(l.seen.ignored, name)
	default:
		l.seen.untracked = append(l.seen.untracked, name)
	}
	return nil
}

func (l *plainLook) folder(name string) error {
	switch {
	case l.tracked[name].mode() == filemode.Submodule:
	case l.folders[name]:
		return nil
	case l.rules.ignored(name, true):
		l.seen.ignored = append(l.seen.ignored, name+"/")
	case l.tree.has(name + "/.git"):
		l.seen.untracked = append(l.seen.untracked, name+"/")
	default:
		return nil
	}
	return fs.SkipDir
}

// submodulesOf lists those of an index.
func submodulesOf(tracked map[string]indexEntry) map[string]bool {
	all := map[string]bool{}
	for name, e := range tracked {
		if e.mode() == filemode.Submodule {
			all[name] = true
		}
	}
	return all
}
