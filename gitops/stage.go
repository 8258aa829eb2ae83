package gitops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
)

// StageRequest says what to take from the work tree.
type StageRequest struct {
	Paths     []string // files and folders from the top of the work tree, as `git add` takes them; none: only the steps' own commits
	Message   string   // of the commit for what the steps left uncommitted
	Author    Person
	Committer Person // zero: the author
	Branch    string // where it will be landed, to read the branch meanwhile; empty: it is read when it is landed
	Queue     bool   // the landing will have a Queue: that is read meanwhile, too
}

// Change is what a run changed since it began or since its last landing, as commits that are on no branch yet.
type Change struct {
	line  []staged // oldest first
	from  recorded // what it was compared with
	after recorded // what to compare with once this has landed
}

// staged is one commit of a change.
type staged struct {
	Commit
	base plumbing.Hash // the tree its change is measured from
	keep bool          // it is signed, or lies under one that is
	made bool          // belay made it, of what the steps left uncommitted
	had  landedBefore  // what the work tree that it was made of had besides
}

// landedBefore is what landed without being committed, as the difference between two trees. It is none where they are the same.
type landedBefore struct{ without, with plumbing.Hash }

// recorded is the state of the work tree that the next staging compares with.
type recorded struct {
	head ID            // HEAD, as the steps see it
	tree plumbing.Hash // HEAD's tree with what was staged and landed since
}

// Empty reports whether there is nothing to land.
func (c Change) Empty() bool { return len(c.line) == 0 }

// Commits lists the change's commits, oldest first, as they are before landing gives them other names.
func (c Change) Commits() []Commit {
	commits := make([]Commit, len(c.line))
	for i, s := range c.line {
		commits[i] = s.Commit
	}
	return commits
}

// Stage takes the commits the steps made and, as one more commit, what they left uncommitted under the paths. The
// user's index, objects and files stay as they are. Staging twice without a landing in between gives the same change
// again.
//
// With git installed, contents are stored as `git add` stores them, and a path that matches nothing is an error as
// it is there. Without it, belay reads the files itself and refuses what only git's filters could read.
func (r *Repo) Stage(ctx context.Context, s StageRequest) (Change, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	read := r.readAhead(ctx, s.Branch, s.Queue)
	change, err := r.stage(ctx, s)
	read()
	if err != nil {
		return Change{}, failed(strings.TrimSpace("stage "+strings.Join(s.Paths, " ")), err)
	}
	return change, nil
}

func (r *Repo) stage(ctx context.Context, s StageRequest) (Change, error) {
	if r.checkout == nil {
		return Change{}, errNoCheckout
	}
	if err := r.openLayers(); err != nil {
		return Change{}, err
	}
	head, _, err := r.checkout.head()
	if err != nil {
		return Change{}, err
	}
	own, err := r.ownCommits(head)
	if err != nil {
		return Change{}, err
	}
	from, err := r.startingFrom(head)
	if err != nil {
		return Change{}, err
	}
	if len(s.Paths) == 0 {
		return Change{line: own, from: from, after: from}, nil
	}
	left, tree, err := r.leftUncommitted(ctx, from, s)
	if err == nil && len(left) > 0 && len(own) > 0 {
		left[0].had, err = r.landedUncommitted()
	}
	return Change{line: slices.Concat(own, left), from: from, after: recorded{head: head, tree: tree}}, err
}

// landedUncommitted is what landed before and was not committed then.
func (r *Repo) landedUncommitted() (landedBefore, error) {
	before, err := r.commit(r.recorded.head.hash())
	return landedBefore{without: before.Tree, with: r.recorded.tree}, err
}

// took records that a change has landed. Another one that was staged at the same moment may have landed before it: then both
// are what the next staging compares with. Where that can't be told, the change is: what landed before is staged again, and
// found on the branch.
func (r *Repo) took(change Change) {
	before := r.recorded
	r.recorded = change.after
	if before.head != change.after.head || before.tree == change.from.tree {
		return
	}
	own, err := merge.Diff(r.store, change.from.tree, change.after.tree)
	if err != nil {
		return
	}
	if both, err := merge.Update(r.store, before.tree, own); err == nil {
		r.recorded.tree = both
	}
}

// startingFrom returns what the work tree at head is compared with. Where both HEAD moved and something uncommitted
// landed before, that is the head with the landed change on it, so that neither is taken for a new change.
func (r *Repo) startingFrom(head ID) (recorded, error) {
	if head == r.recorded.head {
		return r.recorded, nil
	}
	before, err := r.commit(r.recorded.head.hash())
	if err != nil {
		return recorded{}, err
	}
	now, err := r.commit(head.hash())
	if err != nil {
		return recorded{}, err
	}
	both, err := merge.Trees(r.store, before.Tree, r.recorded.tree, now.Tree)
	if err != nil {
		return recorded{}, err
	}
	if len(both.Conflicts) > 0 {
		return recorded{}, fmt.Errorf("the commits up to %s change what landed before without being committed (%s): "+
			"let the steps commit all of it, or nothing", head.Short(), both.Conflicts[0])
	}
	return recorded{head: head, tree: both.Tree}, nil
}

// leftUncommitted makes one commit of what differs under the paths, and none where nothing does. It returns the tree
// with the change in it.
func (r *Repo) leftUncommitted(ctx context.Context, from recorded, s StageRequest) ([]staged, plumbing.Hash, error) {
	list := r.changesByGit
	if r.child == nil {
		list = r.changesByHand
	}
	changes, err := list(ctx, from, s.Paths)
	if err == nil {
		changes, err = r.withoutCheckouts(from.tree, changes, s.Paths)
	}
	if err == nil && r.child != nil { // by hand nothing is packed, and nothing with a filter is read
		if err = r.openStagedPacks(); err == nil {
			err = r.refuseBesideLFS(changes)
		}
	}
	if err != nil {
		return nil, plumbing.ZeroHash, err
	}
	tree, err := merge.Update(r.store, from.tree, changes)
	if err != nil || tree == from.tree {
		return nil, tree, err
	}
	if err := s.check(); err != nil {
		return nil, plumbing.ZeroHash, err
	}
	hash, err := writeCommit(r.store, tree, from.head.hash(), s.Message, s.Author, s.Committer)
	if err != nil {
		return nil, plumbing.ZeroHash, err
	}
	c, err := r.commit(hash)
	return []staged{{Commit: describe(hash, c), base: from.tree, made: true}}, tree, err
}

func (s StageRequest) check() error {
	switch {
	case strings.TrimSpace(s.Message) == "":
		return errors.New("the commit needs a message")
	case strings.ContainsRune(s.Message, 0):
		return errors.New("the commit's message has a NUL in it")
	case s.Author.Name == "" || s.Author.Email == "":
		return errors.New("the commit needs an author with a name and an email address")
	}
	return nil
}
