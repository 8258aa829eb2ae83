//go:build linux

// Command land measures what one landing costs when the tip has moved, next to what people do without belay:
// `git add && git commit && git pull --rebase && git push`. Both work on the same repositories, over the same
// smart-HTTP server on loopback, in turns. It prints medians and ratios as a Markdown table.
//
//	go run ./bench/land                  # generated repositories: 10 and 100,000 files
//	go run ./bench/land -repo /path/to/a/repository
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
)

func main() {
	rounds := flag.Int("rounds", 5, "landings of each peer per repository")
	repo := flag.String("repo", "", "measure on a copy of this repository instead of generated ones")
	depth := flag.Int("depth", 1, "the clones' depth; 0 is the whole history")
	flag.Parse()
	log.SetFlags(0)

	work, err := os.MkdirTemp("", "belay-bench-")
	check(err)
	defer os.RemoveAll(work)
	belay := filepath.Join(work, "belay")
	run(".", "go", "build", "-o", belay, "./cmd/belay")
	b := bench{work: work, belay: belay, depth: *depth, rounds: *rounds, server: serve(filepath.Join(work, "srv"))}

	fmt.Println("| repository | belay s | git s | git / belay | belay MB | git MB |")
	fmt.Println("|---|---|---|---|---|---|")
	if *repo != "" {
		run(work, "git", "clone", "--quiet", "--bare", *repo, filepath.Join(work, "srv", "given.git"))
		b.compare("given.git", "given")
		return
	}
	for _, files := range []int{10, 100_000} {
		name := fmt.Sprintf("gen-%d.git", files)
		generate(filepath.Join(work, "srv", name), files)
		b.compare(name, fmt.Sprintf("%d files, depth %d", files, *depth))
	}
}

type bench struct {
	work, belay, server string
	depth, rounds       int
}

// compare lands in turns with both peers, and prints one row.
func (b bench) compare(name, title string) {
	bare := filepath.Join(b.work, "srv", name)
	run(bare, "git", "config", "http.receivepack", "true")
	run(bare, "git", "config", "uploadpack.allowFilter", "true")
	branch := strings.TrimSpace(run(bare, "git", "symbolic-ref", "--short", "HEAD"))
	var ours, theirs []cost
	for round := range b.rounds {
		ours = append(ours, b.once(name, branch, fmt.Sprintf("b%d", round), func(dir string) *exec.Cmd {
			return exec.Command(b.belay, "run", "--steps", filepath.Join(b.work, "steps.yml"), "--policy", "none",
				"--run-id", fmt.Sprint(round), "--input", "branch="+branch)
		}))
		theirs = append(theirs, b.once(name, branch, fmt.Sprintf("g%d", round), func(dir string) *exec.Cmd {
			return exec.Command("bash", "-ec", `echo "$RANDOM$RANDOM" > bumped.txt
git add bumped.txt && git commit -qm bump && git pull -q --rebase && git push -q`)
		}))
	}
	o, t := median(ours), median(theirs)
	fmt.Printf("| %s | %.3f | %.3f | %.1f | %d | %d |\n", title, o.wall.Seconds(), t.wall.Seconds(),
		t.wall.Seconds()/o.wall.Seconds(), o.peak>>20, t.peak>>20)
}

const steps = `version: 1
inputs: { branch: { required: true } }
steps:
  - run: echo "$RANDOM$RANDOM" > bumped.txt
    shell: bash
  - uses: land
    with: { branch: "${{ inputs.branch }}", paths: [bumped.txt], message: bump }
`

type cost struct {
	wall time.Duration
	peak int64 // bytes
}

// once clones, lets a rival move the branch, and measures one landing. Cloning is not measured.
func (b bench) once(name, branch, id string, command func(dir string) *exec.Cmd) cost {
	check(os.WriteFile(filepath.Join(b.work, "steps.yml"), []byte(steps), 0o644))
	dir, rival := filepath.Join(b.work, "clone-"+id), filepath.Join(b.work, "rival-"+id)
	defer os.RemoveAll(dir)
	defer os.RemoveAll(rival)
	args := []string{"clone", "--quiet", "--branch", branch}
	if b.depth > 0 {
		args = append(args, "--depth", fmt.Sprint(b.depth))
	}
	run(b.work, "git", append(args, b.server+"/"+name, dir)...)
	run(b.work, "git", "clone", "--quiet", "--no-checkout", "--depth", "1", "--branch", branch, b.server+"/"+name, rival)
	blob := strings.TrimSpace(run(rival, "bash", "-c", "echo "+id+" | git hash-object -w --stdin"))
	run(rival, "git", "read-tree", "HEAD")
	run(rival, "git", "update-index", "--add", "--cacheinfo", "100644,"+blob+",rival.txt")
	run(rival, "git", "commit", "--quiet", "-m", "rival "+id)
	run(rival, "git", "push", "--quiet", "origin", "HEAD:"+branch)

	cmd := command(dir)
	cmd.Dir, cmd.Env = dir, environ()
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

// generate makes a bare repository of that many small files by git fast-import.
func generate(bare string, files int) {
	run(".", "git", "init", "--quiet", "--bare", "--initial-branch=main", bare)
	var in strings.Builder
	in.WriteString("commit refs/heads/main\ncommitter Ada <ada@example.invalid> 1767322245 +0000\ndata 5\nfirst\n")
	for i := range files {
		text := fmt.Sprintf("file %d\n", i)
		fmt.Fprintf(&in, "M 100644 inline d%02d/e%02d/f%d.txt\ndata %d\n%s\n", i%100, i/100%10, i, len(text), text)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = bare, strings.NewReader(in.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		log.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

func environ() []string {
	return append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.invalid", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.invalid")
}

func run(dir, name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		log.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
