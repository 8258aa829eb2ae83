package gitops

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// landed lands two commits, bumping prod and dev, and returns the outcome's commits.
func (s *shop) landed(r *Repo) []ID {
	s.t.Helper()
	var ids []ID
	for _, file := range []string{"env/prod.yml", "env/dev.yml"} {
		s.write(map[string]string{file: "tag: v2\n"})
		o := s.land(r, s.stage(r), file)
		s.want(o, Landed)
		ids = append(ids, o.Commits[0].Hash)
	}
	return ids
}

func (s *shop) revert(r *Repo, commits ...ID) Reversal {
	s.t.Helper()
	v, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: commits, Author: ada})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestRevertsTakeBackNewestFirstOnTheTip(t *testing.T) {
	for name, fresh := range map[string]bool{"in the run that landed": false, "on a new machine": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			before := s.git("rev-parse", "main^{tree}")
			r := s.open()
			ids := s.landed(r)
			tip := s.push("rival", map[string]string{"b.txt": "b\n"})
			if fresh {
				r = s.open()
			}
			v := s.revert(r, ids...)
			if v.Base != tip || len(v.Reverts) != 2 || len(v.Conflicts)+len(v.Already)+len(v.Later) != 0 || v.Reverted[0].Hash != ids[1] {
				t.Fatalf("reversal %+v", v)
			}
			branch, err := r.CreateBranch(context.Background(), "belay/rollback/1", v.Tip)
			if err != nil || !branch.Created || branch.At != v.Tip {
				t.Fatalf("branch %+v, %v", branch, err)
			}
			if got := s.git("diff", "--name-only", before, "belay/rollback/1"); got != "b.txt" {
				t.Errorf("after the reverts %q differs from before", got)
			}
			message := s.git("log", "-1", "--format=%B", "belay/rollback/1")
			want := "Revert \"bump\"\n\nThis reverts commit " + string(ids[0]) + ".\n\nBelay-Reverts: " + withBranch(run("env/prod.yml")).ID() + "\n"
			if diff := cmp.Diff(want, message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			s.sound()
		})
	}
}

func TestCommitsToTakeBackMayComeInAnyOrder(t *testing.T) {
	for name, fresh := range map[string]bool{"in the run that landed": false, "on a new machine": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			r := s.open()
			ids := s.landed(r)
			s.push("rival", map[string]string{"b.txt": "b\n"})
			if fresh {
				r = s.open()
			}
			v := s.revert(r, ids[1], ids[0])
			if len(v.Reverted) != 2 || v.Reverted[0].Hash != ids[1] || v.Reverted[1].Hash != ids[0] {
				t.Errorf("took back %+v", v.Reverted)
			}
		})
	}
}

func TestLinesThatWereBuiltUponAreAConflict(t *testing.T) {
	s := newShop(t)
	r := s.open()
	ids := s.landed(r)
	s.push("elsewhere", map[string]string{"b.txt": "b\n"})
	upon := s.push("built upon", map[string]string{"env/prod.yml": "tag: v3\n", "c.txt": "c\n"})
	v := s.revert(r, ids...)
	if len(v.Conflicts) != 1 || v.Conflicts[0].Path != "env/prod.yml" || v.Tip != "" || len(v.Reverts) != 0 || !v.Change().Empty() {
		t.Errorf("reversal %+v", v)
	}
	want := []Later{{Commit: Commit{Hash: upon, Subject: "built upon"}, Paths: []string{"env/prod.yml"}}}
	if diff := cmp.Diff(want, v.Later); diff != "" {
		t.Errorf("later commits (-want +got):\n%s", diff)
	}
	if kindOf(v.Err()) != policy.RollbackConflict {
		t.Errorf("error %v", v.Err())
	}
}

func TestARevertMayLandOnTheBranchItself(t *testing.T) {
	s := newShop(t)
	r := s.open()
	ids := s.landed(r)
	v := s.revert(r, ids...)
	s.want(s.land(r, v.Change(), "rollback"), Landed)
	if s.file("env/prod.yml") != "tag: v1\n" {
		t.Errorf("file %q", s.file("env/prod.yml"))
	}
	s.want(s.land(r, v.Change(), "rollback"), AlreadyLanded)

	// What was reverted already stays so, and a revert is never reverted.
	v = s.revert(r, ids...)
	if len(v.Already) != 2 || v.Tip != "" || len(v.Reverts) != 0 {
		t.Errorf("reversal %+v", v)
	}
	_, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: []ID{s.main()}, Author: ada})
	if err == nil || !strings.Contains(err.Error(), "is a revert") {
		t.Errorf("error %v", err)
	}
}

func TestACommitThatIsNotOnTheBranchIsNotReverted(t *testing.T) {
	s := newShop(t)
	r := s.open()
	ids := s.landed(r)
	gittest.Git(t, s.rival, "push", "--quiet", "--force", "origin", "HEAD:main")
	_, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: ids, Author: ada})
	if kindOf(err) != policy.GitRewritten {
		t.Errorf("error %v", err)
	}
}

func TestABranchIsCreatedByExactlyOne(t *testing.T) {
	s := newShop(t)
	first := s.open()
	ids := s.landed(first)
	var created, existed int
	var turn sync.Mutex
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			r := s.open()
			when := ada
			when.When = when.When.AddDate(0, 0, n)
			v, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: ids, Author: when})
			if err != nil {
				t.Error(err)
				return
			}
			branch, err := r.CreateBranch(context.Background(), "belay/rollback/1", v.Tip)
			turn.Lock()
			defer turn.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case branch.Created:
				created++
			case branch.At == "" || branch.At == v.Tip:
				t.Errorf("branch %+v, own tip %s", branch, v.Tip)
			default:
				existed++
			}
		})
	}
	all.Wait()
	if created != 1 || existed != 3 {
		t.Errorf("created by %d, found by %d", created, existed)
	}
}

func TestABranchMayBeginAtACommitOnlyTheServerHas(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	tip := s.push("rival", map[string]string{"b.txt": "b\n"})
	for _, want := range []Branch{{Created: true, At: tip}, {Created: false, At: tip}} {
		got, err := r.CreateBranch(context.Background(), "belay/new", tip)
		if err != nil || got != want {
			t.Errorf("branch %+v, %v; want %+v", got, err, want)
		}
	}
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	o, err := r.Land(context.Background(), s.stage(r), LandRequest{Branch: "belay/new", Identity: run("land")})
	if err != nil || o.State != Landed || o.Before != tip {
		t.Errorf("outcome %+v, %v", o, err)
	}
}

func TestABranchTheServerRefusesIsAnError(t *testing.T) {
	s := newShop(t)
	r := s.open()
	v := s.revert(r, s.landed(r)...)
	s.Hook(t, shopRepo, "pre-receive", "echo nothing new here; exit 1")
	_, err := r.CreateBranch(context.Background(), "belay/rollback/1", v.Tip)
	var failure *Error
	if !errors.As(err, &failure) || failure.Kind() != policy.GitRejectedHook || !strings.Contains(err.Error(), "nothing new here") {
		t.Errorf("error %v", err)
	}
	// A folder in the way.
	s.Hook(t, shopRepo, "pre-receive", "exit 0")
	if _, err = r.CreateBranch(context.Background(), "main/sub", v.Tip); kindOf(err) != policy.GitRejectedOther || err.(*Error).Again {
		t.Errorf("error %v", err)
	}
}

func TestACommitBelowTheHeadOfAShallowCloneIsReverted(t *testing.T) {
	s := newShop(t, "--depth=1")
	bad := s.push("bad", map[string]string{"a.txt": "ONE\ntwo\nthree\nfour\nfive\n", "env/prod.yml": "tag: v2\n"})
	s.push("rival", map[string]string{"b.txt": "new\n"})
	s.work = gittest.Clone(t, s.url, "--depth=1")
	r := s.open()
	v, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: []ID{bad}, Author: ada})
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.land(r, v.Change(), "rollback"), Landed)
	if s.file("a.txt") != "one\ntwo\nthree\nfour\nfive\n" || s.file("b.txt") != "new\n" {
		t.Errorf("reverted to %q, %q", s.file("a.txt"), s.file("b.txt"))
	}
	s.sound()
}
