package gitops

import (
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestCommitsTheStepsMadeAreTaken(t *testing.T) {
	for name, moved := range map[string]bool{"tip unmoved": false, "tip moved": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			r := s.open()
			for _, n := range []string{"1", "2"} {
				gittest.Commit(t, s.work, "own "+n+"\n\nSigned-off-by: Ada <ada@example.invalid>", map[string]string{"own.txt": n + "\n"})
			}
			s.write(map[string]string{"left.txt": "left\n"})
			change := s.stage(r)
			if moved {
				s.push("rival", map[string]string{"b.txt": "b\n"})
			}
			o := s.land(r, change, "land")
			s.want(o, Landed)
			want := "bump\nown 2\nown 1"
			if got := s.git("log", "-3", "--format=%s", "main"); got != want {
				t.Errorf("commits %q, want %q", got, want)
			}
			if got := s.git("log", "-1", "--format=%aI %b", "main^"); !strings.HasPrefix(got, "2026-01-02T03:04:05+01:00 Signed-off-by: Ada <ada@example.invalid>\nBelay-Run: 7\nBelay-Id: ") {
				t.Errorf("commit %q", got)
			}
			if len(o.Commits) != 3 || o.Commits[0].ID == o.Commits[1].ID || o.Commits[2].Hash != s.main() {
				t.Errorf("outcome %+v", o)
			}
			s.sound()
			s.want(s.land(s.open(), change, "land"), AlreadyLanded)
		})
	}
}

func TestACommitThatWasPulledIsNotLandedAgain(t *testing.T) {
	s := newShop(t)
	r := s.open()
	theirs := s.push("rival", map[string]string{"b.txt": "b\n"})
	gittest.Git(t, s.work, "fetch", "--quiet", s.url, "main") // no remote-tracking branch tells
	gittest.Git(t, s.work, "reset", "--quiet", "--hard", "FETCH_HEAD")
	gittest.Commit(t, s.work, "own", map[string]string{"own.txt": "1\n"})
	o := s.land(r, s.stage(r), "land")
	s.want(o, Landed)
	if o.Before != theirs || len(o.Commits) != 1 || s.count("rival") != 1 {
		t.Errorf("outcome %+v, rival at %s", o, theirs)
	}
}

func TestASignedCommitIsKeptWhereItCanBe(t *testing.T) {
	sign := func(s *shop) ID {
		// The signature is never checked here, so that any will do.
		raw := gittest.Git(t, s.work, "cat-file", "commit", "HEAD")
		signed := strings.Replace(raw, "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n wsB\n -----END PGP SIGNATURE-----\n\n", 1) + "\n"
		gittest.Write(t, s.work, map[string]string{".git/signed": signed})
		id := gittest.Git(t, s.work, "hash-object", "-t", "commit", "-w", ".git/signed")
		gittest.Git(t, s.work, "reset", "--quiet", "--soft", id)
		return ID(id)
	}
	s := newShop(t)
	r := s.open()
	gittest.Commit(t, s.work, "own", map[string]string{"own.txt": "1\n"})
	id := sign(s)
	change := s.stage(r)
	o := s.land(r, change, "land")
	s.want(o, Landed)
	if s.main() != id || len(o.Unsigned) != 0 {
		t.Errorf("main %s, signed %s, outcome %+v", s.main(), id, o)
	}
	s.want(s.land(r, change, "land"), AlreadyLanded)

	gittest.Commit(t, s.work, "own again", map[string]string{"own.txt": "2\n"})
	sign(s)
	change = s.stage(r)
	s.push("rival", map[string]string{"b.txt": "b\n"})
	o = s.land(r, change, "again")
	s.want(o, Raced) // it pushed first
	o = s.land(r, change, "again")
	s.want(o, Landed)
	if len(o.Unsigned) != 1 || o.Unsigned[0].Subject != "own again" {
		t.Errorf("outcome %+v", o)
	}
}

func TestAnOwnCommitTheBranchHasAlreadyIsLeftOut(t *testing.T) {
	s := newShop(t)
	r := s.open()
	gittest.Commit(t, s.work, "own 1", map[string]string{"own.txt": "1\n"})
	gittest.Commit(t, s.work, "own 2", map[string]string{"own2.txt": "2\n"})
	change := s.stage(r)
	s.push("the same", map[string]string{"own.txt": "1\n"})
	o := s.land(r, change, "land")
	s.want(o, Landed)
	if len(o.Commits) != 1 || len(o.Absorbed) != 1 || o.Absorbed[0].Subject != "own 1" || s.git("log", "-1", "--format=%s", "main") != "own 2" {
		t.Errorf("outcome %+v", o)
	}
}

func TestACheckoutThatIsOpenedLateHasItsOwnCommits(t *testing.T) {
	for name, clone := range map[string][]string{"a full clone": nil, "one of depth 1": {"--depth=1"}, "a detached one": {"--depth=1", "--branch=v1"}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.git("tag", "v1", "main")
			s.work = gittest.Clone(t, s.url, clone...)
			if name == "a detached one" { // as a clone step leaves it
				gittest.Git(t, s.work, "update-ref", "refs/remotes/origin/HEAD", "HEAD")
			}
			gittest.Commit(t, s.work, "made by a step", map[string]string{"made.txt": "made\n"})
			s.write(map[string]string{"left.txt": "left\n"})
			r := s.open(func(o *Options) { o.Late = true })
			o := s.land(r, s.stage(r), "land")
			s.want(o, Landed)
			if got := s.git("log", "--reverse", "--format=%s", "main"); got != "first\nsecond\nmade by a step\nbump" {
				t.Errorf("main has %q", got)
			}
			s.want(s.land(r, s.stage(r), "next"), Empty)
			s.sound()
		})
	}
}
