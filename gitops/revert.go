package gitops

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// RevertRequest says what to take back.
type RevertRequest struct {
	Branch    string
	Commits   []ID // commits on the branch; quickest with the oldest first, as an outcome lists them
	Author    Person
	Committer Person // zero: the author
	ByKey     bool   // merge YAML and JSON key by key where lines conflict
}

// Reversal is what taking commits back comes to. Nothing of it has been pushed.
type Reversal struct {
	Branch     string
	Base       ID           // the tip the reverts are made for
	Tip        ID           // the newest revert; empty when there is none, or a conflict
	Reverts    []Commit     // oldest first, so the first takes back the newest commit
	Reverted   []Commit     // the commits they take back, in the same order
	Already    []Commit     // commits whose change is not on the branch any more
	Paths      []string     // the files that change, or for a restoration with conflicts those that were to
	Conflicts  []Conflict   // not empty: nothing was built
	Merges     []ID         // those of the commits that are merges, where there are conflicts
	Structured []Structured // files that were merged key by key, revert by revert
	Later      []Later      // commits by others, on top, that touch the same files, newest first as far as they are in a row
	line       []staged
	after      recorded
}

// Later is a commit that came later and touches files of the commits to take back.
type Later struct {
	Commit
	Paths []string // the files it shares with them
}

// Change returns the reverts as a change, to be landed on the branch itself.
func (v Reversal) Change() Change { return Change{line: v.line, from: v.after, after: v.after} }

// Err returns a conflict as an *Error of the kind rollback.conflict, nil where there is none.
func (v Reversal) Err() error {
	if len(v.Conflicts) == 0 {
		return nil
	}
	return &Error{
		Op: "revert on " + v.Branch, Reason: policy.RollbackConflict,
		Message: fmt.Sprintf("%s changed since: %s", v.Conflicts[0].Path, v.Conflicts[0].Reason),
	}
}

// Revert builds the commits that take back what was landed, newest first, each one three-way merge onto the branch as
// it is now. It pushes nothing: the reverts go to a branch of their own with CreateBranch, or onto the branch itself
// by landing Change. Conflicts are in the reversal, with the later commits that touch the files.
//
// It fails for a commit that is not on the branch, and for one that is a revert by belay itself. Errors are *Error.
func (r *Repo) Revert(ctx context.Context, req RevertRequest) (Reversal, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	reversal, err := r.revert(ctx, req)
	if err != nil {
		return Reversal{}, failed("revert on "+req.Branch, err)
	}
	return reversal, nil
}

func (r *Repo) revert(ctx context.Context, req RevertRequest) (Reversal, error) {
	if len(req.Commits) == 0 {
		return Reversal{}, errors.New("no commits to revert")
	}
	tip, err := r.readTip(ctx, req.Branch)
	if err != nil {
		return Reversal{}, err
	}
	if tip == "" {
		return Reversal{}, gone()
	}
	if err := r.fetchWithParents(ctx, req.Commits); err != nil {
		return Reversal{}, err
	}
	if err := r.fetchWhole(ctx, tip); err != nil {
		return Reversal{}, err
	}
	history, err := r.historyOf(ctx, req.Commits, tip)
	if err != nil {
		return Reversal{}, err
	}
	req.Commits = history.oldestFirst(req.Commits)
	v := Reversal{Branch: req.Branch, Base: tip, after: r.recorded}
	store := r.fetching(ctx)
	if err := v.build(r, store, history, req, r.arbitrating(ctx)); err != nil {
		return Reversal{}, err
	}
	if len(v.Conflicts) > 0 {
		if v.Merges, err = mergesOf(store, req.Commits); err != nil {
			return Reversal{}, err
		}
	}
	if v.Later, err = later(store, history, req.Commits); err != nil || v.Tip == "" {
		return v, err
	}
	v.Paths, err = changed(store, v.Base.hash(), v.Tip.hash())
	return v, err
}

// historyOf reads the history from the oldest of the commits to tip. Several parts of a run may have landed at the same
// time, and a re-run that finds their commits can't tell which was first: then each is tried.
func (r *Repo) historyOf(ctx context.Context, commits []ID, tip ID) (view, error) {
	var history view
	for i, oldest := range commits {
		read, err := r.historyTo(ctx, oldest, tip, trees)
		if err != nil {
			return view{}, err
		}
		found := read.at(tip.hash())
		if i == 0 {
			history = found // of commits that are not all on the branch, the first says which is missing
		}
		if !slices.ContainsFunc(commits, func(id ID) bool { return !found.reaches(id.hash()) }) {
			return found, nil
		}
	}
	return history, nil
}

// oldestFirst puts commits into the branch's order. The one that the history begins after is the oldest.
func (v view) oldestFirst(commits []ID) []ID {
	order := v.newestFirst()
	place := func(id ID) int {
		if i := slices.Index(order, id.hash()); i >= 0 {
			return i
		}
		return len(order)
	}
	return slices.SortedStableFunc(slices.Values(commits), func(a, b ID) int { return place(b) - place(a) })
}

// fetchWithParents brings commits and their parents into the store, for those this process did not land itself.
func (r *Repo) fetchWithParents(ctx context.Context, commits []ID) error {
	var wants []plumbing.Hash
	for _, id := range commits {
		if c, err := r.commit(id.hash()); err == nil && len(c.Parents) == 1 {
			parent, err := r.commit(c.Parents[0])
			if err == nil && r.store.HasEncodedObject(c.Tree) == nil && r.store.HasEncodedObject(parent.Tree) == nil {
				continue
			}
		}
		wants = append(wants, id.hash())
	}
	_, err := r.fetchDepth(ctx, 2, wants...)
	return err
}

// build makes the reverts. The arbiter settles what belay's own merge declines.
func (v *Reversal) build(r *Repo, store *objects, history view, req RevertRequest, arbiter merge.Arbiter) error {
	onto := v.Base.hash()
	for _, id := range slices.Backward(req.Commits) {
		hash := id.hash()
		if !history.reaches(hash) {
			return &Error{Reason: policy.GitRewritten, Message: fmt.Sprintf("commit %s is not on the branch any more, which is at %s", id.Short(), v.Base.Short())}
		}
		c, err := readCommit(store, hash)
		if err != nil {
			return err
		}
		if len(c.Trailer(trailerReverts)) > 0 {
			return fmt.Errorf("commit %s is a revert: belay never reverts its own reverts", id.Short())
		}
		if history.revertedAs(hash, c) {
			v.Already = append(v.Already, describe(hash, c))
			continue
		}
		replayed, err := merge.Revert(store, hash, onto, revertMessage(hash, c), req.Author.signature(), req.committer().signature(), mergeBy(req.ByKey, arbiter))
		switch {
		case err != nil:
			return err
		case len(replayed.Conflicts) > 0:
			*v = Reversal{Branch: v.Branch, Base: v.Base, after: v.after, Conflicts: conflictsOf(replayed.Conflicts)}
			return nil
		case replayed.Empty:
			v.Already = append(v.Already, describe(hash, c))
			continue
		}
		made, err := r.sign(store, replayed.Commit)
		if err != nil {
			return err
		}
		if err := v.add(store, hash, c, onto, made); err != nil {
			return err
		}
		onto = made
		v.Structured = append(v.Structured, structuredOf(replayed.Resolved)...)
	}
	return nil
}

// mergesOf picks the merges: whoever reverts one by hand has to say of which parent.
func mergesOf(store *objects, commits []ID) ([]ID, error) {
	var merges []ID
	for _, id := range commits {
		c, err := readCommit(store, id.hash())
		if err != nil {
			return nil, err
		}
		if len(c.Parents) > 1 {
			merges = append(merges, id)
		}
	}
	return merges, nil
}

// add takes in one revert that was made.
func (v *Reversal) add(store *objects, hash plumbing.Hash, c merge.Commit, onto, made plumbing.Hash) error {
	below, err := readCommit(store, onto)
	if err != nil {
		return err
	}
	revert, err := readCommit(store, made)
	if err != nil {
		return err
	}
	v.Tip = idOf(made)
	v.Reverted = append(v.Reverted, describe(hash, c))
	v.Reverts = append(v.Reverts, describe(made, revert))
	v.line = append(v.line, staged{Commit: describe(made, revert), base: below.Tree})
	return nil
}

func (req RevertRequest) committer() Person {
	if req.Committer == (Person{}) {
		return req.Author
	}
	return req.Committer
}

// revertMessage is git's own message for a revert, with the trailer by which the commit counts as reverted.
func revertMessage(hash plumbing.Hash, c merge.Commit) []byte {
	name := hash.String()
	if ids := c.Trailer(trailerID); len(ids) > 0 {
		name = ids[len(ids)-1]
	}
	message := fmt.Sprintf("Revert %q\n\nThis reverts commit %s.\n", subject(c.Message), hash)
	if len(c.Parents) > 1 {
		message = fmt.Sprintf("Revert %q\n\nThis reverts commit %s, reversing\nchanges made to %s.\n", subject(c.Message), hash, c.Parents[0])
	}
	return merge.AddTrailer([]byte(message), trailerReverts, name)
}

// later lists the commits above the given ones that touch files of theirs. Merges are left out: what they brought is
// listed by itself.
func later(store *objects, history view, commits []ID) ([]Later, error) {
	theirs := map[string]bool{}
	for _, id := range commits {
		paths, err := touched(store, id.hash())
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			theirs[p] = true
		}
	}
	var list []Later
	for _, hash := range history.newestFirst() {
		c := history.commits[hash]
		own := slices.ContainsFunc(commits, func(id ID) bool { return id.hash() == hash || history.brought(id.hash(), hash) })
		if len(c.Parents) != 1 || own {
			continue
		}
		paths, err := touched(store, hash)
		if err != nil {
			return nil, err
		}
		shared := slices.DeleteFunc(paths, func(p string) bool { return !theirs[p] })
		if len(shared) > 0 {
			list = append(list, Later{Commit: describe(hash, c), Paths: shared})
		}
	}
	return list, nil
}

// touched lists the files a commit changed.
func touched(store *objects, hash plumbing.Hash) ([]string, error) {
	c, err := readCommit(store, hash)
	if err != nil {
		return nil, err
	}
	before := plumbing.ZeroHash
	if len(c.Parents) > 0 {
		parent, err := readCommit(store, c.Parents[0])
		if err != nil {
			return nil, err
		}
		before = parent.Tree
	}
	return differing(store, before, c.Tree)
}

// changed lists the files that differ between two commits.
func changed(store *objects, from, to plumbing.Hash) ([]string, error) {
	a, err := readCommit(store, from)
	if err != nil {
		return nil, err
	}
	b, err := readCommit(store, to)
	if err != nil {
		return nil, err
	}
	return differing(store, a.Tree, b.Tree)
}

// differing lists the files that differ between two trees.
func differing(store *objects, a, b plumbing.Hash) ([]string, error) {
	changes, err := merge.Diff(store, a, b)
	paths := make([]string, len(changes))
	for i, change := range changes {
		paths[i] = change.Path
	}
	return paths, err
}
