package gitops

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// Queue lets writers of one branch land each other's changes. Who lost a race, or finds others waiting, leaves its commits in
// the queue. Those there take turns: whose turn it is takes along every queued change that merges, in the same push.
//
// An entry is taken only where it is sealed with the key, for this repository, branch and id, and has not expired, and
// where no commit with its ids has been on the branch since it was made: what was landed once and taken back is not
// landed again by somebody who kept the entry.
type Queue struct {
	Key    []byte        // shared by the runs that help each other, at least 16 bytes
	Expiry time.Duration // how long an entry may be landed by others; 0 means 10 minutes
}

// queued is a ref of the queue, as the server lists it.
type queued struct {
	ref  string
	hash plumbing.Hash
}

const queueRoot = "refs/belay/queue/"

func queueOf(branch string) string { return queueRoot + branch + "/" }

// id is the last part of the ref's name, empty where the ref is in the queue of a branch below this one.
func (q queued) id(branch string) string {
	id := strings.TrimPrefix(q.ref, queueOf(branch))
	if strings.Contains(id, "/") {
		return ""
	}
	return id
}

// ErrNoQueue is under the error of an Enqueue where the server can't take part: it knows no atomic pushes, or refuses
// refs below refs/belay. Landing works all the same, one change at a time.
var ErrNoQueue = errors.New("the server can't keep a queue")

// lineUp is a branch with its queue, as they were at one moment.
type lineUp struct {
	tip     ID
	waiting []queued
}

// readQueue reads the tip of a branch and its queue in one request.
func (r *Repo) readQueue(ctx context.Context, branch string) error {
	delete(r.tips, branch)
	read, err := lineUpOf(ctx, r.conn, branch)
	if err == nil {
		r.linedUp(branch, read)
		r.looked[branch] = true
	}
	return err
}

// linedUp takes in what was read.
func (r *Repo) linedUp(branch string, read lineUp) {
	if read.tip != "" {
		r.tips[branch] = read.tip
	}
	r.queue.listed[branch] = read.waiting
}

func lineUpOf(ctx context.Context, conn *wire.Conn, branch string) (lineUp, error) {
	refs, err := conn.Refs(ctx, refOf(branch), queueOf(branch))
	if err != nil {
		return lineUp{}, err
	}
	var read lineUp
	for _, ref := range refs {
		switch {
		case ref.Name == refOf(branch):
			read.tip = idOf(ref.Hash)
		case strings.HasPrefix(ref.Name, queueOf(branch)):
			read.waiting = append(read.waiting, queued{ref.Name, ref.Hash})
		}
	}
	return read, nil
}

// Enqueue leaves the commits of a landing that lost a race in the branch's queue. It is no promise that anybody lands
// them. Land the change again as if nothing had happened, which also takes the entry back, or call Withdraw.
//
// A change that is signed, tagged, merged or pushed with options is not queued, as others could not do that: then, and
// where its entry is there already, nothing is done.
func (r *Repo) Enqueue(ctx context.Context, req LandRequest, lost Outcome) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	req.Identity.Branch = req.Branch
	return failed("queue a change for "+req.Branch, landing{Repo: r, req: req}.enqueue(ctx, lost))
}

func (l landing) enqueue(ctx context.Context, lost Outcome) error {
	if !l.combines() || lost.State != Raced || len(lost.Commits) == 0 {
		return nil
	}
	for _, c := range lost.Commits {
		if read, err := l.commit(c.Hash.hash()); err != nil || signed(read) {
			return err
		}
	}
	newest := lost.Commits[len(lost.Commits)-1].Hash
	e := entry{
		repo: l.req.Identity.Repo, branch: l.req.Branch, id: l.id(0), base: lost.Before.hash(), commit: newest.hash(),
		expires: time.Now().Add(cmp.Or(l.req.Queue.Expiry, 10*time.Minute)).Truncate(time.Second),
	}
	ref := queueOf(e.branch) + e.id
	if sealed, there := l.listed(ref); there { // of an earlier attempt of the run
		l.queue.own[ref] = sealed
	}
	if _, there := l.queue.own[ref]; there {
		return nil
	}
	c, err := l.commit(e.commit)
	if err != nil {
		return err
	}
	sealed, err := writeObject(l.store, plumbing.CommitObject, e.envelope(l.req.Queue.Key, c).Encode())
	if err != nil {
		return err
	}
	hashes, err := l.newObjects(l.fetching(ctx), sealed)
	if err != nil {
		return err
	}
	l.queue.own[ref] = sealed // it may be there whatever the answer is
	result, err := l.conn.Push(ctx, wire.PushRequest{
		Updates: []wire.Update{{Ref: ref, New: sealed}}, Objects: hashes, Source: l.store, Atomic: true,
	})
	switch {
	case errors.Is(err, wire.ErrNotOffered): // without atomic pushes nobody could take the entry out as it is landed
		delete(l.queue.own, ref)
		l.queue.refused = true
		return fmt.Errorf("%w: %w", ErrNoQueue, err)
	case err == nil && result.Refs[ref] != "":
		delete(l.queue.own, ref)
		l.queue.refused = true
		return fmt.Errorf("%w: it refuses %s: %s", ErrNoQueue, ref, result.Refs[ref])
	}
	return err
}

// listed returns what the server listed under a ref of the queue.
func (l landing) listed(ref string) (plumbing.Hash, bool) {
	i := slices.IndexFunc(l.queue.listed[l.req.Branch], func(q queued) bool { return q.ref == ref })
	if i < 0 {
		return plumbing.ZeroHash, false
	}
	return l.queue.listed[l.req.Branch][i].hash, true
}

// Withdraw takes the change's entry out of the queue, if it is there: for who gives up. Without an error nobody lands it
// from now on; LookUp then tells whether somebody had done so before.
func (r *Repo) Withdraw(ctx context.Context, req LandRequest) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	req.Identity.Branch = req.Branch
	l := landing{Repo: r, req: req}
	ref := queueOf(req.Branch) + l.id(0)
	sealed, there := r.queue.own[ref]
	if !there {
		return nil
	}
	_, err := r.conn.Push(ctx, wire.PushRequest{Updates: []wire.Update{{Ref: ref, Old: sealed}}, Source: r.store})
	refs, readErr := r.conn.Refs(ctx, ref) // a push that was refused, or whose answer was lost, decides nothing
	switch {
	case readErr != nil:
		return &Error{Op: "withdraw the queued change for " + req.Branch, Reason: policy.GitUnknown, Again: true,
			Message: "others may still land it until it expires", Err: errors.Join(err, readErr)}
	case len(refs) > 0:
		return &Error{Op: "withdraw the queued change for " + req.Branch, Reason: policy.GitUnknown, Again: true,
			Message: "the server keeps it, and others may land it until it expires", Err: err}
	}
	delete(r.queue.own, ref)
	return nil
}
