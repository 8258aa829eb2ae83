package gitops

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
)

// A push carries at most so many changes of others, each of at most so many commits, and looks at no more entries than
// that: a queue that somebody floods must not keep a writer from landing its own.
const (
	mostHelped  = 64
	mostCommits = 100
	mostEntries = 256
)

// combined is what a push carries besides the run's own commits.
type combined struct {
	top     plumbing.Hash // the newest commit of all
	helped  int           // how many changes of others
	deletes []wire.Update // their entries, and the run's own
}

// combines reports whether the landing shares pushes with others. What is signed, tagged, merged or pushed with options is
// its run's own affair.
func (l landing) combines() bool {
	plain := l.req.Integrate == "" || l.req.Integrate == Rebase
	return l.req.Queue != nil && !l.queue.refused && plain && !l.signs() && len(l.req.Tags) == 0 && len(l.req.PushOptions) == 0
}

// combine replays every queued change that merges on top of the run's own commits. Whatever is wrong with an entry
// leaves that one out and is no failure of ours.
func (l landing) combine(ctx context.Context, history view, made Outcome) combined {
	branch := l.req.Branch
	c := combined{top: made.Commits[len(made.Commits)-1].Hash.hash()}
	if !l.combines() || l.queue.alone[branch] {
		return c
	}
	own := queueOf(branch) + l.id(0)
	var others []queued
	for _, q := range l.queue.listed[branch] {
		switch {
		case q.ref == own:
			c.deletes = append(c.deletes, wire.Update{Ref: q.ref, Old: q.hash})
		case q.id(branch) != "" && len(others) < mostEntries:
			others = append(others, q)
		}
	}
	l.queue.crowded[branch] = len(others) > 0
	if len(others) == 0 || l.fetchEntries(ctx, others) != nil {
		return c
	}
	store := l.fetching(ctx)
	for _, q := range others {
		if c.helped == mostHelped {
			break
		}
		e, err := l.authentic(q)
		switch {
		case err != nil:
			l.queue.leftOut[q.ref] = q.hash
			continue // nobody with the key made it: it is not ours to touch
		case !time.Now().Before(e.expires):
			c.deletes = append(c.deletes, wire.Update{Ref: q.ref, Old: q.hash})
			continue
		}
		line, err := l.lineOf(ctx, history, e)
		top := c.top
		if err == nil {
			top, err = helpOne(store, line, c.top)
		}
		if err != nil {
			l.queue.leftOut[q.ref] = q.hash
			continue
		}
		c.top, c.helped = top, c.helped+1
		c.deletes = append(c.deletes, wire.Update{Ref: q.ref, Old: q.hash})
	}
	return c
}

// fetchEntries brings the entries into the store, in one request.
func (l landing) fetchEntries(ctx context.Context, list []queued) error {
	request := wire.FetchRequest{Haves: []plumbing.Hash{l.tips[l.req.Branch].hash()}, Most: l.most}
	for _, q := range list {
		if l.store.HasEncodedObject(q.hash) != nil {
			request.Wants = append(request.Wants, q.hash)
		}
	}
	if len(request.Wants) == 0 {
		return nil
	}
	apart := &span{commits: map[plumbing.Hash]merge.Commit{}} // what is queued is on no branch
	return l.readTrees(ctx, apart, request)
}

// authentic opens the envelope of an entry.
func (l landing) authentic(q queued) (entry, error) {
	c, err := l.commit(q.hash)
	if err != nil {
		return entry{}, err
	}
	return openEnvelope(c, l.req.Queue.Key, l.req.Identity.Repo, l.req.Branch, q.id(l.req.Branch))
}

// lineOf returns the commits of an entry, oldest first, where nothing of them has been on the branch since the entry was
// made: not even if it was taken back.
func (l landing) lineOf(ctx context.Context, history view, e entry) ([]staged, error) {
	since := history
	if history.cut || e.base != history.since && !history.on[e.base] {
		read, err := l.historyTo(ctx, idOf(e.base), idOf(history.tip), commitsAlone)
		if err != nil {
			return nil, err
		}
		since = read.at(history.tip)
	}
	if since.cut || !since.reaches(e.base) {
		return nil, fmt.Errorf("the entry was made for %s, which is not on the branch", e.base)
	}
	var line []staged
	for hash := e.commit; hash != e.base; {
		c, err := l.commit(hash)
		if err != nil {
			return nil, err
		}
		ids := c.Trailer(trailerID)
		if len(c.Parents) != 1 || len(ids) != 1 || signed(c) || len(line) == mostCommits {
			return nil, errors.New("the entry is not a row of landable commits")
		}
		if hash == e.commit && ids[0] != e.id || len(since.marked[ids[0]]) > 0 || since.on[hash] {
			return nil, errors.New("the entry is of another landing, or was landed before")
		}
		parent, err := readCommit(l.fetching(ctx), c.Parents[0])
		if err != nil {
			return nil, err
		}
		line = append([]staged{{Commit: describe(hash, c), base: parent.Tree}}, line...)
		hash = c.Parents[0]
	}
	return line, nil
}

// errLeftOut is the cause where a queued change does not merge, or changes nothing: its own run will say so.
var errLeftOut = errors.New("the change does not merge as it is")

// helpOne replays one queued change on top of another, with its own author, committer, message and ids.
func helpOne(store *objects, line []staged, onto plumbing.Hash) (plumbing.Hash, error) {
	for _, own := range line {
		c, err := readCommit(store, own.Hash.hash())
		if err != nil {
			return onto, err
		}
		replayed, err := merge.Replay(store, own.Hash.hash(), onto, merge.ReplayOptions{
			BaseTree: &own.base, Committer: personOf(c.Committer).signature(),
		})
		if err != nil || len(replayed.Conflicts) > 0 || replayed.Empty {
			return onto, errors.Join(err, errLeftOut)
		}
		onto = replayed.Commit
	}
	return onto, nil
}
