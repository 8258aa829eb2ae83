//go:build linux

// Command land measures what one landing costs when the tip has moved, next to what people do without belay,
// `git add && git commit && git pull --rebase && git push`, and next to the raw exchange: the same requests made by hand,
// with a pack that was ready before. All work on the same repositories, over the same smart-HTTP server on loopback, in
// turns. It prints medians and ratios as a Markdown table.
//
//	go run ./bench/land                  # generated repositories: small, long history, many files, many refs
//	go run ./bench/land -only "10 files"
//	go run ./bench/land -repo /path/to/a/repository -depth 0
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/belay-ci/belay/bench/git"
	"github.com/belay-ci/belay/bench/released"
	"github.com/belay-ci/belay/bench/scratch"
)

func main() {
	rounds := flag.Int("rounds", 5, "landings of each peer per repository")
	repo := flag.String("repo", "", "measure on a copy of this repository instead of generated ones")
	depth := flag.Int("depth", 1, "the depth of the clones of -repo; 0 is the whole history")
	only := flag.String("only", "", "only the generated repositories whose title has this in it")
	var r rawExchange
	flag.StringVar(&r.url, "raw", "", "be the raw peer on this repository (the command starts itself so)")
	flag.StringVar(&r.requests, "requests", "", "the raw peer's prepared requests")
	flag.Parse()
	log.SetFlags(0)
	if r.url != "" {
		check(r.run())
		return
	}

	work, err := os.MkdirTemp(scratch.Folder(), "belay-bench-")
	check(err)
	defer os.RemoveAll(work)
	belay, err := released.Belay(work)
	check(err)
	self, err := os.Executable()
	check(err)
	server, err := git.Serve(filepath.Join(work, "srv"))
	check(err)
	b := bench{work: work, belay: belay, self: self, rounds: *rounds, server: server}

	fmt.Println("| repository | belay s | git s | raw s | git / belay | belay / raw | belay MB | git MB |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	if *repo != "" {
		git.Run(".", "clone", "--quiet", "--bare", *repo, filepath.Join(work, "srv", "given.git"))
		b.compare("given.git", fmt.Sprintf("given, depth %d", *depth), *depth)
		return
	}
	for _, g := range generated() {
		bare := filepath.Join(work, "srv", g.name)
		for _, depth := range g.depths {
			title := fmt.Sprintf("%s, depth %d", g.title, depth)
			if depth == 0 {
				title = g.title + ", full clone"
			}
			if !strings.Contains(title, *only) {
				continue
			}
			if _, err := os.Stat(bare); err != nil {
				g.generate(bare)
			}
			b.compare(g.name, title, depth)
		}
	}
}

type bench struct {
	work, belay, self, server string
	rounds                    int
}

// compare lands in turns with all peers, and prints one row.
func (b bench) compare(name, title string, depth int) {
	t := b.template(name, depth)
	defer t.end()
	check(os.WriteFile(filepath.Join(b.work, "steps.yml"), []byte(steps), 0o644))
	peers := []func(rival) *exec.Cmd{
		func(rival) *exec.Cmd {
			return exec.Command(b.belay, "run", "--steps", filepath.Join(b.work, "steps.yml"), "--policy", "none",
				"--input", "branch="+t.branch, "--report-dir", filepath.Join(b.work, "report"))
		},
		func(rival) *exec.Cmd {
			return exec.Command("bash", "-ec", `git add bumped.txt && git commit -qm bump && git pull -q --rebase && git push -q`)
		},
		func(r rival) *exec.Cmd {
			requests := filepath.Join(r.dir, "requests")
			prepare(requests, r, t.branch)
			return exec.Command(b.self, "-raw", b.server+"/"+name, "-requests", requests)
		},
	}
	costs := make([][]cost, len(peers))
	for round := range b.rounds {
		for i := range peers {
			peer := (i + round) % len(peers) // nobody always goes first
			costs[peer] = append(costs[peer], b.once(t, fmt.Sprintf("%d.%d", round, peer), peers[peer]))
		}
	}
	ours, theirs, raw := median(costs[0]), median(costs[1]), median(costs[2])
	fmt.Printf("| %s | %.3f | %.3f | %.3f | %.2f | %.2f | %d | %d |\n", title, ours.wall.Seconds(), theirs.wall.Seconds(), raw.wall.Seconds(),
		theirs.wall.Seconds()/ours.wall.Seconds(), ours.wall.Seconds()/raw.wall.Seconds(), ours.peak>>20, theirs.peak>>20)
}

const steps = `version: 1
inputs: { branch: { required: true } }
steps:
  - uses: land
    with: { branch: "${{ inputs.branch }}", paths: [bumped.txt], message: bump }
`

type cost struct {
	wall time.Duration
	peak int64 // bytes
}

// once takes a fresh clone, lets a rival move the branch, changes a file, and measures one landing. Nothing before that is
// measured.
func (b bench) once(t template, id string, command func(rival) *exec.Cmd) cost {
	dir, beside := filepath.Join(b.work, "clone-"+id), filepath.Join(b.work, "rival-"+id)
	defer os.RemoveAll(dir)
	defer os.RemoveAll(beside)
	t.copy(dir)
	cmd := command(t.rival(beside, id))
	check(os.WriteFile(filepath.Join(dir, "bumped.txt"), []byte(id+"\n"), 0o644))

	cmd.Dir, cmd.Env = dir, append(git.Environ(), "BELAY_TOKEN=a-token-as-in-a-job")
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(begun)
	if err != nil {
		log.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return cost{wall: wall, peak: cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10}
}

func median(costs []cost) cost {
	slices.SortFunc(costs, func(a, b cost) int { return int(a.wall - b.wall) })
	return costs[len(costs)/2]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
