package gitops

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// good moves the stage's good ref and wants no error.
func (s *shop) good(r *Repo, stage string, commit ID) Moved {
	s.t.Helper()
	moved, err := r.MoveGood(context.Background(), stage, commit)
	if err != nil {
		s.t.Fatal(err)
	}
	return moved
}

func TestTheGoodCommitOfAStage(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	ctx := context.Background()
	if good, err := r.Good(ctx, "prod"); err != nil || good != (Good{Stage: "prod"}) {
		t.Fatalf("before any: %+v, %v", good, err)
	}
	first := ID(s.git("rev-parse", "main"))
	second := s.push("second", map[string]string{"b.txt": "b\n"})
	third := s.push("third", map[string]string{"b.txt": "c\n"})

	for _, step := range []struct {
		name string
		to   ID
		want Moved
	}{
		{"the first time", second, Moved{At: second, Moved: true}},
		{"again", second, Moved{At: second}},
		{"not back to an earlier commit", first, Moved{At: second, Newer: true}},
		{"on to a later commit", third, Moved{At: third, Moved: true}},
	} {
		if diff := cmp.Diff(step.want, s.good(s.open(), "prod", step.to)); diff != "" {
			t.Errorf("%s:\n%s", step.name, diff)
		}
	}
	if got := ID(s.git("rev-parse", "refs/belay/good/prod")); got != third {
		t.Errorf("the server has %s", got)
	}
	s.good(r, "dev", first)
	goods, err := r.Goods(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Good{{"dev", first}, {"prod", third}}, goods); diff != "" {
		t.Error(diff)
	}
}

func TestTheGoodCommitFollowsARewrittenBranch(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.good(r, "prod", ID(s.git("rev-parse", "main")))
	base := s.git("rev-parse", "main~1")
	other := s.git("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-p", base, "-m", "other", base+"^{tree}")
	s.git("update-ref", "refs/heads/main", other)
	if moved := s.good(r, "prod", ID(other)); !moved.Moved {
		t.Errorf("got %+v", moved)
	}
}

func TestALaterGoodRunSupersedes(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	ids := s.landed(r)
	superseded := func() bool {
		t.Helper()
		_, yes, err := r.Superseded(context.Background(), "prod", ids)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if superseded() {
		t.Error("superseded by nothing")
	}
	s.good(r, "prod", ids[0])
	if superseded() {
		t.Error("superseded by a run with only the first of the commits in it")
	}
	later := s.push("later", map[string]string{"b.txt": "b\n"})
	s.good(r, "prod", later)
	if !superseded() {
		t.Error("not superseded by a run with both commits in it")
	}
}
