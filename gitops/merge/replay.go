package merge

import (
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// Replayed is what replaying or reverting a commit came to: a new commit, conflicts, or nothing to do.
type Replayed struct {
	Commit           plumbing.Hash // the new commit; the zero hash when there are conflicts or Empty is set
	Tree             plumbing.Hash // the merged tree; the zero hash when there are conflicts
	Conflicts        []Conflict    // sorted by path
	Merged           []string      // the paths that were merged by line, or by a Resolver
	Resolved         []Resolved    // those of them that a Resolver merged
	Empty            bool          // the change is there already: the merged tree is onto's
	SignatureDropped bool          // the commit was signed, and the new one is not
}

// ReplayOptions says how Replay makes the new commit.
type ReplayOptions struct {
	Options
	BaseTree  *plumbing.Hash // what the commit's change is measured from; nil for its first parent's tree
	Committer Signature
	Message   func([]byte) []byte // rewrites the message, given in the commit's own encoding; nil keeps it
}

// Replay puts the change of a commit on top of onto, like git cherry-pick: the new commit has one parent, the
// author, author date, encoding, unknown headers and message of the old one, and a new committer. What would be a lie
// on it is left out: a signature (SignatureDropped says so) and the merged tags of a merge commit. The zero hash for
// onto makes the first commit of a branch.
//
// A commit whose change was applied and reverted on onto is applied again, where git rebase would leave it out.
func Replay(s Store, commit, onto plumbing.Hash, o ReplayOptions) (Replayed, error) {
	c, err := readCommit(s, commit)
	if err != nil {
		return Replayed{}, err
	}
	var base plumbing.Hash
	if o.BaseTree != nil {
		base = *o.BaseTree
	} else if base, err = firstParentTree(s, c); err != nil {
		return Replayed{}, err
	}
	again, signed := c, slices.ContainsFunc(c.Headers, Header.Signs)
	again.Committer = o.Committer.String()
	again.Headers = slices.DeleteFunc(c.Headers, func(h Header) bool { return h.Signs() || h.Name == "mergetag" })
	if o.Message != nil {
		again.Message = o.Message(c.Message)
	}
	r, err := commitMerge(s, base, onto, c.Tree, again, o.Options)
	r.SignatureDropped = signed && !r.Commit.IsZero()
	return r, err
}

// Signs reports whether h signs the commit, in one of the two object formats.
func (h Header) Signs() bool { return h.Name == "gpgsig" || h.Name == "gpgsig-sha256" }

// commitMerge merges theirs onto a commit and commits the outcome as c, on that commit.
func commitMerge(s Store, base, onto, theirs plumbing.Hash, c Commit, o Options) (Replayed, error) {
	var tip Commit
	if !onto.IsZero() {
		var err error
		if tip, err = readCommit(s, onto); err != nil {
			return Replayed{}, err
		}
	}
	merged, err := TreesWith(s, base, tip.Tree, theirs, o)
	if err != nil {
		return Replayed{}, err
	}
	r := Replayed{Tree: merged.Tree, Conflicts: merged.Conflicts, Merged: merged.Merged, Resolved: merged.Resolved}
	r.Empty = len(r.Conflicts) == 0 && r.Tree == tip.Tree
	if r.Empty || len(r.Conflicts) > 0 {
		return r, nil
	}
	c.Tree, c.Parents = r.Tree, nil
	if !onto.IsZero() {
		c.Parents = []plumbing.Hash{onto}
	}
	r.Commit, err = writeObject(s, plumbing.CommitObject, c.Encode())
	return r, err
}

func readCommit(s Store, id plumbing.Hash) (Commit, error) {
	raw, err := readObject(s, plumbing.CommitObject, id)
	if err != nil {
		return Commit{}, err
	}
	c, err := ParseCommit(raw)
	if err != nil {
		return Commit{}, fmt.Errorf("read commit %s: %w", id, err)
	}
	return c, nil
}

// firstParentTree is what a commit's change is measured from: the empty tree for a first commit.
func firstParentTree(s Store, c Commit) (plumbing.Hash, error) {
	if len(c.Parents) == 0 {
		return plumbing.ZeroHash, nil
	}
	parent, err := readCommit(s, c.Parents[0])
	return parent.Tree, err
}
