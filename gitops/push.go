package gitops

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// push sends the commits that made holds and says what became of them.
func (l landing) push(ctx context.Context, made Outcome) (Outcome, error) {
	onto, tip := made.Before, made.Commits[len(made.Commits)-1].Hash
	sent, err := l.send(ctx, made.Branch, onto, tip)
	if err != nil {
		return Outcome{}, err
	}
	if sent.reached {
		made.Pushes = 1
	}
	made.ServerText = sent.words()
	return l.decide(ctx, made, sent), nil
}

// sending is one push request and what is known of it from its answer alone.
type sending struct {
	tip     ID // what the branch was to become
	reached bool
	done    bool   // the server said so
	status  string // the server's reason, empty where it gave none
	text    string // what else it printed
	err     error  // why there is no report
}

// words is what the server said.
func (s sending) words() string {
	return strings.TrimSpace(strings.TrimSpace(s.status) + "\n" + strings.TrimSpace(s.text))
}

// send pushes the commits between onto and tip, and moves the branch from onto: the empty ID for a branch that must
// not exist. The error is for what never could be sent.
func (r *Repo) send(ctx context.Context, branch string, onto, tip ID) (sending, error) {
	hashes, err := r.newObjects(r.fetching(ctx), tip.hash())
	if err != nil {
		return sending{}, err
	}
	ref := refOf(branch)
	result, err := r.conn.Push(ctx, wire.PushRequest{
		Updates: []wire.Update{{Ref: ref, Old: onto.hash(), New: tip.hash()}},
		Objects: hashes,
		Source:  r.store,
	})
	s := sending{tip: tip, reached: true, status: result.Refs[ref], text: result.Text, err: err}
	var failure *wire.Error
	switch {
	case errors.As(err, &failure):
		s.reached = failure.Sent
	case err != nil:
		return sending{}, err
	case result.Unpack != "ok":
		s.status = strings.TrimSpace("unpacker error: " + result.Unpack + "\n" + s.status)
	default:
		s.done = s.status == ""
	}
	return s, nil
}

// decide reads the branch back and says what became of the push. The branch alone proves that the commits landed or
// that a race was lost; the server's words only say why nothing moved.
func (l landing) decide(ctx context.Context, o Outcome, s sending) Outcome {
	tip, err := l.readTip(ctx, o.Branch)
	o.Tip = tip
	switch {
	case err != nil && !s.reached:
		return refused(o, s)
	case err != nil:
		return l.unknown(o, s, err)
	case tip == s.tip:
		l.remember(o)
		return l.landed(o)
	case tip == "":
		return l.rewritten(o.Before, "")
	case tip == o.Before && s.done:
		// Some servers answer reads from a copy that lags.
		return l.unknown(o, s, errors.New("the server took the push, and shows the branch where it was"))
	case tip == o.Before:
		return refused(o, s)
	}
	history, err := l.historySinceStart(ctx, tip)
	if err != nil {
		return l.unknown(o, s, err)
	}
	_, found := l.lookUp(history, tip, nil)
	switch {
	case history.reaches(tip.hash(), s.tip.hash()):
		return l.landed(o)
	case len(found) > 0:
		o.State, o.Before, o.Commits = AlreadyLanded, history.parent(found[0]), found
		return o
	case s.done || !history.reaches(tip.hash(), o.Before.hash()):
		return l.rewritten(o.Before, tip)
	}
	l.anchors[o.Branch] = tip
	o.State, o.Kind, o.Again = Raced, policy.GitRace, true
	return o
}

func (l landing) landed(o Outcome) Outcome {
	l.anchors[o.Branch] = o.Tip
	l.whole[o.Commits[len(o.Commits)-1].Hash.hash()] = true
	o.State = Landed
	return o
}

// remember adds commits that landed right on what was read of the branch to it, so that it need not be read again.
func (l landing) remember(o Outcome) {
	for _, s := range l.spans {
		if !s.holds(o.Before.hash()) {
			continue
		}
		for _, made := range o.Commits {
			if c, err := l.commit(made.Hash.hash()); err == nil {
				s.commits[made.Hash.hash()] = c
			}
		}
		s.tips = append(s.tips, o.Tip.hash())
	}
}

// unknown is the outcome where the branch can't be read. What was known of it before is not to be relied on.
func (l landing) unknown(o Outcome, s sending, err error) Outcome {
	delete(l.tips, o.Branch)
	o.State, o.Kind, o.Tip, o.Again, o.Cause = Unknown, policy.GitUnknown, "", true, errors.Join(s.err, err)
	_, o.RetryAfter = passes(err)
	return o
}

// refused is the outcome for a branch that did not move.
func refused(o Outcome, s sending) Outcome {
	why := s.why()
	o.State, o.Kind, o.Again, o.Cause = Rejected, why.kind, why.again, s.err
	_, o.RetryAfter = passes(s.err)
	return o
}

// why says why the server did not do it.
func (s sending) why() reason {
	if s.err == nil {
		return classify(s.status, s.text)
	}
	var said *wire.RemoteError
	if errors.As(s.err, &said) || kindOf(s.err) == policy.GitRejectedOther {
		return classify(s.err.Error(), s.text)
	}
	again, _ := passes(s.err)
	return reason{kind: kindOf(s.err), again: again}
}

// newObjects lists what the server lacks of commit and those below it, down to the first commit it is known to have:
// the commits, and of each what its tree has and its parent's has not.
func (r *Repo) newObjects(store *objects, commit plumbing.Hash) ([]plumbing.Hash, error) {
	found := map[plumbing.Hash]bool{}
	var list []plumbing.Hash
	add := func(hash plumbing.Hash) {
		// What belay made is in its store: what is missing there, a partial clone left on the server.
		if !found[hash] && store.HasEncodedObject(hash) == nil {
			found[hash] = true
			list = append(list, hash)
		}
	}
	for !r.whole[commit] {
		c, err := r.commit(commit)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			break // it can only be the server's
		}
		if err != nil {
			return nil, err
		}
		if len(c.Parents) != 1 {
			return nil, fmt.Errorf("commit %s has %d parents, and is not on the server", commit, len(c.Parents))
		}
		parent, err := readCommit(store, c.Parents[0])
		if err != nil {
			return nil, err
		}
		add(commit)
		d := treeDifference{store: store, old: map[plumbing.Hash]bool{}}
		if err := d.walk(parent.Tree, c.Tree); err != nil {
			return nil, err
		}
		for _, hash := range d.added {
			if !d.old[hash] {
				add(hash)
			}
		}
		commit = c.Parents[0]
	}
	return list, nil
}

// treeDifference collects what a walk over two trees meets: what is in the new one, and what the old one had in the
// same folders, so that a renamed file is not taken for a new one.
type treeDifference struct {
	store *objects
	old   map[plumbing.Hash]bool
	added []plumbing.Hash
}

func (d *treeDifference) walk(before, after plumbing.Hash) error {
	if before == after {
		return nil
	}
	d.added = append(d.added, after)
	was, err := d.entries(before)
	if err != nil {
		return err
	}
	for _, e := range was {
		d.old[e.Hash] = true
	}
	now, err := d.entries(after)
	if err != nil {
		return err
	}
	for name, e := range now {
		switch e.Mode {
		case filemode.Submodule: // a commit of another repository
		case filemode.Dir:
			from := plumbing.ZeroHash
			if was[name].Mode == filemode.Dir {
				from = was[name].Hash
			}
			if d.old[e.Hash] {
				continue
			}
			if err := d.walk(from, e.Hash); err != nil {
				return err
			}
		default:
			if was[name].Hash != e.Hash {
				d.added = append(d.added, e.Hash)
			}
		}
	}
	return nil
}

func (d *treeDifference) entries(tree plumbing.Hash) (map[string]object.TreeEntry, error) {
	if tree.IsZero() {
		return nil, nil
	}
	read, err := object.GetTree(d.store, tree)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", tree, err)
	}
	entries := make(map[string]object.TreeEntry, len(read.Entries))
	for _, e := range read.Entries {
		entries[e.Name] = e
	}
	return entries, nil
}
