package gitops

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// checkOutByHand writes files as the index has them, where git is not installed: those that lay in the work tree byte for
// byte as they are stored.
func (r *Repo) checkOutByHand(tree workTree, names []string) error {
	if err := r.openLayers(); err != nil { // steps and git add and repack objects
		return err
	}
	tracked, err := r.checkout.tracked()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := r.writeFile(tree, name, tracked[name]); err != nil {
			return fmt.Errorf("bring %s back: %w", name, err)
		}
	}
	return nil
}

func (r *Repo) writeFile(tree workTree, name string, e indexEntry) error {
	blob, err := object.GetBlob(r.store, e.hash)
	if err != nil {
		return err
	}
	content, err := blob.Reader()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := tree.clearWay(name); err != nil {
		return err
	}
	return tree.replace(name, func(beside string) error {
		if e.mode() == filemode.Symlink {
			link, err := io.ReadAll(io.LimitReader(content, 1<<16))
			return errors.Join(err, tree.Symlink(filepath.FromSlash(string(link)), beside))
		}
		mode := fs.FileMode(0o666) // less what the user takes from new files
		if e.mode() == filemode.Executable {
			mode = 0o777
		}
		to, err := tree.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, content)
		return errors.Join(err, to.Close())
	})
}

// headByHand is headTo where git is not installed. It writes refs as git does: under a lock, by renaming.
func (c checkout) headByHand(at position) error {
	if at.Branch != "" && at.Commit != "" {
		if err := writeLocked(filepath.Join(c.common, filepath.FromSlash(at.Branch)), at.Commit+"\n"); err != nil {
			return err
		}
	}
	head := at.Commit
	if at.Branch != "" {
		head = "ref: " + at.Branch
	}
	return writeLocked(filepath.Join(c.gitDir, "HEAD"), strings.TrimSpace(head)+"\n")
}

// writeLocked writes a file of the repository's own.
func writeLocked(path, text string) error {
	if now, err := os.ReadFile(path); err == nil && string(now) == text {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.lock exists: another git is at work in the checkout, or was killed there", path)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(lock, text)
	if err = errors.Join(err, lock.Close()); err == nil {
		err = os.Rename(path+".lock", path)
	}
	if err != nil {
		return errors.Join(err, ignoreGone(os.Remove(path+".lock")))
	}
	return nil
}
