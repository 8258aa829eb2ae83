package gitops

import (
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestWhatIsRememberedOfPacksIsBounded(t *testing.T) {
	var b bases
	p, tooLarge := &pack{}, stored{data: make([]byte, largeAt)}
	for n := range int64(10_000) {
		b.put(place{p, n}, stored{kind: plumbing.TreeObject, data: make([]byte, n%2*5_000)})
		b.put(place{p, -n}, tooLarge)
		if s, ok := b.get(place{p, n}); !ok || s.kind != plumbing.TreeObject {
			t.Fatalf("number %d was forgotten at once", n)
		}
		if n > 100 {
			if _, ok := b.get(place{p, 100}); !ok {
				t.Fatalf("what is asked for all the time was forgotten after %d", n)
			}
		}
	}
	held := 0
	for _, generation := range []map[place]stored{b.young, b.old} {
		for at, s := range generation {
			if held += len(s.data); at.offset < 0 {
				t.Error("an object that is too large was remembered")
			}
		}
	}
	if held > mostBases || held < mostBases/4 {
		t.Errorf("%d bytes are remembered, of at most %d", held, mostBases)
	}
}
