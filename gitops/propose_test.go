package gitops

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

// propose stages what changed and proposes it on a branch.
func (s *shop) propose(r *Repo, step, branch string) Outcome {
	s.t.Helper()
	o, err := r.Propose(context.Background(), s.stage(r), ProposeRequest{
		LandRequest: LandRequest{Branch: branch, Identity: run(step), Committer: ada}, Base: "main",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func TestAProposalIsTheChangeOnTheTipOfItsBase(t *testing.T) {
	s := newShop(t, "--depth=1")
	tip := s.push("rival", map[string]string{"b.txt": "b\n"})
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	o := s.propose(r, "pr", "bump")
	s.want(o, Landed)
	if o.Before != tip || ID(s.git("rev-parse", "bump~1")) != tip || s.git("diff", "--name-only", "main", "bump") != "env/prod.yml" || s.main() != tip {
		t.Errorf("outcome %+v", o)
	}
	s.want(s.propose(s.open(), "pr", "bump"), AlreadyLanded)
	if got := s.git("rev-list", "--count", "main..bump"); got != "1" {
		t.Errorf("%s commits", got)
	}
}

func TestWhatBelayProposedBeforeIsReplaced(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.propose(s.open(), "monday", "bump"), Landed)
	s.push("rival", map[string]string{"b.txt": "b\n"})
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	s.want(s.propose(s.open(), "tuesday", "bump"), Landed)
	if got := s.git("rev-list", "--count", "main..bump"); got != "1" {
		t.Errorf("%s commits", got)
	}
	if got := s.git("show", "bump:env/prod.yml"); got != "tag: v3" {
		t.Errorf("got %q", got)
	}
	before := s.git("rev-parse", "bump")
	s.want(s.propose(s.open(), "wednesday, the same files", "bump"), AlreadyLanded)
	if s.git("rev-parse", "bump") != before {
		t.Error("the branch moved for nothing")
	}
}

func TestWhatSomebodyElseCommittedStays(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.propose(s.open(), "monday", "bump"), Landed)
	person := gittest.Clone(t, s.url, "--branch=bump")
	by := gittest.CommitAndPush(t, person, "bump", "by a person", map[string]string{"c.txt": "c\n"})
	s.write(map[string]string{"d.txt": "d\n"})
	o := s.propose(s.open(), "tuesday", "bump")
	s.want(o, Landed)
	if s.git("rev-parse", "bump~1") != by {
		t.Error("the person's commit is gone")
	}
	s.write(map[string]string{"env/prod.yml": "tag: v3\n"})
	s.want(s.propose(s.open(), "wednesday", "bump"), Conflicted)
}

func TestNothingIsProposedWhereBaseHasIt(t *testing.T) {
	s := newShop(t)
	s.want(s.propose(s.open(), "pr", "bump"), Empty)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	r := s.open()
	s.push("the same", map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.propose(r, "pr", "bump"), Absorbed)
	if got := s.git("for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("left over: %s", got)
	}
}

func TestAMergedProposalIsNotProposedAgain(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.propose(s.open(), "pr", "bump"), Landed)
	s.git("update-ref", "refs/heads/main", "bump")
	s.git("update-ref", "-d", "refs/heads/bump")
	s.push("a person changes it again", map[string]string{"env/prod.yml": "tag: v1\n"})
	s.want(s.propose(s.open(), "pr", "bump"), Absorbed)
}

func TestAProposalWhoseAnswerIsLostIsFound(t *testing.T) {
	s := newShop(t)
	s.onPush(func(_ http.ResponseWriter, req *http.Request, serve http.HandlerFunc) {
		serve(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	})
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.propose(s.open(), "pr", "bump"), Landed)
}

func TestProposalsAtTheSameMomentLeaveOneBranch(t *testing.T) {
	s := newShop(t)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	var wg sync.WaitGroup
	outcomes := make([]Outcome, 4)
	for i := range outcomes {
		r := s.open()
		change := s.stage(r)
		wg.Go(func() {
			for range 10 {
				o, err := r.Propose(context.Background(), change, ProposeRequest{
					LandRequest: LandRequest{Branch: "bump", Identity: run("pr"), Committer: ada}, Base: "main",
				})
				if err != nil {
					t.Error(err)
					return
				}
				if outcomes[i] = o; !o.Again {
					return
				}
			}
		})
	}
	wg.Wait()
	landed := 0
	for _, o := range outcomes {
		if !o.Good() {
			t.Errorf("outcome %+v", o)
		}
		if o.State == Landed {
			landed++
		}
	}
	if got := s.git("rev-list", "--count", "main..bump"); landed == 0 || got != "1" {
		t.Errorf("%d landed, %s commits", landed, got)
	}
}
