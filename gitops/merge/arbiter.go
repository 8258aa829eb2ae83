package merge

import (
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
)

// Arbiter is asked where a merge of trees would end in conflicts: an installed git, whose word is the law of this
// package. An error ends the merge; an arbiter that can't tell gives the zero Verdict.
type Arbiter func(Question) (Verdict, error)

// Question is a merge that an arbiter is to decide, and all that git may have to look at for it.
type Question struct {
	Base, Ours, Theirs plumbing.Hash   // trees; the zero hash is the empty tree
	Trees              []plumbing.Hash // every tree in which the three differ
	Blobs              []plumbing.Hash // contents of files that both sides changed, and of those a side added or deleted
	Attributes         []Change        // the .gitattributes files that speak about them
}

// Verdict is what an arbiter found. The zero Verdict is that it can't tell.
type Verdict struct {
	Tree      plumbing.Hash // the merged tree, which the arbiter has put into the store; zero where git conflicts too
	Conflicts []string      // the paths that conflict
}

// arbitrate puts a merge to the arbiter. It does not where what .gitattributes says of the files could be read in two
// ways: see question.
func arbitrate(s Store, base, ours, theirs plumbing.Hash, ask Arbiter) (Verdict, error) {
	q, ok, err := question(s, base, ours, theirs)
	if errors.Is(err, plumbing.ErrObjectNotFound) { // a partial clone has not all that git may want to see
		return Verdict{}, nil
	}
	if err != nil || !ok {
		return Verdict{}, err
	}
	return ask(q)
}

// question collects what git looks at: trees that differ, files that both sides changed, and files one side deleted or
// added, which it may have renamed. It is not ok, because git's answer would depend on where git is asked, when a
// driver of the user's own may be meant to merge one of these files, or when the three sides differ on an attribute
// that counts: git reads attributes from the work tree, and there any of the three may be.
func question(s Store, base, ours, theirs plumbing.Hash) (q Question, ok bool, err error) {
	q = Question{Base: base, Ours: ours, Theirs: theirs}
	w := witness{store: s, seen: map[plumbing.Hash]bool{}, sides: map[string]int{}, files: map[string]bool{}}
	for i, side := range []plumbing.Hash{ours, theirs} {
		if err := w.compare(base, side, 1<<i); err != nil {
			return Question{}, false, err
		}
	}
	q.Trees, q.Blobs = w.trees, w.blobs()
	q.Attributes, ok, err = attributeFiles(s, [3]plumbing.Hash{base, ours, theirs}, w.files)
	return q, ok, err
}
