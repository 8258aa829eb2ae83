package merge

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// entry is one line of a tree. The zero mode means there is none.
type entry struct {
	name string
	mode filemode.FileMode
	hash plumbing.Hash
}

func (e entry) exists() bool { return e.mode != filemode.Empty }
func (e entry) folder() bool { return e.mode == filemode.Dir }
func (e entry) leaf() bool   { return e.exists() && !e.folder() }
func (e entry) file() bool   { return e.mode == filemode.Regular || e.mode == filemode.Executable }

// tree returns the hash of a folder, and the zero hash for anything else.
func (e entry) tree() plumbing.Hash {
	if e.folder() {
		return e.hash
	}
	return plumbing.ZeroHash
}

// errTree means that a tree object is not one git would write.
var errTree = errors.New("malformed tree")

// readTree returns the entries of a tree sorted by name alone, where git sorts folders as if their name ended in a
// slash: so a file and a folder of one name meet when trees are walked side by side. The zero hash is the empty tree.
func readTree(s Store, id plumbing.Hash) ([]entry, error) {
	if id.IsZero() || id == emptyTree() {
		return nil, nil
	}
	raw, err := readObject(s, plumbing.TreeObject, id)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for len(raw) > 0 {
		mode, rest, ok := bytes.Cut(raw, []byte{' '})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		n, err := strconv.ParseUint(string(mode), 8, 32)
		if !ok || !ok2 || err != nil || len(name) == 0 || len(rest) < len(plumbing.Hash{}) {
			return nil, fmt.Errorf("read tree %s: %w", id, errTree)
		}
		e := entry{name: string(name), mode: canonical(filemode.FileMode(n))}
		raw = rest[copy(e.hash[:], rest):]
		entries = append(entries, e)
	}
	byName := func(a, b entry) int { return strings.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(entries, byName) {
		slices.SortFunc(entries, byName)
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].name == entries[i-1].name {
			return nil, fmt.Errorf("read tree %s: %w: %q is there twice", id, errTree, entries[i].name)
		}
	}
	return entries, nil
}

// emptyTree is the tree git knows without having it.
func emptyTree() plumbing.Hash { return plumbing.ComputeHash(plumbing.TreeObject, nil) }

// canonical is the mode git takes a stored mode for: old repositories hold 0100664 and the like.
func canonical(mode filemode.FileMode) filemode.FileMode {
	const kind = 0o170000
	switch {
	case mode&kind == 0o100000 && mode&0o100 != 0:
		return filemode.Executable
	case mode&kind == 0o100000:
		return filemode.Regular
	case mode&kind == filemode.Symlink:
		return filemode.Symlink
	case mode&kind == filemode.Dir:
		return filemode.Dir
	}
	return filemode.Submodule
}

// writeTree stores entries as a tree, unless the tree is one of known: those are stored already.
func writeTree(s Store, entries []entry, known ...plumbing.Hash) (plumbing.Hash, error) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b entry) int {
		return cmp.Compare(a.sortName(), b.sortName())
	})
	var raw []byte
	for _, e := range sorted {
		raw = strconv.AppendUint(raw, uint64(e.mode), 8)
		raw = append(raw, ' ')
		raw = append(raw, e.name...)
		raw = append(raw, 0)
		raw = append(raw, e.hash[:]...)
	}
	if id := plumbing.ComputeHash(plumbing.TreeObject, raw); slices.Contains(known, id) {
		return id, nil
	}
	return writeObject(s, plumbing.TreeObject, raw)
}

// sortName is the name git sorts by.
func (e entry) sortName() string {
	if e.folder() {
		return e.name + "/"
	}
	return e.name
}

// sideBySide walks trees by name and yields what each of them has under it. The row is reused.
func sideBySide(trees ...[]entry) iter.Seq2[string, []entry] {
	return func(yield func(string, []entry) bool) {
		row := make([]entry, len(trees))
		for {
			name, found := "", false
			for _, t := range trees {
				if len(t) > 0 && (!found || t[0].name < name) {
					name, found = t[0].name, true
				}
			}
			if !found {
				return
			}
			for i, t := range trees {
				row[i] = entry{name: name}
				if len(t) > 0 && t[0].name == name {
					row[i], trees[i] = t[0], t[1:]
				}
			}
			if !yield(name, row) {
				return
			}
		}
	}
}

// below is the path of a name in a folder; the root folder is the empty string.
func below(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
