package merge

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// ErrChange means that a list of changes contradicts itself or asks for what a tree can't hold.
var ErrChange = errors.New("change not possible")

// Update applies changes to a tree and returns the new one. Only the trees on the way are read and written, and none
// where nothing changes. The zero hash stands for the empty tree. Afterwards every changed path is as asked: a folder
// in the way of a new file goes with all it holds, a file in the way of a new folder goes too, and folders left empty
// vanish. A deletion deletes a file, a link or a submodule; it leaves a folder alone, and a path that is not there.
//
// It fails with ErrPath for a path no tree may have, and with ErrChange for a mode other than those of a file, a link
// or a submodule, for a path that is named twice, and for a new file below another new file.
func Update(s Store, tree plumbing.Hash, changes []Change) (plumbing.Hash, error) {
	root := &edit{}
	for _, c := range changes {
		if err := root.add(c); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	entries, err := root.apply(s, tree)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return writeTree(s, entries, tree)
}

// edit is what is to happen at one path and below it.
type edit struct {
	change *Change
	below  map[string]*edit
}

func (e *edit) add(c Change) error {
	if err := checkPath(c.Path); err != nil {
		return err
	}
	switch c.Mode {
	case filemode.Regular, filemode.Executable, filemode.Symlink, filemode.Submodule:
	default:
		if !c.Hash.IsZero() {
			return fmt.Errorf("change %s: mode %s: %w", c.Path, c.Mode, ErrChange)
		}
	}
	for part := range strings.SplitSeq(c.Path, "/") {
		if e.below == nil {
			e.below = map[string]*edit{}
		}
		if e.below[part] == nil {
			e.below[part] = &edit{}
		}
		e = e.below[part]
	}
	if e.change != nil {
		return fmt.Errorf("change %s: named twice: %w", c.Path, ErrChange)
	}
	e.change = &c
	return nil
}

// apply returns the entries of a folder after the edits below e.
func (e *edit) apply(s Store, tree plumbing.Hash) ([]entry, error) {
	before, err := readTree(s, tree)
	if err != nil {
		return nil, err
	}
	edits := make([]entry, 0, len(e.below))
	for _, name := range slices.Sorted(maps.Keys(e.below)) {
		edits = append(edits, entry{name: name})
	}
	var after []entry
	for name, row := range sideBySide(before, edits) {
		now := row[0]
		if next := e.below[name]; next != nil {
			if now, err = next.entry(s, now); err != nil {
				return nil, err
			}
		}
		if now.exists() {
			after = append(after, now)
		}
	}
	return after, nil
}

// entry returns what becomes of one entry of a folder.
func (e *edit) entry(s Store, now entry) (entry, error) {
	if c := e.change; c != nil && !c.Hash.IsZero() {
		if e.addsBelow() {
			return entry{}, fmt.Errorf("change %s: a file with files below it: %w", c.Path, ErrChange)
		}
		return entry{name: now.name, mode: c.Mode, hash: c.Hash}, nil
	}
	if e.change != nil && now.leaf() {
		now = entry{name: now.name}
	}
	if len(e.below) == 0 {
		return now, nil
	}
	entries, err := e.apply(s, now.tree())
	if err != nil {
		return entry{}, err
	}
	if len(entries) == 0 {
		return now.orAbsent(), nil
	}
	id, err := writeTree(s, entries, now.tree())
	return entry{name: now.name, mode: filemode.Dir, hash: id}, err
}

// addsBelow reports whether e puts a file anywhere below its own path.
func (e *edit) addsBelow() bool {
	for _, next := range e.below {
		if next.change != nil && !next.change.Hash.IsZero() || next.addsBelow() {
			return true
		}
	}
	return false
}
