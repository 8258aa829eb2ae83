package gitops

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// Integrate says how the run's commits get onto a tip. docs/landing.md has the table of what each does to signatures.
type Integrate string

// The ways. The empty one is Rebase.
const (
	// Rebase replays the commits. One that was signed by somebody else loses that signature, which the outcome says.
	Rebase Integrate = "rebase"
	// Merge makes a merge commit, always. The run's own commits stay as they are, byte for byte.
	Merge Integrate = "merge"
	// RebaseOrMerge is Rebase where no signature gets lost, else Merge.
	RebaseOrMerge Integrate = "rebase-or-merge"
	// RebaseOrFail is Rebase where no signature gets lost, else git.signature.
	RebaseOrFail Integrate = "rebase-or-fail"
)

// integrate puts the line on the tip in the way that was asked for. The outcome has no state when its commits are
// ready to be pushed.
func (l landing) integrate(ctx context.Context, store *objects, line []staged, tip ID) (Outcome, error) {
	switch l.req.Integrate {
	case Merge:
		return l.merge(ctx, store, line, tip)
	case RebaseOrMerge, RebaseOrFail:
		made, err := l.replay(ctx, store, line, tip)
		switch lost := made.lostSignatures(); {
		case err != nil || len(lost) == 0:
			return made, err
		case l.req.Integrate == RebaseOrMerge:
			return l.merge(ctx, store, line, tip)
		default:
			return Outcome{
				State: Rejected, Kind: policy.GitSignature, Branch: l.req.Branch, Before: tip, Tip: tip,
				Commits: Change{line: line}.Commits(), Unsigned: lost,
			}, nil
		}
	}
	return l.replay(ctx, store, line, tip)
}

// lostSignatures are the commits that are not any more what somebody else signed.
func (o Outcome) lostSignatures() []Commit {
	return append(append([]Commit(nil), o.Unsigned...), o.Resigned...)
}

// merge makes one commit of the tip and the line, as `git merge --no-ff` does. Its first parent is the tip, so that
// the branch's own history stays a row of landings, and its second the line. It alone carries a Belay-Id.
func (l landing) merge(ctx context.Context, store *objects, line []staged, tip ID) (Outcome, error) {
	o := Outcome{Branch: l.req.Branch, Before: tip, Tip: tip}
	onto, err := readCommit(store, tip.hash())
	if err != nil {
		return Outcome{}, err
	}
	if first, err := readCommit(store, line[0].Hash.hash()); err == nil && len(first.Parents) > 0 {
		if err := l.findServers(first.Parents[0]); err != nil {
			return Outcome{}, err
		}
	}
	last := line[len(line)-1]
	theirs, err := readCommit(store, last.Hash.hash())
	if err != nil {
		return Outcome{}, err
	}
	base, err := lineBase(store, line)
	if err != nil {
		return Outcome{}, err
	}
	merged, err := merge.TreesWith(store, base, onto.Tree, theirs.Tree, mergeBy(l.req.ByKey, l.arbitrating(ctx)))
	switch {
	case err != nil:
		return Outcome{}, err
	case len(merged.Conflicts) > 0:
		return l.conflicted(line, tip, merged.Conflicts), nil
	case merged.Tree == onto.Tree:
		o.State, o.Absorbed = Absorbed, Change{line: line}.Commits()
		return o, nil
	}
	hash, c, err := l.mergeCommit(store, merged.Tree, tip, line)
	if err != nil {
		return Outcome{}, err
	}
	o.Commits, o.Structured = []Commit{describe(hash, c)}, structuredOf(merged.Resolved)
	return o, nil
}

// findServers finds the newest commit of the server's that a line is made on. Mostly that is the one it is made on; but the steps'
// commits that landed before may be on the branch under other names, and then they go with the line.
func (l landing) findServers(madeOn plumbing.Hash) error {
	if l.whole[madeOn] || l.seen[madeOn] || l.checkout == nil {
		l.whole[madeOn] = true
		return nil
	}
	tracked, err := l.checkout.tracking()
	if err != nil {
		return err
	}
	pulled := map[ID]bool{}
	for _, id := range tracked {
		pulled[id] = true
	}
	for hash, n := madeOn, 0; n < findDepth; n++ {
		if l.whole[hash] || l.seen[hash] {
			return nil
		}
		c, err := l.commit(hash)
		if err != nil || pulled[idOf(hash)] || len(c.Parents) != 1 || l.store.HasEncodedObject(c.Parents[0]) != nil {
			l.whole[hash] = true // the steps' commits are in a row, and end before a shallow clone does
			return nil
		}
		hash = c.Parents[0]
	}
	l.whole[madeOn] = true
	return nil
}

// lineBase is the tree that a line's change is measured from as a whole. What landed before without being committed is in the last
// commit's tree, unless that takes it back, and on the branch, but not below the steps' commits: there it is put in.
func lineBase(store *objects, line []staged) (plumbing.Hash, error) {
	first, had := line[0].base, line[len(line)-1].had
	if len(line) == 1 || had.without == had.with {
		return first, nil
	}
	both, err := merge.Trees(store, had.without, first, had.with)
	if err != nil || len(both.Conflicts) > 0 {
		return first, err
	}
	return both.Tree, nil
}

func (l landing) mergeCommit(store *objects, tree plumbing.Hash, tip ID, line []staged) (plumbing.Hash, merge.Commit, error) {
	last := line[len(line)-1]
	head := last.Hash.hash()
	theirs, err := readCommit(store, head)
	if err == nil && last.made {
		head, err = l.sign(store, head)
	}
	if err != nil {
		return plumbing.ZeroHash, merge.Commit{}, err
	}
	what := fmt.Sprintf("%q", last.Subject)
	if n := len(line); n > 1 {
		what += fmt.Sprintf(" and %d more", n-1)
	}
	who := cmp.Or(l.req.Committer, personOf(theirs.Committer)).signature().String()
	c := merge.Commit{
		Tree:    tree,
		Parents: []plumbing.Hash{tip.hash(), head},
		Author:  who, Committer: who,
		Message: l.mark(l.id(0))(fmt.Appendf(nil, "Merge %s into %s\n", what, l.req.Branch)),
	}
	hash, err := writeObject(store, plumbing.CommitObject, c.Encode())
	if err == nil {
		hash, err = l.sign(store, hash)
	}
	return hash, c, err
}

// merges reports whether a commit on the branch is a merge.
func (v view) merges(c Commit) bool { return len(v.commits[c.Hash.hash()].Parents) > 1 }

// brought reports whether a merge on the branch brought the commit there: it is reachable, but not by first parents.
func (v view) brought(merge, commit plumbing.Hash) bool {
	parents := v.commits[merge].Parents
	return len(parents) > 1 && v.from(parents[1])[commit] && !v.from(parents[0])[commit]
}

// broughtByBelay reports whether a merge with a Belay-Id brought the commit.
func (v view) broughtByBelay(commit plumbing.Hash) bool {
	for _, merges := range v.marked {
		if slices.ContainsFunc(merges, func(merge plumbing.Hash) bool { return v.brought(merge, commit) }) {
			return true
		}
	}
	return false
}

// takenBack reports whether a commit is on the branch only by a merge of this change that was reverted since. Then it
// is there in name alone, and has to land again.
func (l landing) takenBack(history view, hash plumbing.Hash) bool {
	for _, merge := range history.marked[l.id(0)] {
		if history.brought(merge, hash) && history.reverted(merge) {
			return true
		}
	}
	return false
}
