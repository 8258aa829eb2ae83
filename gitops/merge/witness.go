package merge

import (
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// witness walks the differences between base and its sides.
type witness struct {
	store Store
	seen  map[plumbing.Hash]bool
	trees []plumbing.Hash
	sides map[string]int // by path: who changed it, ours 1 and theirs 2
	pairs []pair
	files map[string]bool // the paths whose content git may look at
}

func (w *witness) compare(base, side plumbing.Hash, who int) error {
	err := w.note("", base, side)
	if err != nil {
		return err
	}
	for p, err := range differences(w.store, "", base, side) {
		if err != nil {
			return err
		}
		w.pairs = append(w.pairs, p)
		w.sides[p.path] |= who
		if !p.a.exists() || !p.b.exists() {
			w.files[p.path] = true
		}
	}
	return nil
}

// note takes down the trees in which a and b differ.
func (w *witness) note(folder string, a, b plumbing.Hash) error {
	if a == b {
		return nil
	}
	left, err := w.read(a)
	if err != nil {
		return err
	}
	right, err := w.read(b)
	if err != nil {
		return err
	}
	for name, row := range sideBySide(left, right) {
		if row[0].folder() || row[1].folder() {
			if err := w.note(below(folder, name), row[0].tree(), row[1].tree()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *witness) read(id plumbing.Hash) ([]entry, error) {
	if !id.IsZero() && !w.seen[id] {
		w.seen[id] = true
		w.trees = append(w.trees, id)
	}
	return readTree(w.store, id)
}

// blobs returns the contents git may look at, and completes files by the paths that both sides changed.
func (w *witness) blobs() []plumbing.Hash {
	var list []plumbing.Hash
	for _, p := range w.pairs {
		if w.sides[p.path] == 3 {
			w.files[p.path] = true
		}
		if !w.files[p.path] {
			continue
		}
		for _, e := range []entry{p.a, p.b} {
			if (e.file() || e.mode == filemode.Symlink) && !w.seen[e.hash] {
				w.seen[e.hash] = true
				list = append(list, e.hash)
			}
		}
	}
	return list
}
