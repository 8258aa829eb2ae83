package gitops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/policy"
)

// RestoreRequest says which files of a branch go back to what they were in a good commit.
type RestoreRequest struct {
	Branch    string
	Good      ID       // a commit on the server
	Paths     []string // files and folders from the top of the repository, "." for all; none: the files that Commits changed
	Commits   []ID     // the run's own commits on the branch, which are taken back by this; may be none for a person's wish
	Author    Person
	Committer Person // zero: the author
}

// Restore builds one commit that brings the paths back to what they were in the good commit, onto the branch as it is
// now. It takes back whatever changed them since, the run's own commits and those of runs before it that never became
// good; the reversal's Reverted lists them all. Like Revert it pushes nothing.
//
// Commits that came after the run's own and touch the paths are somebody else's newer work: they are conflicts, and
// nothing is built. A path that is as it was already makes an empty reversal. Errors are *Error.
func (r *Repo) Restore(ctx context.Context, req RestoreRequest) (Reversal, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	v, err := r.restore(ctx, req)
	if err != nil {
		return Reversal{}, failed("restore on "+req.Branch, err)
	}
	return v, nil
}

func (r *Repo) restore(ctx context.Context, req RestoreRequest) (Reversal, error) {
	tip, err := r.readTip(ctx, req.Branch)
	if err != nil {
		return Reversal{}, err
	}
	if tip == "" {
		return Reversal{}, gone()
	}
	for _, commit := range []ID{tip, req.Good} {
		if err := r.fetchWhole(ctx, commit); err != nil {
			return Reversal{}, err
		}
	}
	span, err := r.historyTo(ctx, req.Good, tip, trees)
	if err != nil {
		return Reversal{}, err
	}
	history := span.at(tip.hash())
	if !history.reaches(req.Good.hash()) {
		return Reversal{}, &Error{Reason: policy.GitRewritten, Message: fmt.Sprintf("the good commit %s is not on the branch any more, which is at %s", req.Good.Short(), tip.Short())}
	}
	v := Reversal{Branch: req.Branch, Base: tip, after: r.recorded}
	return v, v.restore(r, r.fetching(ctx), history, req)
}

// restore makes the commit.
func (v *Reversal) restore(r *Repo, store *objects, history view, req RestoreRequest) error {
	paths, err := req.paths(store)
	if err != nil {
		return err
	}
	undone, later, err := undone(store, history, paths, req.Commits)
	if err != nil {
		return err
	}
	if len(later) > 0 {
		v.Later, v.Paths = later, paths
		v.Conflicts = []Conflict{{Path: later[0].Paths[0], Reason: fmt.Sprintf("%s changed it after this run did", later[0].Hash.Short())}}
		return nil
	}
	now, err := readCommit(store, v.Base.hash())
	if err != nil {
		return err
	}
	good, err := readCommit(store, req.Good.hash())
	if err != nil {
		return err
	}
	changes, err := merge.Diff(store, now.Tree, good.Tree)
	if err != nil {
		return err
	}
	changes = slices.DeleteFunc(changes, func(c merge.Change) bool { return !under(c.Path, paths) })
	if len(changes) == 0 {
		v.Already = undone
		return nil
	}
	tree, err := merge.Update(store, now.Tree, changes)
	if err != nil {
		return err
	}
	hash, err := writeCommit(store, tree, v.Base.hash(), restoreMessage(req, undone), req.Author, req.Committer)
	if err == nil {
		hash, err = r.sign(store, hash)
	}
	if err != nil {
		return err
	}
	made, err := readCommit(store, hash)
	if err != nil {
		return err
	}
	v.Tip, v.Reverted = idOf(hash), undone
	for _, change := range changes {
		v.Paths = append(v.Paths, change.Path)
	}
	v.Reverts = []Commit{describe(hash, made)}
	v.line = []staged{{Commit: describe(hash, made), base: now.Tree}}
	return nil
}

// paths are those asked for, else the files of the run's own commits.
func (req RestoreRequest) paths(store *objects) ([]string, error) {
	if len(req.Paths) > 0 {
		return req.Paths, nil
	}
	var paths []string
	for _, id := range req.Commits {
		touched, err := touched(store, id.hash())
		if err != nil {
			return nil, err
		}
		paths = append(paths, touched...)
	}
	if len(paths) == 0 {
		return nil, errors.New("no paths to restore")
	}
	return paths, nil
}

// under reports whether a path is one of paths, or below one.
func under(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		p = strings.Trim(strings.TrimPrefix(p, "./"), "/")
		return p == "." || p == "" || path == p || strings.HasPrefix(path, p+"/")
	})
}

// undone lists the commits since the good one that touch the paths, newest first: those that a restoration takes back,
// and those that came after the newest of the run's own, which it must not. Merges are left out: what they brought is
// listed by itself. It is the other way round for those that belay made: the merge stands for what it brought.
func undone(store *objects, history view, paths []string, own []ID) (back []Commit, later []Later, err error) {
	passed := len(own) == 0
	for _, hash := range history.newestFirst() {
		mine := slices.Contains(own, idOf(hash))
		passed = passed || mine
		c := history.commits[hash]
		if len(c.Parents) != 1 && len(c.Trailer(trailerID)) == 0 || history.broughtByBelay(hash) {
			continue
		}
		files, err := touched(store, hash)
		if err != nil {
			return nil, nil, err
		}
		files = slices.DeleteFunc(files, func(p string) bool { return !under(p, paths) })
		switch {
		case len(files) == 0:
		case passed:
			back = append(back, describe(hash, c))
		default:
			later = append(later, Later{Commit: describe(hash, c), Paths: files})
		}
	}
	return back, later, nil
}

// restoreMessage says what goes back and names every commit that is taken back by it, so that each counts as reverted
// and can land anew.
func restoreMessage(req RestoreRequest, undone []Commit) string {
	var b strings.Builder
	what := strings.Join(req.Paths, ", ")
	if len(req.Paths) == 0 {
		what = "the files of this run"
	}
	fmt.Fprintf(&b, "Restore %s as of %s\n\nThis takes back:\n", what, req.Good.Short())
	for _, c := range undone {
		fmt.Fprintf(&b, "- %s %s\n", c.Hash, c.Subject)
	}
	message := []byte(b.String())
	for _, c := range undone {
		name := string(c.Hash)
		if c.ID != "" {
			name = c.ID
		}
		message = merge.AddTrailer(message, trailerReverts, name)
	}
	return string(message)
}
