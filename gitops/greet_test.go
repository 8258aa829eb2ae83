package gitops

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stageFor stages everything for a landing on main.
func (s *shop) stageFor(r *Repo, branch string) Change {
	s.t.Helper()
	change, err := r.Stage(s.t.Context(), StageRequest{Paths: []string{"."}, Message: "bump", Author: ada, Branch: branch})
	if err != nil {
		s.t.Fatal(err)
	}
	return change
}

func TestWhatWasAskedAheadIsNotAskedAgain(t *testing.T) {
	for name, branch := range map[string]string{"the branch": "main", "another branch": "dev"} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.git("branch", "dev", "main")
			s.push("rival", map[string]string{"b.txt": "new\n"})
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			seen := len(s.Requests())
			r.Greet(t.Context(), branch, false)
			r.Greet(t.Context(), branch, false) // it says so once
			s.want(s.land(r, s.stageFor(r, "main"), "land"), Landed)
			want := []string{
				"POST /shop.git/git-upload-pack ", // the tip
				"POST /shop.git/git-upload-pack ", // what happened since
				"POST /shop.git/git-receive-pack ",
				"POST /shop.git/git-upload-pack ", // read back
			}
			if branch == "dev" {
				want = append([]string{"POST /shop.git/git-upload-pack "}, want...)
			}
			if diff := cmp.Diff(want, s.requestsSince(seen), anyOrder()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAGreetingThatFailsIsNoFailure(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not now", http.StatusBadGateway) })
	})
	r.Greet(t.Context(), "main", true)
	greeted := <-r.greeted
	if greeted.tip != "" {
		t.Errorf("the tip is %s", greeted.tip)
	}
	again := make(chan greeting, 1)
	again <- greeted
	r.greeted = again
	s.Around(nil)
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stageFor(r, "main"), "land"), Landed)
}

func TestAGreetingThatNobodyWaitsForIsNoTrouble(t *testing.T) {
	s := newShop(t)
	r := s.open()
	ctx, cancel := context.WithCancel(t.Context())
	r.Greet(ctx, "main", false)
	cancel()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	s.want(s.land(r, s.stage(r), "land"), Landed) // staged without a branch: the greeting is not asked for
}
