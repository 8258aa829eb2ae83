package merge

import (
	"cmp"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// Result is what a merge of trees came to.
type Result struct {
	Tree      plumbing.Hash // the merged tree; the zero hash when there are conflicts
	Conflicts []Conflict    // all of them, sorted by path
	Merged    []string      // the paths that were merged by line, or by a Resolver, sorted
	Resolved  []Resolved    // those of them that a Resolver merged, sorted by path
	Arbiter   bool          // the tree is an Arbiter's: what it merged by line is not listed
}

// Trees merges what ours and theirs made of base. The three are tree hashes; the zero hash stands for the empty tree.
// Only folders that both sides changed are read. Conflicts are a result; an error means that an object is missing
// from s (plumbing.ErrObjectNotFound, by go-git's storages), malformed, or could not be written.
//
// Git's merge follows renames. Here they are followed where git is certain to see the same (rename.go). Whatever else a
// rename could turn into something else is a conflict: a path one side deleted and the other changed, a path both
// deleted, and a path added to a folder that is gone on the other side (git may have found the folder renamed).
func Trees(s Store, base, ours, theirs plumbing.Hash) (Result, error) {
	return TreesWith(s, base, ours, theirs, Options{})
}

// TreesWith is Trees with options. An Arbiter is asked first, as what it says is what git says; then a Resolver.
func TreesWith(s Store, base, ours, theirs plumbing.Hash, o Options) (Result, error) {
	switch {
	case ours == theirs, base == theirs:
		return whole(s, ours)
	case base == ours:
		return whole(s, theirs)
	}
	if o.Arbiter == nil {
		return mergeTrees(s, base, ours, theirs, o)
	}
	r, err := mergeTrees(s, base, ours, theirs, Options{})
	if err != nil || len(r.Conflicts) == 0 {
		return r, err
	}
	verdict, err := arbitrate(s, base, ours, theirs, o.Arbiter)
	switch {
	case err != nil:
		return Result{}, err
	case !verdict.Tree.IsZero():
		return Result{Tree: verdict.Tree, Merged: r.Merged, Arbiter: true}, nil
	case o.Resolve == nil:
		return r, nil
	}
	return mergeTrees(s, base, ours, theirs, o)
}

func mergeTrees(s Store, base, ours, theirs plumbing.Hash, o Options) (Result, error) {
	m := merger{store: s, options: o, attributes: map[plumbing.Hash][]attributeLine{}, doubts: map[string]doubt{}}
	m.oursAdd = sync.OnceValues(func() (bool, error) { return adds(s, base, ours) })
	m.theirsAdd = sync.OnceValues(func() (bool, error) { return adds(s, base, theirs) })
	tree, err := m.folder("", [3]plumbing.Hash{base, ours, theirs}, gone{})
	if err != nil {
		return Result{}, err
	}
	if len(m.doubts) > 0 && len(m.doubts) == len(m.conflicts) { // else it stays a conflict
		left, err := readMovements(s, base, ours)
		if err != nil {
			return Result{}, err
		}
		right, err := readMovements(s, base, theirs)
		if err != nil {
			return Result{}, err
		}
		if tree, err = m.follow(tree, left, right); err != nil {
			return Result{}, err
		}
	}
	if len(m.conflicts) > 0 {
		tree = plumbing.ZeroHash
	}
	slices.SortFunc(m.conflicts, func(a, b Conflict) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(m.merged)
	slices.SortFunc(m.resolved, func(a, b Resolved) int { return cmp.Compare(a.Path, b.Path) })
	return Result{Tree: tree, Conflicts: m.conflicts, Merged: m.merged, Resolved: m.resolved}, nil
}

// whole is the result of a merge in which one side's tree is the answer.
func whole(s Store, tree plumbing.Hash) (Result, error) {
	if !tree.IsZero() {
		return Result{Tree: tree}, nil
	}
	tree, err := writeTree(s, nil)
	return Result{Tree: tree}, err
}

// merger is one merge under way.
type merger struct {
	store      Store
	options    Options
	conflicts  []Conflict
	merged     []string
	resolved   []Resolved
	doubts     map[string]doubt  // the conflicts among them that are none if it is known what was renamed
	folders    []attributeFolder // from the root to where the walk is
	attributes map[plumbing.Hash][]attributeLine

	// Whether a side added any path. One that did not can't have renamed any, so this settles most doubts about
	// renames; it is asked seldom, since it reads every folder the side changed.
	oursAdd, theirsAdd func() (bool, error)
}

// gone says on which side a folder of base, at or above the one being merged, is no more.
type gone struct{ ours, theirs bool }

func (m *merger) conflict(path string, reason Reason) {
	m.conflicts = append(m.conflicts, Conflict{path, reason})
}

// folder merges base, ours and theirs of one folder. An absent one is the zero hash. A folder left empty is written
// only at the root, since git keeps none elsewhere: its hash is zero.
func (m *merger) folder(path string, trees [3]plumbing.Hash, lost gone) (plumbing.Hash, error) {
	var lists [3][]entry
	for i, id := range trees {
		list, err := readTree(m.store, id)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		lists[i] = list
	}
	m.folders = append(m.folders, attributeFolder{path, lists})
	defer func() { m.folders = m.folders[:len(m.folders)-1] }()
	var out []entry
	for name, row := range sideBySide(lists[0], lists[1], lists[2]) {
		e, err := m.entry(below(path, name), row[0], row[1], row[2], lost)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		if e.exists() {
			out = append(out, e)
		}
	}
	if len(out) == 0 && path != "" {
		return plumbing.ZeroHash, nil
	}
	return writeTree(m.store, out, trees[:]...)
}

// entry merges what the three sides have under one name.
func (m *merger) entry(path string, base, ours, theirs entry, lost gone) (entry, error) {
	switch {
	case ours == theirs:
		return ours, m.same(path, base, ours, lost)
	case ours == base:
		return theirs, m.added(path, base, lost.ours, m.oursAdd)
	case theirs == base:
		return ours, m.added(path, base, lost.theirs, m.theirsAdd)
	case base.leaf() || ours.leaf() || theirs.leaf():
		if base.folder() || ours.folder() || theirs.folder() {
			m.conflict(path, DirectoryFile)
			return entry{}, nil
		}
		return m.leaf(path, base, ours, theirs)
	}
	lost.ours = lost.ours || !ours.exists()
	lost.theirs = lost.theirs || !theirs.exists()
	tree, err := m.folder(path, [3]plumbing.Hash{base.tree(), ours.tree(), theirs.tree()}, lost)
	if err != nil || tree.IsZero() {
		return entry{}, err
	}
	return entry{name: ours.name, mode: filemode.Dir, hash: tree}, nil
}

// added looks at a path one side alone changed: if it is new, and its folder is gone on the other side, that side may
// have moved the folder, and then git asks where the path belongs.
func (m *merger) added(path string, base entry, lost bool, otherAdds func() (bool, error)) error {
	if base.exists() || !lost {
		return nil
	}
	moved, err := otherAdds()
	if moved {
		m.conflict(path, Rename)
	}
	return err
}

// same looks, where both sides did the same, for what they deleted: one may have renamed it, or each in its own way.
func (m *merger) same(path string, base, side entry, lost gone) error {
	switch {
	case base == side || !base.exists() || base.leaf() && side.leaf():
		return nil
	case base.folder():
		_, err := m.folder(path, [3]plumbing.Hash{base.hash, side.tree(), side.tree()}, lost)
		return err
	}
	for _, adds := range []func() (bool, error){m.oursAdd, m.theirsAdd} {
		renamed, err := adds()
		if err != nil {
			return err
		}
		if renamed {
			m.conflict(path, DeletedByBoth)
			m.doubts[path] = doubt{base: base}
			break
		}
	}
	return nil
}
