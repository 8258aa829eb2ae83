package gitops

import (
	"context"

	"github.com/belay-ci/belay/gitops/wire"
)

// greeting is what was asked before anything needed it.
type greeting struct {
	conn   *wire.Conn // knows what the server offers, if it said so, and where it redirects
	branch string
	lineUp // of the branch
}

// Greet begins to ask the server where a branch is, and with queue for what waits there, for a run that lands on it at once: by
// then it is known. It returns without waiting. What goes wrong is told when the server is needed.
func (r *Repo) Greet(ctx context.Context, branch string, queue bool) {
	r.turn.Lock()
	defer r.turn.Unlock()
	aside := r.conn.Aside(nil)
	if aside == nil || r.greeted != nil {
		return
	}
	greeted := make(chan greeting, 1)
	r.greeted = greeted
	go func() {
		greeted <- greeting{aside, branch, look(ctx, aside, branch, queue)}
	}()
}

// readAhead begins to read where a branch is, if that is not known, and its queue where one is used. It returns what waits
// for it. Nothing else may use the connection meanwhile. That it fails is told when the branch is read again.
func (r *Repo) readAhead(ctx context.Context, branch string, queue bool) (wait func()) {
	greeted := r.greeted
	r.greeted = nil
	if _, known := r.tips[branch]; known || branch == "" {
		return func() {}
	}
	read := make(chan greeting, 1)
	go func() {
		found := greeting{conn: r.conn}
		if greeted != nil {
			found = <-greeted
		}
		if found.branch != branch || found.tip == "" {
			found.lineUp = look(ctx, found.conn, branch, queue)
		}
		read <- found
	}()
	return func() {
		found := <-read
		r.conn.Learn(found.conn)
		if found.tip != "" {
			r.linedUp(branch, found.lineUp)
			r.queue.ahead[branch] = queue
		}
	}
}

// look reads a branch, and its queue where one is used. It is empty where that fails.
func look(ctx context.Context, conn *wire.Conn, branch string, queue bool) lineUp {
	if queue {
		read, err := lineUpOf(ctx, conn, branch)
		if err != nil {
			return lineUp{}
		}
		return read
	}
	tip, err := tipOf(ctx, conn, branch)
	if err != nil {
		return lineUp{}
	}
	return lineUp{tip: tip}
}
