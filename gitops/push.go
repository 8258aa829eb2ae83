package gitops

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/policy"
)

// push sends the commits that made holds, and what it carries besides, and says what became of them.
func (l landing) push(ctx context.Context, made Outcome, carried combined) (Outcome, error) {
	with, err := l.tagging(ctx, made.Commits[len(made.Commits)-1].Hash)
	if err != nil {
		return Outcome{}, err
	}
	with.updates = append(with.updates, carried.deletes...)
	back := l.readBack(ctx)
	defer back.end()
	if back != nil {
		with.sent = back.begin
	}
	sent, err := l.send(ctx, made.Branch, made.Before, idOf(carried.top), with)
	switch {
	case err != nil:
		return Outcome{}, err
	case errors.Is(sent.err, wire.ErrNotOffered) && len(carried.deletes) > 0:
		l.queue.alone[made.Branch] = true // the queue was filled in the server's better days
		return raced(made), nil
	case errors.Is(sent.err, wire.ErrNotOffered):
		return Outcome{}, notOffered(with, sent.err)
	}
	if sent.reached {
		made.Pushes = 1
	}
	sent.carried = len(carried.deletes) > 0
	made.ServerText = sent.words()
	o := l.decide(ctx, made, sent, back)
	l.queue.crowded[made.Branch] = l.queue.crowded[made.Branch] || o.State == Raced
	l.queue.alone[made.Branch] = sent.carried && sent.status != "" && o.Tip == o.Before
	if o.State == Landed {
		o.Helped = carried.helped
		for _, gone := range carried.deletes {
			delete(l.queue.own, gone.Ref)
		}
	}
	return o, nil
}

// sending is one push request and what is known of it from its answer alone.
type sending struct {
	tip     ID // what the branch was to become
	reached bool
	carried bool   // queued changes of others, or the run's own entry
	done    bool   // the server said so
	status  string // the server's reason, empty where it gave none
	text    string // what else it printed
	err     error  // why there is no report
}

// words is what the server said.
func (s sending) words() string {
	return strings.TrimSpace(strings.TrimSpace(s.status) + "\n" + strings.TrimSpace(s.text))
}

var lockText = pattern.New(`is at ([0-9a-f]{40}) but expected ([0-9a-f]{40})`)

// movedTo returns the tip that the server's refusal names, where it does so in the words of git before 2.51. It spares
// asking for it and proves nothing: the next push expects this tip, and the one after a refusal without one asks.
func (s sending) movedTo(from ID) (ID, bool) {
	if s.status == "" {
		return "", false
	}
	match := lockText.FindStringSubmatch(s.words())
	if match == nil || ID(match[2]) != from || ID(match[1]) == from || ID(match[1]) == s.tip {
		return "", false
	}
	return ID(match[1]), true
}

// send pushes the commits between onto and tip, and moves the branch from onto: the empty ID for a branch that must
// not exist. The error is for what never could be sent.
func (r *Repo) send(ctx context.Context, branch string, onto, tip ID, with alongside) (sending, error) {
	hashes, err := r.newObjects(r.fetching(ctx), tip.hash())
	if err != nil {
		return sending{}, err
	}
	return r.sendRefs(ctx, wire.PushRequest{
		Updates: append([]wire.Update{{Ref: refOf(branch), Old: onto.hash(), New: tip.hash()}}, with.updates...),
		Objects: append(hashes, with.objects...),
		Source:  r.store,
		Atomic:  len(with.updates) > 0,
		Options: with.options,
		Sent:    with.sent,
	})
}

// sendRefs pushes, and reports on the first of the refs.
func (r *Repo) sendRefs(ctx context.Context, request wire.PushRequest) (sending, error) {
	first := request.Updates[0]
	begun := time.Now()
	result, err := r.conn.Push(ctx, request)
	if err == nil {
		r.pace.push = time.Since(begun)
	}
	s := sending{tip: idOf(first.New), reached: true, status: result.Refs[first.Ref], text: result.Text, err: err}
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

// notOffered is the error for a push that the server can't take, and was not asked to.
func notOffered(with alongside, err error) error {
	message := "the server can't do that, and nothing was pushed: land without `push-options`"
	if len(with.updates) > 0 {
		message = "the server can't take a branch and a tag in one step, and nothing was pushed: land without `tag`, and push the tag in a later step"
	}
	return &Error{Reason: policy.GitRejectedOther, Message: message, Err: err}
}

// decide reads the branch back and says what became of the push. The branch alone proves that the commits landed or
// that a race was lost; the server's words only say why nothing moved.
//
// One thing is taken on the server's word: a push that it reports as done, on a branch where an earlier report of this
// run was read back and found true. The server moved the branch from the very commit we named, which is more than a
// later read, maybe from a copy that lags, can say.
func (l landing) decide(ctx context.Context, o Outcome, s sending, back *beside) Outcome {
	if s.done && l.truthful[o.Branch] {
		l.tips[o.Branch], o.Tip = s.tip, s.tip
		l.remember(o, s.tip)
		return l.landed(o)
	}
	tip, told := s.movedTo(o.Before)
	var err error
	switch {
	case told:
		l.tips[o.Branch] = tip
	case back.tells(s, o.Before):
		tip = back.tip()
		l.tips[o.Branch], l.looked[o.Branch] = tip, true
	default:
		tip, err = l.readTip(ctx, o.Branch)
	}
	o.Tip = tip
	switch {
	case err != nil && !s.reached:
		return refused(o, s)
	case err != nil:
		return l.unknown(o, s, err)
	case tip == s.tip:
		l.truthful[o.Branch] = s.done
		l.remember(o, s.tip)
		return l.landed(o)
	case tip == "":
		return l.rewritten(o.Before, "")
	case tip == o.Before && s.done:
		// Some servers answer reads from a copy that lags.
		return l.unknown(o, s, errors.New("the server took the push, and shows the branch where it was"))
	case tip == o.Before && s.carried && s.status != "":
		return raced(o) // for an entry of the queue, it may be; alone the push will show
	case tip == o.Before:
		return refused(o, s)
	case s.status != "":
		return raced(o)
	}
	history, err := l.historySinceStart(ctx, o.Before, tip)
	if err != nil {
		return l.unknown(o, s, err)
	}
	kept, err := l.stillHolds(ctx, history, o.Before)
	if err != nil {
		return l.unknown(o, s, err)
	}
	_, found := l.lookUp(history, nil)
	switch {
	case history.reaches(s.tip.hash()):
		return l.landed(o)
	case len(found) > 0:
		o.State, o.Before, o.Commits = AlreadyLanded, history.parent(found[0]), found
		return o
	case s.done || !kept:
		return l.rewritten(o.Before, tip)
	}
	l.anchors[o.Branch] = tip
	return raced(o)
}

// raced is the outcome for a branch that moved. Where the server reported that it refused the push, that is enough to
// try again: the next try looks for our commits on the branch before anything else, as LookUp does for who gives up.
func raced(o Outcome) Outcome {
	o.State, o.Kind, o.Again = Raced, policy.GitRace, true
	return o
}

func (l landing) landed(o Outcome) Outcome {
	l.anchors[o.Branch] = o.Tip
	last := o.Commits[len(o.Commits)-1].Hash.hash()
	l.seen[last], l.whole[last] = true, l.whole[o.Before.hash()]
	o.State = Landed
	return o
}

// remember adds commits that landed right on what was read of the branch to it, so that it need not be read again: the
// run's own, and on top of them those of others that came along.
func (l landing) remember(o Outcome, top ID) {
	made := map[plumbing.Hash]merge.Commit{}
	add := func(hash plumbing.Hash) []plumbing.Hash {
		c, err := l.commit(hash)
		if err != nil {
			return nil
		}
		made[hash] = c
		l.seen[hash], l.whole[hash] = true, l.whole[o.Before.hash()]
		return c.Parents
	}
	for _, own := range o.Commits {
		add(own.Hash.hash())
	}
	for hash := top.hash(); made[hash].Tree.IsZero() && hash != o.Before.hash(); {
		parents := add(hash)
		if len(parents) != 1 {
			break
		}
		hash = parents[0]
	}
	for _, s := range l.spans {
		if s.holds(o.Before.hash()) {
			maps.Copy(s.commits, made)
			s.tips = append(s.tips, top.hash())
		}
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
	o.State, o.Kind, o.Again, o.Advice, o.Cause = Rejected, why.kind, why.again, why.advice, s.err
	_, o.RetryAfter = passes(s.err)
	return o
}

// why says why the server did not do it.
func (s sending) why() reason {
	if s.err == nil {
		return classify(s.status, s.text)
	}
	if why, ok := recognise(s.err.Error(), s.text); ok && s.spoke() {
		return why
	}
	if kindOf(s.err) == policy.GitRejectedOther {
		return classify(s.err.Error(), s.text)
	}
	again, _ := passes(s.err)
	return reason{kind: kindOf(s.err), again: again}
}

// spoke reports whether the server said something in place of its report.
func (s sending) spoke() bool {
	var said *wire.RemoteError
	return errors.As(s.err, &said) || kindOf(s.err) == policy.GitRejectedOther
}
