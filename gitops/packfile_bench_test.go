package gitops

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/belay-ci/belay/internal/gittest"
)

// fullClone makes a repository of that many commits, each to one of 2,000 files in 100 folders, in one pack.
func fullClone(b testing.TB, commits int) string {
	b.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		b.Skip("git is not installed")
	}
	dir := b.TempDir()
	gittest.Git(b, dir, "init", "--quiet", "--initial-branch=main")
	var script strings.Builder
	for n := range commits {
		fmt.Fprintf(&script, "commit refs/heads/main\ncommitter Ada <ada@example.invalid> %d +0000\ndata <<.\nchange %d of many\n.\n", 1_700_000_000+n, n)
		first := n * 7919
		if last := first; n == 0 {
			for last = range 2_000 {
				fmt.Fprintf(&script, "M 100644 inline team-%03d/env-%04d.yml\ndata <<.\nimage: 1\n.\n", last%100, last)
			}
		}
		fmt.Fprintf(&script, "M 100644 inline team-%03d/env-%04d.yml\ndata <<.\nimage: %d\n.\n", first%2_000%100, first%2_000, n)
	}
	script.WriteString("done\n")
	if out, err := gittest.GitIn(dir)(script.String(), "fast-import", "--quiet", "--done"); err != nil {
		b.Fatal(err, out)
	}
	gittest.Git(b, dir, "repack", "-adfq", "--depth=50")
	return dir
}

// BenchmarkFullClone opens a repository with a long history and reads of its newest commits.
func BenchmarkFullClone(b *testing.B) {
	dir := fullClone(b, 20_000)
	head := plumbing.NewHash(gittest.Git(b, dir, "rev-parse", "main"))
	far := plumbing.NewHash(gittest.Git(b, dir, "rev-parse", "main~40:"))
	for name, read := range map[string]func(*disk) error{
		"nothing":                     func(*disk) error { return nil },
		"a tree of many differences":  func(d *disk) error { _, err := object.GetTree(d, far); return err },
		"100 commits":                 func(d *disk) error { return history(d, head, 100, false) },
		"100 commits and their trees": func(d *disk) error { return history(d, head, 100, true) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := openObjects(filepath.Join(dir, ".git"))
				if err != nil {
					b.Fatal(err)
				}
				if err := read(d); err != nil {
					b.Fatal(err)
				}
				d.close()
			}
		})
	}
}

// history reads commits from the newest on, and the folders that may have changed with them.
func history(d *disk, at plumbing.Hash, most int, trees bool) error {
	for range most {
		c, err := object.GetCommit(d, at)
		if err != nil {
			return err
		}
		if trees {
			root, err := object.GetTree(d, c.TreeHash)
			if err != nil {
				return err
			}
			if _, err := object.GetTree(d, root.Entries[0].Hash); err != nil {
				return err
			}
		}
		at = c.ParentHashes[0]
	}
	return nil
}
