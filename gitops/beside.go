package gitops

import (
	"context"
	"time"
)

// pace is how long the last exchanges of a kind took, 0 where there were none.
type pace struct{ read, push time.Duration }

// beside is a read of a branch that goes on while something else is asked of the server.
type beside struct {
	cancel context.CancelFunc
	read   chan lineUp   // without a tip where that could not be read
	later  func() lineUp // instead, where one exchange at a time is all there is: reads when the answer is asked for
}

// besideAtLeast is for how long an answer is waited for at least that can also be done without.
const besideAtLeast = 5 * time.Second

// readBeside begins to read a branch after a wait. It is nil where one exchange at a time is all there is. Whoever is given one
// ends it. A read that takes much longer than the one before is given up: nothing depends on it.
func (r *Repo) readBeside(ctx context.Context, branch string, wait time.Duration) *beside {
	aside := r.conn.Aside(nil)
	if aside == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait+max(besideAtLeast, 4*r.pace.read))
	b := &beside{cancel: cancel, read: make(chan lineUp, 1)}
	go func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			b.read <- look(ctx, aside, branch, false)
		case <-ctx.Done():
			b.read <- lineUp{}
		}
	}()
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
	read := <-b.read
	b.read <- read
	return read.tip
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

// readBack begins to read a branch back while the push to it is under way, so that the answer comes when the push is through
// and not a read later: on a contended branch that is when others get in between. The read must see what the push did, so it
// begins as much later as a push takes longer. It is nil where that is not known, where the change is likely to lose, and where
// nothing is to be read back.
func (l landing) readBack(ctx context.Context) *beside {
	if !l.req.Look || l.truthful[l.req.Branch] || l.pace.read == 0 || l.pace.push == 0 {
		return nil
	}
	return l.readBeside(ctx, l.req.Branch, max(0, l.pace.push-l.pace.read)+l.pace.push/10)
}
