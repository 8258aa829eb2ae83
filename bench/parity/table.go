package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

// row counts what became of the cases of one kind.
type row struct {
	cases    int
	same     int // one tree
	both     int // a conflict for both
	declined int // git merges, belay does not
	wrong    int // belay merges, git does not or to another tree
	died     int // git aborted: it says nothing
	missing  int // objects are not there, as in a partial clone
	reasons  map[merge.Reason]int
}

type table struct {
	rows    map[string]*row
	reports []string
}

func newTable() *table {
	t := &table{rows: map[string]*row{}}
	for _, kind := range kinds() {
		t.rows[kind] = &row{reasons: map[merge.Reason]int{}}
	}
	return t
}

func (t *table) row(kind string) *row { return t.rows[kind] }

func (r *row) unreadable() { r.cases, r.missing = r.cases+1, r.missing+1 }

// add counts a case. Got is nil where an object was missing. It returns what is wrong with it, or nothing.
func (r *row) add(got *merge.Result, want gittest.Merged) (wrong string) {
	r.cases++
	switch {
	case got == nil:
		r.missing++
	case want.Died:
		r.died++
	case len(got.Conflicts) > 0 && !want.Clean:
		r.both++
	case len(got.Conflicts) > 0:
		r.declined++
		r.reasons[got.Conflicts[0].Reason]++
	case !want.Clean:
		r.wrong++
		return fmt.Sprintf("belay merges to %s, git conflicts in %q", got.Tree, want.Conflicts)
	case got.Tree.String() != want.Tree:
		r.wrong++
		return fmt.Sprintf("belay merges to %s, git to %s", got.Tree, want.Tree)
	default:
		r.same++
	}
	return ""
}

func (t *table) total() row {
	sum := row{reasons: map[merge.Reason]int{}}
	for _, r := range t.rows {
		sum.cases += r.cases
		sum.same += r.same
		sum.both += r.both
		sum.declined += r.declined
		sum.wrong += r.wrong
		sum.died += r.died
		sum.missing += r.missing
		for reason, n := range r.reasons {
			sum.reasons[reason] += n
		}
	}
	return sum
}

func (t *table) wrong() int { return t.total().wrong }

// report keeps a reproduction; some are enough.
func (t *table) report(text string) {
	if len(t.reports) < 20 {
		t.reports = append(t.reports, text)
	}
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "| | cases | same tree | both conflict | belay declines, git merges | WRONG | git died | objects missing |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	line := func(name string, r row) {
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, r.cases, r.same, r.both, r.declined, r.wrong, r.died, r.missing)
	}
	for _, kind := range kinds() {
		line(kind, *t.rows[kind])
	}
	sum := t.total()
	line("all", sum)
	if merged := sum.same + sum.declined; merged > 0 {
		fmt.Fprintf(w, "\nbelay declines %.2f %% of what git merges", 100*float64(sum.declined)/float64(merged))
		var why []string
		for _, reason := range slices.Sorted(maps.Keys(sum.reasons)) {
			why = append(why, fmt.Sprintf("%s %d", reason, sum.reasons[reason]))
		}
		if len(why) > 0 {
			fmt.Fprintf(w, ": %s", strings.Join(why, ", "))
		}
		fmt.Fprintln(w)
	}
	for _, text := range t.reports {
		fmt.Fprintf(w, "\n%s", text)
	}
}

// reproduction says how to see a wrong case again.
func reproduction(q question, trees [3]plumbing.Hash, wrong string) string {
	return fmt.Sprintf(`WRONG, %s: base %s, ours %s, theirs %s
  %s
  b=$(git commit-tree -m b %s); o=$(git commit-tree -m o -p $b %s); t=$(git commit-tree -m t -p $b %s)
  git merge-tree --write-tree $o $t
`, q.kind, q.base, q.ours, q.theirs, wrong, trees[0], trees[1], trees[2])
}
