package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// workspace is the folder that a run works in, for built-in steps to read and write files of. Nothing outside of it can
// be reached, by whatever links (os.Root), nor the repository's own folder.
type workspace struct{ *os.Root }

func openWorkspace(dir string) (workspace, error) {
	root, err := os.OpenRoot(dir)
	return workspace{root}, err
}

// maxLinks is how many symbolic links may stand for one another.
const maxLinks = 16

var errRepositoryFolder = errors.New("a path into .git is not for a step to touch")

// localName returns a name as the workspace knows it.
func localName(name string) (string, error) {
	clean := path.Clean(filepath.ToSlash(name))
	switch {
	case name == "" || strings.ContainsRune(name, 0):
		return "", errors.New("a path is missing")
	case !filepath.IsLocal(filepath.FromSlash(clean)):
		return "", errors.New("the path leaves the workspace")
	case slices.ContainsFunc(strings.Split(clean, "/"), func(part string) bool { return strings.EqualFold(part, ".git") }):
		return "", errRepositoryFolder
	}
	return clean, nil
}

// resolve follows symbolic links to the file that a name means. A file that does not exist is an error of fs.ErrNotExist,
// with its name.
func (w workspace) resolve(name string) (string, fs.FileInfo, error) {
	for range maxLinks {
		clean, err := localName(name)
		if err != nil {
			return "", nil, err
		}
		info, err := w.Lstat(filepath.FromSlash(clean))
		if err != nil {
			return clean, nil, plainly(err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return clean, info, nil
		}
		to, err := w.Readlink(filepath.FromSlash(clean))
		if err != nil {
			return "", nil, plainly(err)
		}
		if filepath.IsAbs(to) {
			return "", nil, errors.New("the path is a link that leaves the workspace")
		}
		name = path.Join(path.Dir(clean), filepath.ToSlash(to))
	}
	return "", nil, fmt.Errorf("the path is a link of more than %d links", maxLinks)
}

// plainly returns the cause of an error of package os without its path, which the caller names.
func plainly(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// read returns a file's content, of at most limit bytes.
func (w workspace) read(name string, limit int64) ([]byte, error) {
	f, err := w.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, plainly(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, plainly(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return data, err
}

// write puts a file in the place of another, whole or not at all. It has the other's mode and, where that is allowed, its
// owner. info is nil for a new file, whose folders are made.
func (w workspace) write(name string, data []byte, info fs.FileInfo) (err error) {
	target := filepath.FromSlash(name)
	mode := fs.FileMode(0o644)
	if info != nil {
		mode = info.Mode().Perm()
	} else if err := w.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return plainly(err)
	}
	beside := filepath.Join(filepath.Dir(target), fmt.Sprintf(".belay-%x.tmp", rand.Uint64()))
	f, err := w.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return plainly(err)
	}
	defer func() {
		if err != nil {
			w.Remove(beside)
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil && info != nil {
		err = sameOwner(w.Root, beside, info)
	}
	if err == nil {
		err = w.Rename(beside, target)
	}
	return err
}
