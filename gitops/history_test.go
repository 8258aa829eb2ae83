package gitops

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

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
		want bool // whether aa stands
	}{
		"landed":                       {graph("1: 0 | "+id, "2: 1 | x"), "2", true},
		"before the span":              {graph("2: 1 | x"), "2", false},
		"on another branch":            {graph("1: 0 | "+id, "2: 0 | x"), "2", false},
		"reverted":                     {graph("1: 0 | "+id, "2: 1 | "+back), "2", false},
		"reverted by hand":             {graph("1: 0 | "+id, "2: 1 | Revert\n\nThis reverts commit "+named("1").String()+"."), "2", false},
		"reverted by a squashed merge": {graph("1: 0 | "+id, "2: 1 | Roll back (#7)\n\n* Revert\n\nBelay-Reverts: aa\n\n* more"), "2", false},
		"reverted by a merged branch":  {graph("1: 0 | "+id, "2: 1 | x", "3: 1 | "+back, "4: 2 3 | merge"), "4", false},
		"the revert is not merged":     {graph("1: 0 | "+id, "2: 1 | x", "3: 1 | "+back), "2", true},
		"landed again":                 {graph("1: 0 | "+id, "2: 1 | "+back, "3: 2 | "+id), "3", true},
		"landed again beside a revert": {graph("1: 0 | "+back, "2: 0 | "+id, "3: 1 2 | merge"), "3", true},
		"the revert was reverted":      {graph("1: 0 | "+id, "2: 1 | "+back, "3: 2 | This reverts commit "+named("2").String()+"."), "3", true},
		"only quoted":                  {graph("1: 0 | m\n\nBelay-Id: aa\n\nmore words"), "1", false},
		"somebody else's":              {graph("1: 0 | m\n\nBelay-Id: bb"), "1", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if c, got := test.span.at(named(test.tip)).standing("aa"); got != test.want || got && c.ID != "aa" {
				t.Errorf("stands: %t (%+v), want %t", got, c, test.want)
			}
		})
	}
}

func TestADescendantReachesItsAncestors(t *testing.T) {
	s := graph("1: 0 | x", "2: 1 old | merge", "3: 0 | beside")
	for old, want := range map[string]bool{"0": true, "1": true, "2": true, "old": true, "3": false, "other": false} {
		if got := s.at(named("2")).reaches(named(old)); got != want {
			t.Errorf("2 reaches %s: %t", old, got)
		}
	}
	if order := s.at(named("2")).newestFirst(); !slices.Equal(order, []plumbing.Hash{named("2"), named("1")}) {
		t.Errorf("order %v", order)
	}
}
