package main

import (
	"bufio"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// commit is a commit of the history, with its first two parents; zero where there are none.
type commit struct {
	id      plumbing.Hash
	parents [2]plumbing.Hash
}

func (c commit) merge() bool { return !c.parents[1].IsZero() }

// readHistory lists every commit that a ref reaches, parents first.
func readHistory(g git) ([]commit, error) {
	cmd := g.command("rev-list", "--all", "--topo-order", "--reverse", "--parents")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var list []commit
	for lines := bufio.NewScanner(out); lines.Scan(); {
		ids := strings.Fields(lines.Text())
		c := commit{id: plumbing.NewHash(ids[0])}
		for i, parent := range ids[1:min(len(ids), 3)] {
			c.parents[i] = plumbing.NewHash(parent)
		}
		list = append(list, c)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	return list, nil
}

// The kinds of cases, in the order of the table.
const (
	kindMerge   = "merge commits"
	kindPick    = "picks onto a later commit"
	kindEarlier = "picks onto an earlier commit"
	kindRevert  = "reverts on a later commit"
)

func kinds() []string { return []string{kindMerge, kindPick, kindEarlier, kindRevert} }

// question is what is merged, in commits: what ours and theirs made of base. A zero base is the empty tree.
type question struct {
	kind               string
	base, ours, theirs plumbing.Hash
}

// pairs draws cases of one kind from pairs of commits, at most limit of them; 0 is all. Pairs are drawn by their
// distance: every order of magnitude is as likely as the next, as most landings meet a tip that is not far away.
func pairs(history []commit, kind string, limit int, r *rand.Rand) iter.Seq[question] {
	n := len(history)
	if limit == 0 || n*n <= limit {
		return func(yield func(question) bool) {
			for i := range n {
				for j := range n {
					if q, ok := pair(history, kind, i, j); ok && !yield(q) {
						return
					}
				}
			}
		}
	}
	return func(yield func(question) bool) {
		for found, tries := 0, 0; found < limit && tries < 20*limit; tries++ {
			distance := int(math.Exp(r.Float64() * math.Log(float64(n))))
			if kind == kindEarlier {
				distance = -distance
			}
			i := r.IntN(n)
			q, ok := pair(history, kind, i, i+distance)
			if ok {
				found++
			}
			if ok && !yield(q) {
				return
			}
		}
	}
}

// pair is the case of a kind that commit i makes on top of commit j.
func pair(history []commit, kind string, i, j int) (question, bool) {
	if i == j || j < 0 || j >= len(history) || history[i].merge() || (kind == kindEarlier) != (j < i) {
		return question{}, false
	}
	c, tip := history[i], history[j]
	if kind == kindRevert {
		return question{kind, c.id, tip.id, c.parents[0]}, true
	}
	return question{kind, c.parents[0], tip.id, c.id}, true
}

// merges lists merge commits. One with several merge bases is taken with the first of them: belay merges from one
// recorded base, and so does the git it is compared with here.
func merges(g git, history []commit, limit int, r *rand.Rand) ([]question, error) {
	var found []commit
	for _, c := range history {
		if c.merge() {
			found = append(found, c)
		}
	}
	if limit > 0 && len(found) > limit {
		r.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		found = found[:limit]
	}
	var list []question
	for _, c := range found {
		out, err := g.command("merge-base", c.parents[0].String(), c.parents[1].String()).Output()
		if failed, ok := err.(*exec.ExitError); ok && failed.ExitCode() == 1 {
			err = nil // histories that share nothing
		}
		if err != nil {
			return nil, fmt.Errorf("find the merge base of %s: %w", c.id, err)
		}
		base := plumbing.NewHash(strings.TrimSpace(string(out)))
		if !slices.Contains(c.parents[:], base) { // else one side's tree is the answer
			list = append(list, question{kindMerge, base, c.parents[0], c.parents[1]})
		}
	}
	return list, nil
}
