package runner

import (
	"sync"

	"github.com/belay-ci/belay/runner/report"
)

// piece is the log of one of several items that run at the same time. What an attempt prints is kept until the
// attempt has ended, and then comes in one piece, bytes as they were, between the lines that belay itself writes
// about the attempt. All other events pass at once.
type piece struct {
	job   Job // the item's: it prints and tells here
	outer Job
	turn  *sync.Mutex            // of all items: one of them writes at a time
	begun *report.AttemptStarted // that was not told yet; nil between attempts
	spool *spool
}

func newPiece(outer Job, turn *sync.Mutex) *piece {
	p := &piece{job: outer, outer: outer, turn: turn, spool: newSpool(outer.Temp)}
	p.job.Listener = p
	p.job.Stdout, p.job.Stderr = p.spool.stream(0), p.spool.stream(1)
	return p
}

// Show implements Listener.
func (p *piece) Show(e report.Event) {
	if started, ok := e.(report.AttemptStarted); ok && !started.RunsFile {
		p.begun = &started
		return
	}
	p.turn.Lock()
	defer p.turn.Unlock()
	if _, ended := e.(report.AttemptEnded); ended && p.begun != nil {
		p.outer.Listener.Show(*p.begun)
		p.spool.print(p.outer.Stdout, p.outer.Stderr)
		p.begun = nil
	}
	p.outer.Listener.Show(e)
}

// close removes what was kept on disk.
func (p *piece) close() { p.spool.close() }
