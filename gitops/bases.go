package gitops

import "sync"

// mostBases bounds, in bytes, what is remembered of a folder's packs.
const mostBases = 4 << 20

// bases remembers what was read of packs last. Most objects of a pack are differences to another one there, and that in turn
// to another: commits and folders that follow one another share nearly all of these.
type bases struct {
	mutex     sync.Mutex
	young     map[place]stored
	old       map[place]stored // what has not been asked for since young was begun is forgotten
	youngSize int
}

// place is where an object begins.
type place struct {
	pack   *pack
	offset int64
}

func (b *bases) get(at place) (stored, bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if s, ok := b.young[at]; ok {
		return s, true
	}
	s, ok := b.old[at]
	if ok {
		b.add(at, s)
	}
	return s, ok
}

func (b *bases) put(at place, s stored) {
	if len(s.data) < largeAt {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		b.add(at, s)
	}
}

func (b *bases) add(at place, s stored) {
	if _, ok := b.young[at]; ok {
		return // another goroutine was faster
	}
	const beside = 200 // what an entry takes in a map, about
	if b.youngSize += len(s.data) + beside; b.young == nil || b.youngSize > mostBases/2 {
		b.old, b.young, b.youngSize = b.young, map[place]stored{}, len(s.data)+beside
	}
	b.young[at] = s
}
