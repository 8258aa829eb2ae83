package gitops

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/go-git/go-git/v5/plumbing"
)

// queueing is what a run knows of the queues it uses.
type queueing struct {
	refused bool                     // the server can't keep a queue, or refuses to
	listed  map[string][]queued      // by branch: its queue when last read
	ahead   map[string]bool          // by branch: that was while the change was staged
	crowded map[string]bool          // by branch: others waited when it was last read, or won a race
	alone   map[string]bool          // by branch: the next push carries no queued changes
	own     map[string]plumbing.Hash // entries of this run that may be on the server, by ref
	waited  map[string]int           // how often a change was left to others in a row, by the ref of its entry
	leftOut map[string]plumbing.Hash // entries of others that this run could not land, by ref
}

func newQueueing() queueing {
	return queueing{
		listed: map[string][]queued{}, ahead: map[string]bool{}, crowded: map[string]bool{}, alone: map[string]bool{},
		own: map[string]plumbing.Hash{}, waited: map[string]int{}, leftOut: map[string]plumbing.Hash{},
	}
}

// So many runs at a time may push for all: whichever asks first does, and mostly before the other asks. One alone would leave
// the branch idle until it asks.
const leaders = 2

// patience is how often in a row a queued change is left to those whose turn it is, which may be dead. From then on twice as
// many push, each time.
const patience = 3

// joins reports whether the change is to go into the queue without a push of its own, on whatever tip is known: the branch is
// crowded, and a push now would fail, or make that of somebody fail who pushes for all. It does so once.
func (l landing) joins() bool {
	own, branch := l.ownEntry(), l.req.Branch
	_, queued := l.queue.own[own]
	return l.combines() && l.queue.crowded[branch] && !l.queue.alone[branch] && !queued && !l.inQueue() && l.queue.waited[own] == 0
}

// leaves reports whether the change, which waits in the queue, is left to others for now: it is another one's turn to push
// for all.
func (l landing) leaves() bool {
	if !l.combines() || l.queue.alone[l.req.Branch] || !l.inQueue() {
		return false
	}
	own := l.ownEntry()
	if l.before() < leaders<<max(0, l.queue.waited[own]-patience) {
		l.queue.waited[own] = 0
		return false
	}
	l.queue.waited[own]++
	return true
}

// before is how many changes in the queue have their turn to push for all before this one. Every run that reads the same
// branch and queue comes to the same order, and to another one when the branch has moved: so who is dead, or can't be
// landed, holds nobody up for long.
func (l landing) before() int {
	turn, before := l.turnOf(l.ownEntry()), 0
	for _, q := range l.others() {
		if bytes.Compare(l.turnOf(q.ref), turn) < 0 {
			before++
		}
	}
	return before
}

// turnOf is a number for the order, as its bytes.
func (l landing) turnOf(ref string) []byte {
	sum := sha256.Sum256([]byte(string(l.tips[l.req.Branch]) + " " + ref))
	return sum[:]
}

// turn is when the change has its turn, from 0 for the first to 1, as far as that can be told without a look at the queue.
func (l landing) turn() float64 {
	return float64(binary.BigEndian.Uint32(l.turnOf(l.ownEntry()))) / (1 << 32)
}

// queuedBeside lists the entries that are likely to land with the change, which nobody has fetched yet.
func (l landing) queuedBeside() []plumbing.Hash {
	if !l.inQueue() || !l.combines() {
		return nil
	}
	var list []plumbing.Hash
	for _, q := range l.others() {
		if len(list) < mostEntries && l.store.HasEncodedObject(q.hash) != nil {
			list = append(list, q.hash)
		}
	}
	return list
}

// others are the entries that wait beside the change's own, but for those that this run could not land.
func (l landing) others() []queued {
	own := l.ownEntry()
	var list []queued
	for _, q := range l.queue.listed[l.req.Branch] {
		if q.ref != own && q.id(l.req.Branch) != "" && l.queue.leftOut[q.ref] != q.hash {
			list = append(list, q)
		}
	}
	return list
}

func (l landing) ownEntry() string { return queueOf(l.req.Branch) + l.id(0) }

// inQueue reports whether the change's own entry was in the queue when that was last read.
func (l landing) inQueue() bool {
	_, there := l.listed(l.ownEntry())
	return there
}
