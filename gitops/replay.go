package gitops

import (
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// replay puts the line on the tip. The outcome has no state when its commits are ready to be pushed.
func (l landing) replay(ctx context.Context, store *objects, line []staged, tip ID) (Outcome, error) {
	o := Outcome{Branch: l.req.Branch, Before: tip, Tip: tip}
	onto := tip.hash()
	for n, own := range line {
		replayed, err := l.replayOne(ctx, store, own, onto, l.id(len(line)-1-n))
		if err != nil {
			return Outcome{}, err
		}
		switch {
		case len(replayed.Conflicts) > 0:
			return l.conflicted(line, tip, replayed.Conflicts), nil
		case replayed.Empty:
			o.Absorbed = append(o.Absorbed, own.Commit)
			continue
		case replayed.SignatureDropped && !l.signs():
			o.Unsigned = append(o.Unsigned, own.Commit)
		case replayed.SignatureDropped:
			o.Resigned = append(o.Resigned, own.Commit)
		}
		onto = replayed.Commit
		o.Structured = append(o.Structured, structuredOf(replayed.Resolved)...)
		c, err := readCommit(store, onto)
		if err != nil {
			return Outcome{}, err
		}
		o.Commits = append(o.Commits, describe(onto, c))
	}
	if len(o.Commits) == 0 {
		o.State = Absorbed
	}
	return o, nil
}

// mark adds the trailers to a message: the run for people and for `belay rollback`, the id for landing exactly once.
func (l landing) mark(id string) func([]byte) []byte {
	return func(message []byte) []byte {
		if run := l.req.Identity.RunID; run != "" {
			message = merge.AddTrailer(message, trailerRun, run)
		}
		return merge.AddTrailer(message, trailerID, id)
	}
}

// replayOne puts one commit on top of another. Where that one has the tree the commit was made on there is nothing to
// merge: then a commit that has to stay as it is does, and any other changes by its trailer and keeps its committer.
func (l landing) replayOne(ctx context.Context, store *objects, own staged, onto plumbing.Hash, id string) (merge.Replayed, error) {
	c, err := readCommit(store, own.Hash.hash())
	if err != nil {
		return merge.Replayed{}, err
	}
	tip, err := readCommit(store, onto)
	if err != nil {
		return merge.Replayed{}, err
	}
	mark := l.mark(id)
	if own.keep && len(c.Parents) == 1 && c.Parents[0] == onto {
		return merge.Replayed{Commit: own.Hash.hash(), Tree: c.Tree}, nil
	}
	if tip.Tree == own.base && !own.keep {
		c.Parents, c.Message = []plumbing.Hash{onto}, mark(c.Message)
		c.Headers = slices.DeleteFunc(c.Headers, merge.Header.Signs) // a revert is signed when it is built
		hash, err := writeObject(store, plumbing.CommitObject, c.Encode())
		if err == nil {
			hash, err = l.sign(store, hash)
		}
		return merge.Replayed{Commit: hash, Tree: c.Tree}, err
	}
	committer := l.req.Committer
	if committer == (Person{}) {
		committer = personOf(c.Committer)
	}
	replayed, err := merge.Replay(store, own.Hash.hash(), onto, merge.ReplayOptions{
		Options: mergeBy(l.req.ByKey, l.arbitrating(ctx)), BaseTree: &own.base, Committer: committer.signature(), Message: mark,
	})
	if err != nil || replayed.Commit.IsZero() {
		return replayed, err
	}
	replayed.SignatureDropped = replayed.SignatureDropped && !l.ownSignature(c)
	replayed.Commit, err = l.sign(store, replayed.Commit)
	return replayed, err
}

// conflicted is the outcome for a line that does not fit on the tip.
func (l landing) conflicted(line []staged, tip ID, list []merge.Conflict) Outcome {
	return Outcome{
		State: Conflicted, Kind: policy.GitConflict, Branch: l.req.Branch, Before: tip, Tip: tip,
		Commits: Change{line: line}.Commits(), Conflicts: conflictsOf(list),
	}
}

func conflictsOf(list []merge.Conflict) []Conflict {
	conflicts := make([]Conflict, len(list))
	for i, c := range list {
		conflicts[i] = Conflict{Path: c.Path, Reason: c.Reason.Explain()}
	}
	return conflicts
}
