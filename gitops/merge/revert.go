package merge

import "github.com/go-git/go-git/v5/plumbing"

// Revert takes the change of a commit back on top of onto, like git revert (of a merge commit, with -m 1): it is the
// same merge as Replay's with the commit's tree for a base and its first parent's tree for theirs. The new commit has
// the message as given. Empty means that the change is not there any more.
//
// A commit whose work others built upon elsewhere reverts cleanly all the same: only lines are looked at.
func Revert(s Store, commit, onto plumbing.Hash, message []byte, author, committer Signature, o Options) (Replayed, error) {
	c, err := readCommit(s, commit)
	if err != nil {
		return Replayed{}, err
	}
	before, err := firstParentTree(s, c)
	if err != nil {
		return Replayed{}, err
	}
	return commitMerge(s, c.Tree, onto, before, Commit{
		Author:    author.String(),
		Committer: committer.String(),
		Message:   append([]byte{}, message...),
	}, o)
}
