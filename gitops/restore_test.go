package gitops

import (
	"context"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func (s *shop) restore(r *Repo, req RestoreRequest) Reversal {
	s.t.Helper()
	req.Branch, req.Author = "main", ada
	v, err := r.Restore(context.Background(), req)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestRestoreBringsPathsBackToTheGoodTree(t *testing.T) {
	for name, fresh := range map[string]bool{"in the run that landed": false, "on a new machine": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			good := ID(s.git("rev-parse", "main"))
			bad := s.push("an earlier run that failed", map[string]string{"env/prod.yml": "tag: bad\n", "env/new.yml": "x\n"})
			other := s.push("somebody else's", map[string]string{"b.txt": "b\n"})
			s.work = gittest.Clone(t, s.url)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
			o := s.land(r, s.stage(r), "bump")
			s.want(o, Landed)
			if fresh {
				r = s.open()
			}
			v := s.restore(r, RestoreRequest{Good: good, Paths: []string{"env"}, Commits: []ID{o.Commits[0].Hash}})
			if len(v.Conflicts) > 0 || len(v.Reverted) != 2 || v.Reverted[1].Hash != bad || len(v.Reverts) != 1 {
				t.Fatalf("reversal %+v", v)
			}
			if _, err := r.CreateBranch(context.Background(), "belay/rollback/1", v.Tip); err != nil {
				t.Fatal(err)
			}
			if got := s.git("diff", "--name-only", string(good), "belay/rollback/1"); got != "b.txt" {
				t.Errorf("%q differs from the good commit, want only what %s did", got, other)
			}
			message := s.git("log", "-1", "--format=%B", "belay/rollback/1")
			for _, want := range []string{"Belay-Reverts: " + o.Commits[0].ID, "Belay-Reverts: " + string(bad)} {
				if !strings.Contains(message, want) {
					t.Errorf("%q is not in the message:\n%s", want, message)
				}
			}
		})
	}
}

func TestRestoreRefusesNewerWork(t *testing.T) {
	s := newShop(t)
	good := ID(s.git("rev-parse", "main"))
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	o := s.land(r, s.stage(r), "bump")
	newer := s.push("newer", map[string]string{"env/prod.yml": "tag: v4\n"})
	v := s.restore(r, RestoreRequest{Good: good, Paths: []string{"env"}, Commits: []ID{o.Commits[0].Hash}})
	if v.Tip != "" || len(v.Conflicts) != 1 || len(v.Later) != 1 || v.Later[0].Hash != newer {
		t.Errorf("reversal %+v", v)
	}
	if err := v.Err(); err == nil || kindOf(err) != "rollback.conflict" {
		t.Errorf("error %v", err)
	}
}

func TestRestoreWithoutPathsTakesTheFilesOfTheRun(t *testing.T) {
	s := newShop(t)
	good := ID(s.git("rev-parse", "main"))
	s.push("earlier", map[string]string{"env/dev.yml": "tag: v9\n"})
	s.work = gittest.Clone(t, s.url)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	o := s.land(r, s.stage(r), "bump")
	v := s.restore(r, RestoreRequest{Good: good, Commits: []ID{o.Commits[0].Hash}})
	if _, err := r.CreateBranch(context.Background(), "back", v.Tip); err != nil {
		t.Fatal(err)
	}
	if got := s.git("diff", "--name-only", string(good), "back"); got != "env/dev.yml" {
		t.Errorf("%q differs", got)
	}
}

func TestRestoreWhereNothingChanged(t *testing.T) {
	s := newShop(t)
	r := s.open()
	good := ID(s.git("rev-parse", "main"))
	s.push("other", map[string]string{"b.txt": "b\n"})
	v := s.restore(r, RestoreRequest{Good: good, Paths: []string{"env"}})
	if v.Tip != "" || len(v.Conflicts) > 0 {
		t.Errorf("reversal %+v", v)
	}
}

func TestRestoreToACommitThatIsNotOnTheBranch(t *testing.T) {
	s := newShop(t)
	base := s.git("rev-parse", "main~1")
	other := s.git("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-p", base, "-m", "other", base+"^{tree}")
	s.git("update-ref", "refs/belay/good/prod", other)
	_, err := s.open().Restore(context.Background(), RestoreRequest{Branch: "main", Good: ID(other), Paths: []string{"env"}, Author: ada})
	if err == nil || kindOf(err) != "git.rewritten" {
		t.Errorf("error %v", err)
	}
}
