//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/bench/git"
)

// repository is one that is generated.
type repository struct {
	name, title string
	depths      []int
	generate    func(bare string)
}

func generated() []repository {
	return []repository{
		{"small.git", "10 files", []int{1}, func(bare string) { imported(bare, func(w io.Writer) { snapshot(w, 10) }) }},
		{"long.git", "80,000 commits, 5,000 files", []int{1, 0}, func(bare string) {
			imported(bare, func(w io.Writer) { snapshot(w, 5_000); changes(w, 80_000, 5_000) })
			git.Run(bare, "gc", "--quiet")
		}},
		{"files.git", "100,000 files", []int{1}, func(bare string) { imported(bare, func(w io.Writer) { snapshot(w, 100_000) }) }},
		{"refs.git", "50,000 refs", []int{1}, func(bare string) {
			imported(bare, func(w io.Writer) { snapshot(w, 10) })
			refs(bare, 50_000)
		}},
	}
}

// imported makes a bare repository by git fast-import.
func imported(bare string, script func(io.Writer)) {
	git.Run(".", "init", "--quiet", "--bare", "--initial-branch=main", bare)
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir = bare
	in, err := cmd.StdinPipe()
	check(err)
	var out strings.Builder
	cmd.Stderr = &out
	check(cmd.Start())
	w := bufio.NewWriter(in)
	script(w)
	check(w.Flush())
	check(in.Close())
	if err := cmd.Wait(); err != nil {
		log.Fatalf("git fast-import: %v\n%s", err, out.String())
	}
}

const start = 1_700_000_000 // when the first commit was made

func path(file int) string { return fmt.Sprintf("d%02d/e%02d/f%d.txt", file%100, file/100%10, file) }

func snapshot(w io.Writer, files int) {
	fmt.Fprintf(w, "commit refs/heads/main\ncommitter Ada <ada@example.invalid> %d +0000\ndata 5\nfirst\n", start)
	for i := range files {
		text := strings.Repeat(fmt.Sprintf("file %d\n", i), 20)
		fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", path(i), len(text), text)
	}
	fmt.Fprintln(w)
}

func changes(w io.Writer, commits, files int) {
	random := rand.New(rand.NewPCG(1, 1))
	for n := range commits {
		i := random.IntN(files)
		text := strings.Repeat(fmt.Sprintf("file %d\n", i), 20) + fmt.Sprintf("change %d\n", n)
		fmt.Fprintf(w, "commit refs/heads/main\ncommitter Ada <ada@example.invalid> %d +0000\ndata 7\nchange\n\nM 100644 inline %s\ndata %d\n%s\n\n",
			start+60*n, path(i), len(text), text)
	}
}

// refs adds refs as `git pack-refs` leaves them: sorted, in one file.
func refs(bare string, n int) {
	tip := strings.TrimSpace(git.Run(bare, "rev-parse", "main"))
	lines := []string{"# pack-refs with: peeled fully-peeled sorted "}
	for i := range n {
		lines = append(lines, fmt.Sprintf("%s refs/pull/%05d/head", tip, i))
	}
	check(os.WriteFile(filepath.Join(bare, "packed-refs"), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
}
