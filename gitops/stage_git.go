package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/belay-ci/belay/gitops/merge"
)

// changesByGit asks the installed git what changed under paths since tree, and has it store the new contents in the
// staging folder. It is git's own `add`, so that filters, LFS, line endings and modes come out as the user's git has
// them, but for files that it could only store as they lie there. The index is a copy, or a part of one: with the user's stat
// cache in it git reads only files that changed.
func (r *Repo) changesByGit(ctx context.Context, from recorded, paths []string) ([]merge.Change, error) {
	private, err := r.privateIndex()
	if err != nil {
		return nil, err
	}
	if list, ok := few(paths); ok {
		changes, err := r.changesOfFew(ctx, private, from, list, paths)
		if err == nil {
			return changes, nil
		}
		if !errors.Is(err, errIndexShape) && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return r.changesOfMany(ctx, private, from, paths)
}

// privateIndex is where git works instead of in the user's repository.
type privateIndex struct {
	file string   // the index
	set  []string // the variables that lead git there
}

func (r *Repo) privateIndex() (privateIndex, error) {
	dirs, err := r.checkout.objectDirs()
	if err != nil {
		return privateIndex{}, err
	}
	index := filepath.Join(r.staging, "index")
	return privateIndex{file: index, set: []string{
		"GIT_INDEX_FILE=" + index,
		"GIT_OBJECT_DIRECTORY=" + filepath.Join(r.staging, "objects"),
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + quotePathList(dirs[0]),
	}}, nil
}

// add is `git add`.
func (r *Repo) add(ctx context.Context, private privateIndex, paths []string) error {
	_, err := r.child.run(ctx, private.set, append([]string{"add", "--all", "--"}, paths...)...)
	return err
}

// changesOfMany works with a copy of the whole index.
func (r *Repo) changesOfMany(ctx context.Context, private privateIndex, from recorded, paths []string) ([]merge.Change, error) {
	if err := copyIndex(private.file, filepath.Join(r.checkout.gitDir, "index")); err != nil {
		return nil, err
	}
	if err := r.indexLanded(ctx, private.set, from); err != nil {
		return nil, err
	}
	if err := r.add(ctx, private, paths); err != nil {
		return nil, err
	}
	if err := r.layDown(from.tree); err != nil {
		return nil, err
	}
	out, err := r.child.run(ctx, private.set, append([]string{
		"diff-index", "--cached", "--raw", "-z", "-r", "--no-abbrev", "--no-renames", "--ignore-submodules=none",
		from.tree.String(), "--"}, paths...)...)
	if err != nil {
		return nil, err
	}
	return parseRawDiff(out)
}

// indexLanded brings what landed without being committed into the private index: else git would not know of a file
// that landed and was deleted since.
func (r *Repo) indexLanded(ctx context.Context, set []string, from recorded) error {
	landed, err := r.landedSince(from)
	if err != nil || len(landed) == 0 {
		return err
	}
	var lines bytes.Buffer
	for _, c := range landed { // a mode of 0 removes
		fmt.Fprintf(&lines, "%o %s\t%s\x00", uint32(c.Mode), c.Hash, c.Path)
	}
	_, err = r.child.feed(ctx, lines.Bytes(), set, "update-index", "-z", "--index-info")
	return err
}

// layDown writes a tree that belay made, of what landed without being committed, to where git finds it.
func (r *Repo) layDown(tree plumbing.Hash) error {
	if r.store.Storage.HasEncodedObject(tree) != nil {
		return nil // it is on disk already, and so is what is below it
	}
	read, err := object.GetTree(r.store.Storage, tree)
	if err != nil {
		return err
	}
	for _, e := range read.Entries {
		if e.Mode == filemode.Dir {
			if err := r.layDown(e.Hash); err != nil {
				return err
			}
		}
	}
	made, err := r.store.Storage.EncodedObject(plumbing.TreeObject, tree)
	if err != nil {
		return err
	}
	_, err = r.store.layers[0].SetEncodedObject(made)
	return err
}

// landedSince lists what landed without being committed in the checkout.
func (r *Repo) landedSince(from recorded) ([]merge.Change, error) {
	head, err := r.commit(from.head.hash())
	if err != nil {
		return nil, err
	}
	return merge.Diff(r.store, head.Tree, from.tree)
}

// parseRawDiff reads what `git diff-index --raw -z` prints: ":oldmode newmode oldhash newhash status" NUL path NUL.
func parseRawDiff(out []byte) ([]merge.Change, error) {
	var changes []merge.Change
	for len(out) > 0 {
		head, rest, ok := bytes.Cut(out, []byte{0})
		path, rest, ok2 := bytes.Cut(rest, []byte{0})
		fields := strings.Fields(string(head))
		if !ok || !ok2 || len(fields) != 5 {
			return nil, fmt.Errorf("git diff-index: malformed line %.100q", head)
		}
		mode, err := strconv.ParseUint(fields[1], 8, 32)
		if err != nil {
			return nil, fmt.Errorf("git diff-index: malformed line %.100q", head)
		}
		changes = append(changes, merge.Change{Path: string(path), Mode: filemode.FileMode(mode), Hash: plumbing.NewHash(fields[3])})
		out = rest
	}
	return changes, nil
}

// quotePathList writes one folder as an entry of GIT_ALTERNATE_OBJECT_DIRECTORIES, see git(1): an entry with the
// list's separator in it is quoted like a C string.
func quotePathList(dir string) string {
	if !strings.ContainsRune(dir, os.PathListSeparator) {
		return dir
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(dir) + `"`
}

// copyIndex copies an index with its time of change: by it git knows which files may have changed after their entries
// were written, within the same tick of the clock. Where there is no from there will be no to.
func copyIndex(to, from string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Chtimes(to, time.Time{}, info.ModTime())
}
