package gitops

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/gitops/merge"
)

// graph makes a span from lines "name: parents | message", oldest first. "0" is where it begins.
func graph(lines ...string) *span {
	s := &span{since: named("0"), commits: map[plumbing.Hash]merge.Commit{}}
	for _, line := range lines {
		head, message, _ := strings.Cut(line, " | ")
		name, parents, _ := strings.Cut(head, ":")
		c := merge.Commit{Message: []byte(message)}
		for _, parent := range strings.Fields(parents) {
			c.Parents = append(c.Parents, named(parent))
		}
		s.commits[named(name)] = c
	}
	return s
}

func named(name string) plumbing.Hash {
	return plumbing.NewHash(fmt.Sprintf("%040x", name))
}

func TestWhatStandsOnABranch(t *testing.T) {
	const id = "m\n\nBelay-Id: aa"
	const back = "m\n\nBelay-Reverts: aa"
	tests := map[string]struct {
		span *span
		tip  string
		want []string
	}{
		"landed":                       {graph("1: 0 | "+id, "2: 1 | x"), "2", []string{"aa"}},
		"before the span":              {graph("2: 1 | x"), "2", nil},
		"on another branch":            {graph("1: 0 | "+id, "2: 0 | x"), "2", nil},
		"reverted":                     {graph("1: 0 | "+id, "2: 1 | "+back), "2", nil},
		"reverted by hand":             {graph("1: 0 | "+id, "2: 1 | Revert\n\nThis reverts commit "+named("1").String()+"."), "2", nil},
		"reverted by a squashed merge": {graph("1: 0 | "+id, "2: 1 | Roll back (#7)\n\n* Revert\n\nBelay-Reverts: aa\n\n* more"), "2", nil},
		"reverted by a merged branch":  {graph("1: 0 | "+id, "2: 1 | x", "3: 1 | "+back, "4: 2 3 | merge"), "4", nil},
		"the revert is not merged":     {graph("1: 0 | "+id, "2: 1 | x", "3: 1 | "+back), "2", []string{"aa"}},
		"landed again":                 {graph("1: 0 | "+id, "2: 1 | "+back, "3: 2 | "+id), "3", []string{"aa"}},
		"landed again beside a revert": {graph("1: 0 | "+back, "2: 0 | "+id, "3: 1 2 | merge"), "3", []string{"aa"}},
		"the revert was reverted":      {graph("1: 0 | "+id, "2: 1 | "+back, "3: 2 | This reverts commit "+named("2").String()+"."), "3", []string{"aa"}},
		"only quoted":                  {graph("1: 0 | m\n\nBelay-Id: aa\n\nmore words"), "1", nil},
		"somebody else's":              {graph("1: 0 | m\n\nBelay-Id: bb"), "1", []string{"bb"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(test.span.standing(test.span.from(named(test.tip)))))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestADescendantReachesItsAncestors(t *testing.T) {
	s := graph("1: 0 | x", "2: 1 old | merge", "3: 0 | beside")
	for old, want := range map[string]bool{"0": true, "1": true, "2": true, "old": true, "3": false, "other": false} {
		if got := s.reaches(named("2"), named(old)); got != want {
			t.Errorf("2 reaches %s: %t", old, got)
		}
	}
	if order := s.newestFirst(named("2")); !slices.Equal(order, []plumbing.Hash{named("2"), named("1")}) {
		t.Errorf("order %v", order)
	}
}
