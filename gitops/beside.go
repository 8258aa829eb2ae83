package gitops

import (
	"context"
	"math"
	"sync"
	"time"
)

// pace is how long the last exchanges of a kind took, 0 where there were none.
type pace struct{ read, push time.Duration }

// beside is a read of a branch that goes on while something else is asked of the server.
type beside struct {
	begin  func()        // sends the request, but for what it asks; may be called again, and from anywhere
	ask    func()        // lets it ask; likewise
	cancel func()        // gives the read up
	within time.Duration // for how long its answer is waited for: nothing depends on it
	fresh  bool          // it asks when its answer is wanted, and not before
	read   chan lineUp   // without a tip where that could not be read
	later  func() lineUp // instead of all these, where one exchange at a time is all there is: reads when the answer is waited for
}

const (
	// besideAtLeast is for how long an answer is waited for at least that can also be done without.
	besideAtLeast = 5 * time.Second
	// untilWanted is the wait of a read that asks when its answer is waited for.
	untilWanted = time.Duration(math.MaxInt64)
)

// readBeside makes a read of a branch, to be begun. It asks a wait after that, or when its answer is waited for if that is sooner. It is
// nil where one exchange at a time is all there is. Whoever is given one ends it.
func (r *Repo) readBeside(ctx context.Context, branch string, wait time.Duration) *beside {
	hold := make(chan struct{})
	aside := r.conn.Aside(hold)
	if aside == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &beside{cancel: cancel, within: max(besideAtLeast, 4*r.pace.read), fresh: wait == untilWanted, read: make(chan lineUp, 1)}
	b.ask = sync.OnceFunc(func() { close(hold) })
	b.begin = sync.OnceFunc(func() {
		if !b.fresh {
			time.AfterFunc(wait, b.ask)
		}
		go func() { b.read <- look(ctx, aside, branch, false) }()
	})
	return b
}

// tip waits for where the branch is. It is empty where that is not known.
func (b *beside) tip() ID {
	switch {
	case b == nil:
		return ""
	case b.later != nil:
		return b.later().tip
	}
	b.begin()
	b.ask()
	defer time.AfterFunc(b.within, b.cancel).Stop()
	read := <-b.read
	b.read <- read
	return read.tip
}

// tells reports whether the read says where a branch is after a push. Some servers look at it when a read begins, however late it
// asks, so it counts where it shows that the branch moved: to what was pushed, which nobody else could have put there, or elsewhere
// after a push that was refused.
func (b *beside) tells(s sending, before ID) bool {
	switch {
	case b == nil:
		return false
	case s.done:
		return b.tip() == s.tip
	case b.fresh && s.status != "":
		return b.tip() != "" && b.tip() != before
	}
	return false
}

// end gives the read up, if it is not over.
func (b *beside) end() {
	if b != nil && b.cancel != nil {
		b.cancel()
	}
}

// lookAgain begins to read the branch once more while what is on it now is fetched: where it moves on meanwhile, a push
// would lose. It is nil where nobody asks for it, and where there is nothing to fetch: then the branch was read just now.
func (l landing) lookAgain(ctx context.Context) *beside {
	if !l.req.Look {
		return nil
	}
	tip, err := l.knownTip(ctx, l.req.Branch)
	if err != nil || tip == "" || l.seen[tip.hash()] || l.whole[tip.hash()] {
		return nil // what is wrong is told when the landing comes to it
	}
	if b := l.readBeside(ctx, l.req.Branch, 0); b != nil {
		b.begin()
		return b
	}
	return &beside{later: func() lineUp { return look(ctx, l.conn, l.req.Branch, false) }}
}

// movedOn reports whether the branch moved on while a change was made ready for it, and remembers where to.
func (l landing) movedOn(again *beside, made Outcome) bool {
	tip := again.tip()
	if tip == "" || tip == made.Before { // that the branch is gone is for the push to find
		return false
	}
	l.tips[l.req.Branch], l.looked[l.req.Branch] = tip, true
	return true
}

// readBack makes a read of a branch that goes on while the push to it is under way, so that the answer comes soon after the push is
// through. It asks when the server has said so, and may ask sooner on a contended branch, where others get in between: then as much
// later than the push as a push takes longer than a read, so that it sees what the push did. It is nil where the change is likely to
// lose, and where nothing is to be read back.
func (l landing) readBack(ctx context.Context) *beside {
	switch known := l.pace; {
	case l.truthful[l.req.Branch]:
	case l.req.Look && known.read > 0 && known.push > 0:
		return l.readBeside(ctx, l.req.Branch, max(0, known.push-known.read)+known.push/10)
	case !l.req.Look && !l.queue.crowded[l.req.Branch]:
		return l.readBeside(ctx, l.req.Branch, untilWanted)
	}
	return nil
}
