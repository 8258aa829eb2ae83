package gitops

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// workTree is the user's files, to be read and written by names with slashes. Nothing outside of it can be reached, by
// whatever links and whoever swaps a folder for one meanwhile (os.Root).
type workTree struct{ *os.Root }

func openWorkTree(dir string) (workTree, error) {
	root, err := os.OpenRoot(dir)
	return workTree{root}, err
}

// keep copies files into a folder.
func (w workTree) keep(folder string, names []string) (map[string]keptFile, error) {
	files := map[string]keptFile{}
	left := int64(MostCopied)
	for i, name := range names {
		file, size, err := w.keepOne(name, folder, strconv.Itoa(i), left)
		if err != nil {
			return nil, fmt.Errorf("keep a copy of %s: %w", name, err)
		}
		left -= size
		files[name] = file
	}
	return files, nil
}

var errTooMuch = fmt.Errorf("files of more than %d MiB are neither committed nor ignored", MostCopied>>20)

func (w workTree) keepOne(name, folder, as string, most int64) (keptFile, int64, error) {
	local := filepath.FromSlash(name)
	info, err := w.Lstat(local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return keptFile{Gone: true}, 0, nil
	case err != nil:
		return keptFile{}, 0, plain(err)
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := w.Readlink(local)
		return keptFile{Mode: info.Mode(), Link: link}, 0, plain(err)
	case !info.Mode().IsRegular(): // a repository of its own; git sees nothing else
		return keptFile{Mode: info.Mode()}, 0, nil
	case info.Size() > most:
		return keptFile{}, 0, errTooMuch
	}
	in, err := w.Open(local)
	if err != nil {
		return keptFile{}, 0, plain(err)
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(folder, as), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return keptFile{}, 0, err
	}
	size, err := io.Copy(out, io.LimitReader(in, most+1))
	if err = errors.Join(err, out.Close()); err == nil && size > most {
		err = errTooMuch
	}
	return keptFile{Mode: info.Mode(), Copy: as}, size, err
}

// folders lists the folders that are neither ignored nor in a repository of their own. It only looks, and goes by no link,
// so that it needs no opened folders, which would take five times as long.
func (w workTree) folders(s Snapshot) (map[string]bool, error) {
	all := map[string]bool{}
	err := filepath.WalkDir(w.Name(), func(file string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), err == nil && (!d.IsDir() || file == w.Name()):
			return nil // of a folder that can't be read, git sees nothing either
		case err != nil:
			return err
		}
		rel, err := filepath.Rel(w.Name(), file)
		name := filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case name == ".git" || s.had(name+"/"):
			return fs.SkipDir
		}
		all[name] = true
		if w.has(name + "/.git") { // a submodule
			return fs.SkipDir
		}
		return nil
	})
	return all, err
}

// list returns the names in a folder.
func (w workTree) list(name string) ([]string, error) {
	entries, err := fs.ReadDir(w.FS(), name)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// isFolder reports whether a name is a folder, and no link to one.
func (w workTree) isFolder(name string) bool {
	info, err := w.Lstat(filepath.FromSlash(name))
	return err == nil && info.IsDir()
}

func (w workTree) has(name string) bool {
	_, err := w.Lstat(filepath.FromSlash(name))
	return err == nil
}

// put makes a file what it was, and reports whether it had to. Files are replaced whole or not at all.
func (w workTree) put(name string, f keptFile, copies string) (bool, error) {
	local := filepath.FromSlash(name)
	if f.Mode.IsDir() || f.Gone && (w.inTheWay(name) != "" || !w.has(name)) {
		return false, nil
	}
	if f.Gone {
		return true, w.removeAll(name)
	}
	if err := w.clearWay(name); err != nil {
		return false, err
	}
	info, err := w.Lstat(local)
	if ignoreGone(err) != nil {
		return false, plain(err)
	}
	if f.Link != "" {
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if link, err := w.Readlink(local); err == nil && link == f.Link {
				return false, nil
			}
		}
		return true, w.replace(name, func(beside string) error { return w.Symlink(f.Link, beside) })
	}
	from, openErr := os.Open(filepath.Join(copies, f.Copy))
	if openErr != nil {
		return false, openErr
	}
	defer from.Close()
	if err == nil && info.Mode() == f.Mode {
		same, err := w.same(local, info, from)
		if same || err != nil {
			return false, plain(err)
		}
	}
	return true, w.replace(name, func(beside string) error {
		to, err := w.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = from.Seek(0, io.SeekStart)
		if err == nil {
			_, err = io.Copy(to, from)
		}
		if err == nil {
			err = to.Chmod(f.Mode)
		}
		return errors.Join(err, to.Close())
	})
}

// same compares a file with its copy.
func (w workTree) same(local string, info fs.FileInfo, from *os.File) (bool, error) {
	copied, err := from.Stat()
	if err != nil || copied.Size() != info.Size() {
		return false, err
	}
	now, err := w.Open(local)
	if errors.Is(err, fs.ErrPermission) {
		return false, nil // its mode was unreadable then, too: it is written anew
	}
	if err != nil {
		return false, err
	}
	defer now.Close()
	a, b := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(now, a)
		m, otherErr := io.ReadFull(from, b)
		switch {
		case n != m || !bytes.Equal(a[:n], b[:m]):
			return false, nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return true, nil
		case err != nil || otherErr != nil:
			return false, errors.Join(err, otherErr)
		}
	}
}

// replace puts what make makes, under another name, in the place of a file or of whatever is there.
func (w workTree) replace(name string, make func(beside string) error) error {
	local := filepath.FromSlash(name)
	beside := filepath.Join(filepath.Dir(local), fmt.Sprintf(".belay-%x.tmp", rand.Uint64()))
	err := make(beside)
	if err == nil && w.isFolder(name) {
		err = w.removeAll(name)
	}
	if err == nil {
		err = w.Rename(beside, local)
	}
	if err != nil {
		return errors.Join(plain(err), ignoreGone(w.Remove(beside)))
	}
	return nil
}

// inTheWay returns the first of a name's folders that is none, and "" where all are.
func (w workTree) inTheWay(name string) string {
	for i, c := range name {
		if c != '/' {
			continue
		}
		if !w.isFolder(name[:i]) {
			return name[:i]
		}
	}
	return ""
}

// clearWay makes the folders of a name. What stands in the place of one is removed: to follow a link would be to write
// another file.
func (w workTree) clearWay(name string) error {
	for folder := w.inTheWay(name); folder != ""; folder = w.inTheWay(name) {
		if err := ignoreGone(w.Remove(filepath.FromSlash(folder))); err != nil {
			return plain(err)
		}
		if err := w.Mkdir(filepath.FromSlash(folder), 0o755); err != nil {
			return plain(err)
		}
	}
	return nil
}

// removeAll removes a name and everything below it, also below folders that nobody may write to, as package caches are.
func (w workTree) removeAll(name string) error {
	local := filepath.FromSlash(name)
	err := w.RemoveAll(local)
	if !errors.Is(err, fs.ErrPermission) {
		return plain(err)
	}
	err = w.unlock(local)
	if err == nil {
		err = w.RemoveAll(local)
	}
	return plain(err)
}

// unlock lets the owner write to a folder and those below it.
func (w workTree) unlock(local string) error {
	info, err := w.Lstat(local)
	if err != nil || !info.IsDir() {
		return ignoreGone(err)
	}
	if err := w.Chmod(local, info.Mode().Perm()|0o700); err != nil {
		return err
	}
	entries, err := fs.ReadDir(w.FS(), filepath.ToSlash(local))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := w.unlock(filepath.Join(local, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// ignoreGone takes away the error that a file does not exist.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// plain is the cause of an error of package os, without the path that the caller names.
func plain(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) && of.Err != nil {
		return of.Err
	}
	return err
}
