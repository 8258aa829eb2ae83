package gitops

import (
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// pushed returns the newest commit of head's own line that the checkout last saw on a remote. Where there is none, nothing tells
// the steps' commits from others': then it is head.
func (r *Repo) pushed(head ID) (ID, error) {
	on := map[plumbing.Hash]bool{}
	for _, id := range r.origin.tips {
		on[id.hash()] = true
	}
	for hash, n := head.hash(), 0; n < findDepth; n++ {
		if on[hash] {
			return idOf(hash), nil
		}
		c, err := r.commit(hash)
		if n == 0 && err != nil {
			return "", err
		}
		if err != nil || len(c.Parents) == 0 {
			break // where a shallow clone ends
		}
		hash = c.Parents[0]
	}
	return head, nil
}

// ownCommits returns the commits between what was recorded and head, oldest first. Commits that the checkout last saw
// on a remote are not the steps' own: a step may pull, or check out another branch.
func (r *Repo) ownCommits(head ID) ([]staged, error) {
	if head == r.recorded.head {
		return nil, nil
	}
	seen, err := r.checkout.tracking()
	if err != nil {
		return nil, err
	}
	stops := map[plumbing.Hash]bool{r.recorded.head.hash(): true}
	for _, id := range seen {
		stops[id.hash()] = true
	}
	var own []staged
	keep := false
	for hash := head.hash(); !stops[hash]; {
		c, err := r.commit(hash)
		if err != nil {
			return nil, fmt.Errorf("HEAD is at %s, which does not descend from %s where the run was: %w", head.Short(), r.recorded.head.Short(), err)
		}
		if len(c.Parents) != 1 {
			return nil, fmt.Errorf("commit %s has %d parents: belay lands commits in a row, made on top of %s where the run was",
				hash, len(c.Parents), r.recorded.head.Short())
		}
		parent, err := r.commit(c.Parents[0])
		if err != nil {
			return nil, fmt.Errorf("HEAD is at %s, which does not descend from %s where the run was: %w", head.Short(), r.recorded.head.Short(), err)
		}
		keep = keep || signed(c)
		own = append(own, staged{Commit: describe(hash, c), base: parent.Tree, keep: keep})
		hash = c.Parents[0]
	}
	slices.Reverse(own)
	return own, nil
}
