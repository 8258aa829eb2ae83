package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/gitops/arbiter"
	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/internal/gittest"
)

type options struct {
	repo          string
	max           int
	seed          uint64
	out, progress io.Writer
	merge         func(s merge.Store, base, ours, theirs plumbing.Hash, o merge.Options) (merge.Result, error)
	arbiter       bool
}

const batchSize = 200

// comparison is one repository being compared.
type comparison struct {
	options
	borrowed string // the repository's objects
	work     string
	objects  *objects
	table    *table
	last     time.Time // when progress was last said
	goes     merge.Options
}

// compare replays a repository and prints the table.
func compare(o options) (t *table, err error) {
	g, borrowed, err := open(o.repo)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "belay-parity-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	history, err := readHistory(g)
	if err != nil {
		return nil, err
	}
	version, err := g.ask("version")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.out, "%d commits, %s, seed %d\n\n", len(history), version, o.seed)
	c := comparison{options: o, borrowed: borrowed, work: work, table: newTable()}
	reading, err := scratch(filepath.Join(work, "read.git"), borrowed)
	if err != nil {
		return nil, err
	}
	if c.objects, err = openObjects(reading); err != nil {
		return nil, err
	}
	if o.arbiter {
		if c.goes.Arbiter, err = c.openArbiter(); err != nil {
			return nil, err
		}
	}
	for i, kind := range kinds() {
		r := rand.New(rand.NewPCG(o.seed, uint64(i)))
		list := pairs(history, kind, o.max, r)
		if kind == kindMerge {
			found, err := merges(g, history, o.max, r)
			if err != nil {
				return nil, err
			}
			list = slices.Values(found)
		}
		if err := c.kind(kind, list); err != nil {
			return nil, err
		}
	}
	if err := c.objects.close(); err != nil {
		return nil, err
	}
	if c.table.total().cases == 0 {
		return nil, errNothing
	}
	c.table.print(o.out)
	return c.table, nil
}

// openArbiter makes the arbiter a landing asks.
func (c *comparison) openArbiter() (merge.Arbiter, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.work, "arbiter")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	git, err := arbiter.Open(program, dir, []string{c.borrowed}, c.objects.borrowed)
	return func(q merge.Question) (merge.Verdict, error) { return git.Merge(context.Background(), c.objects, q) }, err
}

// kind compares all cases of a kind, a batch at a time.
func (c *comparison) kind(kind string, list iter.Seq[question]) error {
	var batch []question
	flush := func() error {
		err := c.batch(kind, batch)
		batch = batch[:0]
		if time.Since(c.last) > 10*time.Second {
			c.last = time.Now()
			fmt.Fprintf(c.progress, "%s: %d\n", kind, c.table.rows[kind].cases)
		}
		return err
	}
	for q := range list {
		batch = append(batch, q)
		if len(batch) == batchSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// batch compares some cases. Git merges them in a repository of their own, which goes with what git wrote to it.
func (c *comparison) batch(kind string, batch []question) error {
	if len(batch) == 0 {
		return nil
	}
	dir := filepath.Join(c.work, "batch.git")
	g, err := scratch(dir, c.borrowed)
	if err != nil {
		return err
	}
	var asked []question
	var cases [][3]plumbing.Hash
	var commits [][2]string
	for _, q := range batch {
		trees, err := c.trees(q)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			c.table.row(kind).unreadable()
			continue
		}
		if err != nil {
			return err
		}
		ours, theirs, err := g.commits(trees)
		if err != nil {
			return err
		}
		asked, cases = append(asked, q), append(cases, trees)
		commits = append(commits, [2]string{ours.String(), theirs.String()})
	}
	done := make(chan []gittest.Merged, 1)
	go func() {
		done <- gittest.MergeTrees(commits, func(args ...string) *exec.Cmd { return g.command(args...) })
	}()
	answers, err := c.answers(cases)
	git := <-done
	if err != nil {
		return err
	}
	if len(git) != len(cases) {
		return fmt.Errorf("git merge-tree answered %d of %d merges", len(git), len(cases))
	}
	for i, want := range git {
		if wrong := c.table.row(kind).add(answers[i], want); wrong != "" {
			c.table.report(reproduction(asked[i], cases[i], wrong))
		}
	}
	return os.RemoveAll(dir)
}

// trees returns the trees of a case.
func (c *comparison) trees(q question) (trees [3]plumbing.Hash, err error) {
	for i, id := range []plumbing.Hash{q.base, q.ours, q.theirs} {
		if id.IsZero() {
			continue
		}
		o, err := c.objects.EncodedObject(plumbing.CommitObject, id)
		if err != nil {
			return trees, err
		}
		r, err := o.Reader()
		if err != nil {
			return trees, err
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			return trees, err
		}
		// Only the first line counts: old tools wrote commits that are not as git writes them.
		if len(raw) < 45 {
			return trees, fmt.Errorf("commit %s: no tree", id)
		}
		trees[i] = plumbing.NewHash(string(raw[5:45]))
	}
	return trees, nil
}

func (c *comparison) answers(cases [][3]plumbing.Hash) ([]*merge.Result, error) {
	answers := make([]*merge.Result, len(cases))
	for i, trees := range cases {
		r, err := c.merge(c.objects, trees[0], trees[1], trees[2], c.goes)
		c.objects.forget()
		if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, fmt.Errorf("merge %s: %w", trees, err)
		}
		if err == nil {
			answers[i] = &r
		}
	}
	return answers, nil
}
