//go:build linux

// Command wire measures how much memory belay's own process needs at most where a repository is large: one landing on a
// branch whose tip has moved, in a repository of 100,000 refs, and one of a file of 1 GiB that nothing can compress. It
// prints a Markdown table. The server is git http-backend on loopback, and keeps what it gets on disk.
//
//	go run ./bench/wire
//	go run ./bench/wire -refs 10000 -mib 64
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/bench/git"
	"github.com/belay-ci/belay/bench/released"
)

func main() {
	refs := flag.Int("refs", 100_000, "refs of the repository that has many")
	mib := flag.Int64("mib", 1024, "size of the file that is large")
	flag.Parse()
	log.SetFlags(0)
	work, err := os.MkdirTemp("", "belay-bench-")
	check(err)
	defer os.RemoveAll(work)
	belay, err := released.Belay(work)
	check(err)
	server, err := git.Serve(filepath.Join(work, "srv"))
	check(err)
	b := bench{work: work, belay: belay, server: server}

	fmt.Println("| landing | s | peak MB of belay |\n|---|---|---|")
	b.row("one small file, 2 refs", 2, 0)
	b.row(fmt.Sprintf("one small file, %d refs", *refs), *refs, 0)
	b.row(fmt.Sprintf("one file of %d MiB, 2 refs", *mib), 2, *mib<<20)
}

type bench struct{ work, belay, server string }

const steps = `version: 1
steps:
  - run: test -e noise || date +%N > noise
  - uses: land
    timeout: 60m
    with: { paths: [noise], message: noise }
`

// row makes a repository, has a rival move its branch, lands, and prints what that took.
func (b bench) row(title string, refs int, size int64) {
	name := fmt.Sprintf("r%d-%d.git", refs, size)
	bare := filepath.Join(b.work, "srv", name)
	generate(bare, refs)
	dir, rival := filepath.Join(b.work, "work-"+name), filepath.Join(b.work, "rival-"+name)
	defer os.RemoveAll(dir)
	defer os.RemoveAll(bare)
	for _, clone := range []string{dir, rival} {
		git.Run(b.work, "clone", "--quiet", "--depth", "1", "--branch", "main", b.server+"/"+name, clone)
	}
	git.Run(rival, "commit", "--quiet", "--allow-empty", "-m", "rival")
	git.Run(rival, "push", "--quiet", "origin", "HEAD:main")
	check(os.WriteFile(filepath.Join(b.work, "steps.yml"), []byte(steps), 0o644))
	if size > 0 {
		noise(filepath.Join(dir, "noise"), size)
	}
	cmd := exec.Command(b.belay, "run", "--steps", filepath.Join(b.work, "steps.yml"), "--policy", "none", "--run-id", "1")
	cmd.Dir, cmd.Env = dir, git.Environ()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	begun := time.Now()
	check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var peak int64
	for {
		select {
		case err := <-ended:
			if err != nil {
				log.Fatalf("%s: %v\n%s", cmd, err, out.String())
			}
			fmt.Printf("| %s | %.1f | %d |\n", title, time.Since(begun).Seconds(), peak>>10)
			git.Run(bare, "cat-file", "-e", "main:noise")
			return
		case <-time.After(5 * time.Millisecond):
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
}

// highWater reads the most memory a process has held so far, in KiB: VmHWM of proc_pid_status(5).
func highWater(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(words[0], 10, 64) // a process that has ended has none
	return n
}

// generate makes a bare repository with that many branches, all of them packed.
func generate(bare string, refs int) {
	git.Run(".", "init", "--quiet", "--bare", "--initial-branch=main", bare)
	git.Run(bare, "config", "http.receivepack", "true")
	tree := strings.TrimSpace(git.Run(bare, "mktree"))
	commit := strings.TrimSpace(git.Run(bare, "commit-tree", "-m", "first", tree))
	var in strings.Builder
	fmt.Fprintf(&in, "create refs/heads/main %s\n", commit)
	for i := range refs - 1 {
		fmt.Fprintf(&in, "create refs/heads/topic/%06d %s\n", i, commit)
	}
	git.Feed(bare, in.String(), "update-ref", "--stdin")
	git.Run(bare, "pack-refs", "--all")
}

// noise writes a file that no compression shortens.
func noise(path string, size int64) {
	file, err := os.Create(path)
	check(err)
	out := bufio.NewWriterSize(file, 1<<20)
	_, err = io.CopyN(out, rand.NewChaCha8([32]byte{}), size)
	check(err)
	check(out.Flush())
	check(file.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
