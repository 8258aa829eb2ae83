package gitops

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatARunLandedIsFound(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	ids := s.landed(r)
	s.push("rival", map[string]string{"b.txt": "b\n"})
	run := func() []ID {
		t.Helper()
		found, err := s.open().Landed(context.Background(), "main", "7")
		if err != nil {
			t.Fatal(err)
		}
		var hashes []ID
		for _, c := range found {
			hashes = append(hashes, c.Hash)
		}
		return hashes
	}
	if diff := cmp.Diff(ids, run()); diff != "" {
		t.Errorf("what the run landed:\n%s", diff)
	}
	if other, err := r.Landed(context.Background(), "main", "8"); err != nil || len(other) > 0 {
		t.Errorf("another run landed %v, %v", other, err)
	}
	v := s.revert(r, ids[1])
	o, err := r.Land(context.Background(), v.Change(), LandRequest{Branch: "main", Identity: Identity{Repo: "acme/shop", RunID: "9", Step: "rollback"}})
	if err != nil || o.State != Landed {
		t.Fatal(o, err)
	}
	if diff := cmp.Diff(ids[:1], run()); diff != "" {
		t.Errorf("after one was reverted:\n%s", diff)
	}
	if reverts, err := r.Landed(context.Background(), "main", "9"); err != nil || len(reverts) > 0 {
		t.Errorf("a revert counts as landed by its run: %v, %v", reverts, err)
	}
}

func TestACommitIsFoundByItsFirstDigits(t *testing.T) {
	s := newShop(t)
	tip := s.git("rev-parse", "main")
	for name, test := range map[string]struct {
		prefix string
		found  bool
	}{
		"the whole hash": {tip, true},
		"twelve digits":  {tip[:12], true},
		"too few":        {tip[:6], false},
		"no hash":        {"main~1xx", false},
		"not there":      {"0123456789abcdef", false},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := s.open().FindCommit(context.Background(), "main", test.prefix)
			if (err == nil) != test.found || test.found && string(c.Hash) != tip {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}
