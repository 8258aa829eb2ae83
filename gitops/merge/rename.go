package merge

import (
	"maps"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// movements is what a side deleted and added: what git looks for renames in. Paths are taken by content.
type movements struct {
	deleted map[plumbing.Hash][]string
	added   map[plumbing.Hash][]added
}

type added struct {
	path string
	entry
}

func readMovements(s Store, base, side plumbing.Hash) (movements, error) {
	m := movements{deleted: map[plumbing.Hash][]string{}, added: map[plumbing.Hash][]added{}}
	for p, err := range differences(s, "", base, side) {
		switch {
		case err != nil:
			return movements{}, err
		case !p.b.exists():
			m.deleted[p.a.hash] = append(m.deleted[p.a.hash], p.path)
		case !p.a.exists():
			m.added[p.b.hash] = append(m.added[p.b.hash], added{p.path, p.b})
		}
	}
	return m, nil
}

// renamed returns where a side moved a file to without a change. Git always finds such a rename, and no other, where
// one deleted file had the content and one added file has it; it renames no empty files.
func (m movements) renamed(path string, base entry) (to added, ok bool) {
	deleted, fresh := m.deleted[base.hash], m.added[base.hash]
	if !base.file() || base.hash == emptyBlob() || len(deleted) != 1 || deleted[0] != path || len(fresh) != 1 || !fresh[0].file() {
		return added{}, false
	}
	return fresh[0], true
}

// notRenamed reports whether git can't have found a rename of a deleted path: nothing added has its content, and every
// added file is less than half as large or more than twice. Then they can't be half alike, which is what git asks for.
func (m movements) notRenamed(s Store, base entry) (bool, error) {
	if base.hash == emptyBlob() {
		return true, nil
	}
	if len(m.added[base.hash]) > 0 {
		return false, nil
	}
	if !base.file() {
		return true, nil // links and submodules are renamed as they are
	}
	size, err := sizeOf(s, base.hash)
	if err != nil {
		return false, err
	}
	for _, list := range m.added {
		if !slices.ContainsFunc(list, func(a added) bool { return a.file() }) {
			continue
		}
		other, err := sizeOf(s, list[0].hash)
		if err != nil {
			return false, err
		}
		if 2*min(size, other) >= max(size, other) {
			return false, nil
		}
	}
	return true, nil
}

func sizeOf(s Store, blob plumbing.Hash) (int64, error) {
	o, err := openObject(s, plumbing.BlobObject, blob)
	if err != nil {
		return 0, err
	}
	return o.Size(), nil
}

// emptyBlob is the content of an empty file.
func emptyBlob() plumbing.Hash { return plumbing.ComputeHash(plumbing.BlobObject, nil) }

// doubt is a conflict that following renames may resolve.
type doubt struct{ base, ours, theirs entry }

// follow resolves the conflicts in tree that are none once it is known what was renamed: where a side moved a file as it
// was and the other changed it, and where neither side can have renamed what both deleted.
func (m *merger) follow(tree plumbing.Hash, ours, theirs movements) (plumbing.Hash, error) {
	var moves []Change
	done := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(m.doubts)) {
		change, ok, err := m.doubts[path].settle(m.store, path, ours, theirs)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		done[path] = ok
		if ok && change.Path != "" {
			moves = append(moves, change)
		}
	}
	var left []Conflict
	for _, c := range m.conflicts {
		if !done[c.Path] {
			left = append(left, c)
		}
	}
	m.conflicts = left
	if len(m.conflicts) > 0 || len(moves) == 0 {
		return tree, nil
	}
	return Update(m.store, tree, moves)
}

// settle returns the change that resolves a doubt: none where the path just goes.
func (d doubt) settle(s Store, path string, ours, theirs movements) (c Change, ok bool, err error) {
	switch {
	case d.ours.file():
		c, ok = d.moved(path, d.ours, theirs, ours)
		return c, ok, nil
	case d.theirs.file():
		c, ok = d.moved(path, d.theirs, ours, theirs)
		return c, ok, nil
	case d.ours.exists() || d.theirs.exists():
		return Change{}, false, nil
	}
	to, renamed := ours.renamed(path, d.base)
	if other, ok := theirs.renamed(path, d.base); renamed && ok && to == other {
		return Change{}, true, nil // both made the same of it
	}
	for _, side := range []movements{ours, theirs} {
		if ok, err := side.notRenamed(s, d.base); err != nil || !ok {
			return Change{}, false, err
		}
	}
	return Change{}, true, nil
}

// moved takes a changed file to where the other side, the mover, moved it. Nothing else of the changer's may be on the
// way: neither at the new path, nor above it, nor below.
func (d doubt) moved(path string, changed entry, mover, changer movements) (Change, bool) {
	to, ok := mover.renamed(path, d.base)
	if !ok || changer.inTheWay(to.path) {
		return Change{}, false
	}
	mode := changed.mode
	if to.mode != d.base.mode {
		mode = to.mode
	}
	return Change{to.path, mode, changed.hash}, true
}

// inTheWay reports whether a side added something at path, above it or below.
func (m movements) inTheWay(path string) bool {
	for _, list := range m.added {
		for _, a := range list {
			if within(a.path, path) || within(path, a.path) {
				return true
			}
		}
	}
	return false
}

// within reports whether path is folder or lies below it.
func within(path, folder string) bool {
	return path == folder || len(path) > len(folder) && path[:len(folder)] == folder && path[len(folder)] == '/'
}
