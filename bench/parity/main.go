// Command parity replays the history of any repository with belay's merge and with git's, and compares the outcomes
// tree for tree: every merge commit, and commits picked onto later and earlier ones and reverted on later ones.
//
//	go run ./bench/parity -repo PATH [-max N] [-seed S] [-arbiter]
//
// It only reads the repository. It prints one table, and exits 1 where belay merged to a tree that git does not make:
// that breaks the law of package merge, and the way to see it again is printed. The memory it takes grows by 64 bytes
// a commit, and not with files or contents. It exits 2 where nothing could be compared, as for a SHA-256 repository.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/belay-ci/belay/gitops/merge"
)

func main() {
	var o options
	flag.StringVar(&o.repo, "repo", ".", "the repository: a work tree or a bare one")
	flag.IntVar(&o.max, "max", 2000, "at most this many cases of each kind, drawn by the seed; 0 is all of them")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()%1e9), "which cases are drawn")
	flag.BoolVar(&o.arbiter, "arbiter", false, "put what belay declines to the installed git, as landing does")
	commits := flag.Int("generate", 0, "replay a made-up history of so many commits instead of a repository's")
	flag.Parse()
	o.out, o.progress, o.merge = os.Stdout, os.Stderr, merge.TreesWith
	t, err := run(o, *commits)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(2)
	case t.wrong() > 0:
		os.Exit(1)
	}
}

// run replays a repository, or a generated one.
func run(o options, commits int) (t *table, err error) {
	if commits == 0 {
		return compare(o)
	}
	dir, err := os.MkdirTemp("", "belay-parity-history-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o.repo = dir
	if err := generate(dir, commits, o.seed); err != nil {
		return nil, fmt.Errorf("generate a history: %w", err)
	}
	return compare(o)
}

// errNothing means that the repository holds nothing that could be compared.
var errNothing = errors.New("no commit has a parent: there is nothing to merge")
