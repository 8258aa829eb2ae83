package gitops

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

// newShopAt is the shop with a fresh clone to work in.
func newShopAt(s *shop) *shop {
	fresh := *s
	fresh.work = gittest.Clone(s.t, s.url)
	return &fresh
}

func TestLandMergesByKeyWhereLinesConflict(t *testing.T) {
	s := newShop(t)
	s.push("values", map[string]string{"values.yaml": "a: 1\nb: 1 # two\n"})
	for _, on := range []bool{false, true} {
		work := newShopAt(s)
		r := work.open()
		work.write(map[string]string{"values.yaml": "a: 2\nb: 1 # two\n"})
		s.push("rival", map[string]string{"values.yaml": "a: 1\nb: 3 # two\n"})
		change := work.stage(r)
		o, err := r.Land(context.Background(), change, LandRequest{Branch: "main", Identity: run("land"), Committer: ada, ByKey: on})
		if err != nil {
			t.Fatal(err)
		}
		if !on {
			s.want(o, Conflicted)
			s.push("back", map[string]string{"values.yaml": "a: 1\nb: 1 # two\n"})
			continue
		}
		s.want(o, Landed)
		if diff := cmp.Diff([]Structured{{Path: "values.yaml", Keys: []string{"a"}}}, o.Structured); diff != "" {
			t.Errorf("structured (-want +got):\n%s", diff)
		}
		if got := s.file("values.yaml"); got != "a: 2\nb: 3 # two\n" {
			t.Errorf("main has %q", got)
		}
		s.push("later", map[string]string{"values.yaml": "a: 2\nb: 4 # two\n"})
		for _, on := range []bool{false, true} {
			v, err := r.Revert(context.Background(), RevertRequest{Branch: "main", Commits: []ID{o.Commits[0].Hash}, Author: ada, ByKey: on})
			if err != nil {
				t.Fatal(err)
			}
			if on != (len(v.Conflicts) == 0) || on != (len(v.Structured) == 1) {
				t.Errorf("revert by key %v: conflicts %v, structured %v", on, v.Conflicts, v.Structured)
			}
		}
	}
	s.sound()
}

// .gitattributes has the last word on how a file is merged.
func TestLandLeavesFilesWithAMergeAttributeAlone(t *testing.T) {
	s := newShop(t)
	s.push("values", map[string]string{"values.yaml": "a: 1\nb: 1\n", ".gitattributes": "values.yaml -merge\n"})
	work := newShopAt(s)
	r := work.open()
	work.write(map[string]string{"values.yaml": "a: 2\nb: 1\n"})
	s.push("rival", map[string]string{"values.yaml": "a: 1\nb: 3\n"})
	o, err := r.Land(context.Background(), work.stage(r), LandRequest{Branch: "main", Identity: run("land"), Committer: ada, ByKey: true})
	if err != nil {
		t.Fatal(err)
	}
	s.want(o, Conflicted)
}
