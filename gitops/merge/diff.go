package merge

import (
	"cmp"
	"iter"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// Change is a path and what is to be there: a file, a symbolic link or a submodule. The zero hash deletes the path.
type Change struct {
	Path string
	Mode filemode.FileMode
	Hash plumbing.Hash
}

// Diff returns the paths that differ between trees a and b, with what b has there, sorted by path. It compares modes
// and hashes alone and knows no renames. A file that became a folder is one deleted path and several new ones.
// Only folders that differ are read. The zero hash stands for the empty tree.
func Diff(s Store, a, b plumbing.Hash) ([]Change, error) {
	var changes []Change
	for p, err := range differences(s, "", a, b) {
		if err != nil {
			return nil, err
		}
		changes = append(changes, Change{p.path, p.b.mode, p.b.hash})
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes, nil
}

// adds reports whether b has a path that a has not.
func adds(s Store, a, b plumbing.Hash) (bool, error) {
	for p, err := range differences(s, "", a, b) {
		if err != nil || !p.a.exists() {
			return err == nil, err
		}
	}
	return false, nil
}

// pair is what two trees have at one path. Neither is a folder, and one of them may not exist.
type pair struct {
	path string
	a, b entry
}

// differences walks two trees side by side. An error ends it.
func differences(s Store, folder string, a, b plumbing.Hash) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		walk(s, folder, a, b, yield)
	}
}

// walk reports whether to go on.
func walk(s Store, folder string, a, b plumbing.Hash, yield func(pair, error) bool) bool {
	if a == b {
		return true
	}
	left, err := readTree(s, a)
	if err != nil {
		yield(pair{}, err)
		return false
	}
	right, err := readTree(s, b)
	if err != nil {
		yield(pair{}, err)
		return false
	}
	for name, row := range sideBySide(left, right) {
		path, a, b := below(folder, name), row[0], row[1]
		if a == b {
			continue
		}
		if a.folder() || b.folder() {
			if !walk(s, path, a.tree(), b.tree(), yield) {
				return false
			}
		}
		if a.leaf() || b.leaf() {
			if !yield(pair{path, a.orAbsent(), b.orAbsent()}, nil) {
				return false
			}
		}
	}
	return true
}

// orAbsent is e, or nothing where e is a folder.
func (e entry) orAbsent() entry {
	if e.folder() {
		return entry{name: e.name}
	}
	return e
}
