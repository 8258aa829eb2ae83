package gitops

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

// losers are so many writers whose changes wait in the queue.
func (s *shop) losers(n int) []*writer {
	s.t.Helper()
	var all []*writer
	for i := range n {
		w := s.combining(fmt.Sprintf("w%d", i), shared)
		w.lose()
		all = append(all, w)
	}
	return all
}

func TestFewOfThoseWhoWaitPushForAll(t *testing.T) {
	s := newShop(t)
	all := s.losers(5)
	s.push("rival", map[string]string{"late.txt": "late\n"}) // so that none knows the tip
	pushed, left := 0, 0
	for _, w := range all {
		seen, pushes := len(s.Requests()), s.Pushes()
		o := w.land()
		switch {
		case s.Pushes() > pushes:
			pushed++
			s.want(o, Landed)
		case o.State == Raced:
			left++
			if diff := cmp.Diff([]string{"POST /shop.git/git-upload-pack "}, s.requestsSince(seen)); diff != "" {
				t.Errorf("who leaves it to others only looks; requests (-want +got):\n%s", diff)
			}
		default:
			s.want(o, AlreadyLanded)
		}
	}
	if pushed != 1 || left == len(all)-1 && s.queued() > 0 {
		t.Errorf("%d pushed, %d left it to others, %d entries are left", pushed, left, s.queued())
	}
	for _, w := range all {
		s.want(w.land(), AlreadyLanded)
	}
	s.sound()
}

func TestATurnThatNobodyTakesIsTakenByOthers(t *testing.T) {
	s := newShop(t)
	all := s.losers(6)
	last := all[0]
	for _, w := range all {
		if err := w.readQueue(t.Context(), "main"); err != nil {
			t.Fatal(err)
		}
		if (landing{Repo: w.Repo, req: w.request()}).before() == len(all)-1 {
			last = w // all others are dead
		}
	}
	looks := 1
	for ; ; looks++ {
		if o := last.land(); o.State == Landed {
			break
		} else if s.want(o, Raced); looks > 10 {
			t.Fatal("it waits for ever")
		}
	}
	if looks <= patience || s.queued() != 0 {
		t.Errorf("it pushed at look %d; %d entries are left", looks, s.queued())
	}
	for i := range all {
		if s.file(fmt.Sprintf("w%d.txt", i)) != fmt.Sprintf("w%d\n", i) {
			t.Errorf("the change of writer %d is not on the branch", i)
		}
	}
}

func TestTheOrderIsAnotherOneAtEveryTip(t *testing.T) {
	s := newShop(t)
	w := s.losers(1)[0]
	firsts := map[bool]bool{}
	for n := range 32 {
		w.tips["main"] = ID(fmt.Sprintf("%040d", n))
		l := landing{Repo: w.Repo, req: w.request()}
		firsts[l.turn() < 0.5] = true
	}
	if len(firsts) != 2 {
		t.Error("the same change comes first at every tip")
	}
}

func TestACrowdedBranchIsJoinedWithoutALook(t *testing.T) {
	s := newShop(t)
	w, helper := s.combining("one", shared), s.combining("helper", shared)
	w.lose()
	s.want(helper.landNow(), Landed)
	s.want(w.land(), AlreadyLanded)
	gittest.Write(t, w.checkout.root, map[string]string{"two.txt": "two\n"})
	w.change, w.req.Identity = s.stage(w.Repo), run("two")
	seen := len(s.Requests())
	o := w.land()
	s.want(o, Raced)
	if err := w.Enqueue(t.Context(), w.req, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"POST /shop.git/git-receive-pack "}, s.requestsSince(seen)); diff != "" || o.Turn <= 0 {
		t.Errorf("turn %v, requests (-want +got):\n%s", o.Turn, diff)
	}
	s.want(w.land(), Landed) // alone in the queue
	gittest.Write(t, w.checkout.root, map[string]string{"three.txt": "three\n"})
	w.change, w.req.Identity = s.stage(w.Repo), run("three")
	pushes := s.Pushes()
	s.want(w.land(), Landed)
	if s.Pushes() != pushes+1 || s.queued() != 0 {
		t.Error("a branch that is no longer crowded is pushed to")
	}
	s.sound()
}
