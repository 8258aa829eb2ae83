package gitops

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

var shared = &Queue{Key: []byte("sixteen bytes at least")}

// writer is a run that combines.
type writer struct {
	*Repo
	s      *shop
	change Change
	req    LandRequest
}

// combining opens a clone of its own and stages one file.
func (s *shop) combining(name string, queue *Queue) *writer {
	s.t.Helper()
	work := gittest.Clone(s.t, s.url, "--depth=1")
	r := s.open(func(o *Options) { o.Checkout = work })
	gittest.Write(s.t, work, map[string]string{name + ".txt": name + "\n"})
	return &writer{Repo: r, s: s, change: s.stage(r), req: LandRequest{Branch: "main", Identity: run(name), Committer: ada, Queue: queue}}
}

func (w *writer) land() Outcome {
	w.s.t.Helper()
	o, err := w.Land(w.s.t.Context(), w.change, w.req)
	if err != nil {
		w.s.t.Fatal(err)
	}
	return o
}

// request is the writer's as Land sees it.
func (w *writer) request() LandRequest {
	req := w.req
	req.Identity.Branch = req.Branch
	return req
}

// landNow is land for a writer that has stood back already.
func (w *writer) landNow() Outcome {
	w.s.t.Helper()
	w.queue.waited[queueOf("main")+withBranch(w.req.Identity).ID()] = patience + 1
	return w.land()
}

// lose makes the writer lose a race and leave its commits in the queue.
func (w *writer) lose() {
	w.s.t.Helper()
	w.s.raceOnce()
	o := w.landNow()
	w.s.Around(nil)
	w.s.want(o, Raced)
	if err := w.Enqueue(w.s.t.Context(), w.req, o); err != nil {
		w.s.t.Fatal(err)
	}
	if w.s.queued() == 0 {
		w.s.t.Fatal("nothing is queued")
	}
	clear(w.queue.waited) // as where it had not pushed by itself
}

func (s *shop) queued() int {
	return len(strings.Fields(s.git("for-each-ref", "--format=%(refname)", "refs/belay/queue/")))
}

func TestALoserIsLandedByWhoPushesNext(t *testing.T) {
	s := newShop(t)
	first, second, helper := s.combining("first", shared), s.combining("second", shared), s.combining("helper", shared)
	first.lose()
	second.lose()
	pushes := s.Pushes()
	s.want(helper.land(), Raced) // others wait: it stands back once
	if s.Pushes() != pushes {
		t.Error("who stands back does not push")
	}
	o := helper.land()
	s.want(o, Landed)
	if o.Helped != 2 || o.Pushes != 1 || len(o.Commits) != 1 || s.queued() != 0 {
		t.Errorf("helped %d with %d pushes, %d commits of its own; %d entries are left", o.Helped, o.Pushes, len(o.Commits), s.queued())
	}
	for _, w := range []*writer{first, second} {
		pushes := s.Pushes()
		s.want(w.land(), AlreadyLanded)
		if err := w.Withdraw(t.Context(), w.req); err != nil || s.Pushes() != pushes {
			t.Errorf("there was nothing to withdraw: error %v, %d pushes", err, s.Pushes()-pushes)
		}
	}
	for _, name := range []string{"first", "second", "helper"} {
		if s.count(withBranch(run(name)).ID()) != 1 || s.file(name+".txt") != name+"\n" {
			t.Errorf("%s is not on the branch once", name)
		}
	}
	s.sound()
}

func TestALoserThatIsNotHelpedLandsByItself(t *testing.T) {
	s := newShop(t)
	w := s.combining("one", shared)
	w.lose()
	s.want(w.land(), Landed)
	if s.queued() != 0 || s.count(withBranch(run("one")).ID()) != 1 {
		t.Errorf("%d entries are left", s.queued())
	}
}

func TestAQueuedChangeThatConflictsIsLeftToItsOwnRun(t *testing.T) {
	s := newShop(t)
	loser, helper := s.combining("same", shared), s.combining("same", shared)
	helper.req.Identity = run("helper")
	gittest.Write(t, helper.checkout.root, map[string]string{"same.txt": "other\n"})
	helper.change = s.stage(helper.Repo)
	loser.lose()
	o := helper.landNow()
	s.want(o, Landed)
	if o.Helped != 0 || s.queued() != 1 {
		t.Errorf("helped %d, %d entries left", o.Helped, s.queued())
	}
	s.want(loser.land(), Conflicted)
	if err := loser.Withdraw(t.Context(), loser.req); err != nil || s.queued() != 0 {
		t.Errorf("withdraw: %v, %d entries left", err, s.queued())
	}
}

// TestWhatIsNotAuthenticIsNeverLanded is the threat model: somebody may push any ref below refs/belay/queue, knows every
// entry that ever was, and lacks the key.
func TestWhatIsNotAuthenticIsNeverLanded(t *testing.T) {
	for name, attack := range map[string]func(s *shop, w *writer, ref string, sealed plumbing.Hash) (newRef string, content string){
		"forged with another key": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.reseal(w, sealed, []byte("another key of some length"), nil)
		},
		"without a seal": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.envelope(w, sealed).Parents[0].String()
		},
		"another commit in the same envelope": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			c := s.envelope(w, sealed)
			evil := s.git("commit-tree", "-p", c.Parents[0].String(), "-m", "evil\n\nBelay-Id: "+withBranch(run("one")).ID(), c.Tree.String())
			return ref, s.git("commit-tree", "-p", evil, "-m", string(c.Message), c.Tree.String())
		},
		"a later expiry": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			c := s.envelope(w, sealed)
			message := strings.Replace(string(c.Message), trailerQueueExpires+": ", trailerQueueExpires+": 9", 1)
			return ref, s.git("commit-tree", "-p", c.Parents[0].String(), "-m", message, c.Tree.String())
		},
		"under another id": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return queueOf("main") + strings.Repeat("ab", 16), sealed.String()
		},
		"of another repository": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.reseal(w, sealed, shared.Key, func(e *entry) { e.repo = "acme/other" })
		},
		"of another branch": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.reseal(w, sealed, shared.Key, func(e *entry) { e.branch = "dev" })
		},
		"expired": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.reseal(w, sealed, shared.Key, func(e *entry) { e.expires = time.Now().Add(-time.Second) })
		},
		"for a base that is not on the branch": func(s *shop, w *writer, ref string, sealed plumbing.Hash) (string, string) {
			return ref, s.reseal(w, sealed, shared.Key, func(e *entry) { e.base = plumbing.NewHash(strings.Repeat("12", 20)) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			loser, helper := s.combining("one", shared), s.combining("helper", shared)
			loser.lose()
			ref := s.git("for-each-ref", "--format=%(refname)", "refs/belay/queue/")
			newRef, content := attack(s, loser, ref, plumbing.NewHash(s.git("rev-parse", ref)))
			s.git("update-ref", "-d", ref)
			s.git("update-ref", newRef, content)
			o := helper.landNow()
			s.want(o, Landed)
			if o.Helped != 0 || s.count(withBranch(run("one")).ID()) != 0 || s.count("evil") != 0 {
				t.Errorf("it was landed: %s", s.git("log", "--format=%B", "main"))
			}
			s.sound()
		})
	}
}

func TestAnEntryThatIsPutBackAfterItsLandingWasRevertedIsNotLandedAgain(t *testing.T) {
	s := newShop(t)
	loser, helper, later := s.combining("one", shared), s.combining("helper", shared), s.combining("later", shared)
	loser.lose()
	ref := s.git("for-each-ref", "--format=%(refname)", "refs/belay/queue/")
	sealed := s.git("rev-parse", ref)
	if o := helper.landNow(); o.Helped != 1 {
		t.Fatalf("helped %d", o.Helped)
	}
	id := withBranch(run("one")).ID()
	gittest.Git(t, s.rival, "fetch", "--quiet")
	gittest.Git(t, s.rival, "reset", "--quiet", "--hard", "origin/main")
	gittest.Git(t, s.rival, "rm", "--quiet", "one.txt")
	gittest.CommitAndPush(t, s.rival, "main", "take it back\n\nBelay-Reverts: "+id, nil)
	s.git("update-ref", ref, sealed) // a replay, by who kept it
	o := later.landNow()
	s.want(o, Landed)
	if o.Helped != 0 || s.count("Belay-Id: "+id) != 1 {
		t.Errorf("helped %d; %d commits", o.Helped, s.count("Belay-Id: "+id))
	}
	if _, err := gittest.TryGit(s.Dir(shopRepo), "cat-file", "-e", "main:one.txt"); err == nil {
		t.Error("what was taken back is there again")
	}
}

func TestAServerWithoutAtomicPushesKeepsNoQueue(t *testing.T) {
	s := newShop(t)
	s.git("config", "receive.advertiseAtomic", "false")
	w := s.combining("one", shared)
	s.raceOnce()
	o := w.land()
	s.want(o, Raced)
	if err := w.Enqueue(t.Context(), w.req, o); !errors.Is(err, ErrNoQueue) || s.queued() != 0 {
		t.Errorf("error %v, %d queued", err, s.queued())
	}
	s.want(w.land(), Landed)
}

func TestAServerThatRefusesTheQueueIsTold(t *testing.T) {
	s := newShop(t)
	s.Hook(t, shopRepo, "update", `case "$1" in refs/belay/*) echo no; exit 1;; esac`)
	w := s.combining("one", shared)
	s.raceOnce()
	o := w.land()
	s.want(o, Raced)
	if err := w.Enqueue(t.Context(), w.req, o); !errors.Is(err, ErrNoQueue) {
		t.Errorf("error %v", err)
	}
	s.want(w.land(), Landed)
}

func TestAQueueThatCanNotBeEmptiedKeepsNobodyFromLanding(t *testing.T) {
	s := newShop(t)
	loser, helper := s.combining("one", shared), s.combining("helper", shared)
	loser.lose()
	s.Hook(t, shopRepo, "update", `case "$1,$3" in refs/belay/*,0000*) echo no; exit 1;; esac`)
	s.want(helper.landNow(), Raced) // the atomic push fails for the entry
	s.want(helper.land(), Landed)
	if s.count(withBranch(run("one")).ID()) != 0 {
		t.Error("an entry that stays was landed")
	}
}

func TestAWithdrawnChangeIsNotLanded(t *testing.T) {
	s := newShop(t)
	loser, helper := s.combining("one", shared), s.combining("helper", shared)
	loser.lose()
	if err := loser.Withdraw(t.Context(), loser.req); err != nil || s.queued() != 0 {
		t.Fatalf("error %v, %d queued", err, s.queued())
	}
	if o := helper.landNow(); o.Helped != 0 {
		t.Errorf("helped %d", o.Helped)
	}
	if _, err := loser.LookUp(t.Context(), loser.change, loser.req, Outcome{State: Raced}); err != nil {
		t.Error(err)
	}
}

// raceOnce lets a rival win the next push.
func (s *shop) raceOnce() {
	n := 0
	s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		if n++; n == 1 {
			s.Around(nil)
			s.push("rival "+strconv.Itoa(s.Pushes()), map[string]string{"rival.txt": strconv.Itoa(s.Pushes())})
		}
		serve(w, r)
	})
}

// envelope reads an entry's envelope from the writer's store.
func (s *shop) envelope(w *writer, sealed plumbing.Hash) merge.Commit {
	s.t.Helper()
	read, err := w.commit(sealed)
	if err != nil {
		s.t.Fatal(err)
	}
	return read
}

// reseal makes an envelope for the same commits, changed before it is sealed, and puts it on the server.
func (s *shop) reseal(w *writer, sealed plumbing.Hash, key []byte, change func(*entry)) string {
	s.t.Helper()
	c := s.envelope(w, sealed)
	e, err := openEnvelope(c, shared.Key, "acme/shop", "main", withBranch(run("one")).ID())
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(&e)
	}
	again := e.envelope(key, c)
	return s.git("commit-tree", "-p", c.Parents[0].String(), "-m", string(again.Message), c.Tree.String())
}
