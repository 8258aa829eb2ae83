//go:build linux

// Command torture puts landing to the test where many write to one branch, the network breaks and jobs are killed. Every
// part runs real belay processes against real git over HTTP, and a naive shell loop beside them as a control: a test that the
// control passes proves nothing. It ends with 1 where a promise is broken.
//
//	go run ./bench/torture contention     # 32 writers, 5 commits each, 50 ms server delay
//	go run ./bench/torture combine        # the same with `contention: combine`
//	go run ./bench/torture faults         # 16 writers, 50 commits each, 30 % of pushes and 10 % of fetches go wrong
//	go run ./bench/torture kill           # 500 runs killed at a random moment, and run again from a fresh clone
//	go run ./bench/torture -via-api contention|faults|kill   # the same, and a GitHub makes the commits (`via: api`)
//	go run ./bench/torture slow           # 50 writers, 1 s server delay, in the words of old and new git servers
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/belay-ci/belay/bench/git"
	"github.com/belay-ci/belay/bench/released"
	"github.com/belay-ci/belay/bench/scratch"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: torture [flags] contention|combine|faults|kill|slow")
		flag.PrintDefaults()
	}
	var b bench
	flag.IntVar(&b.writers, "writers", 0, "how many write at once (default: the part's own)")
	flag.IntVar(&b.each, "each", 0, "how many commits each, or how many trials (default: the part's own)")
	flag.Uint64Var(&b.seed, "seed", uint64(time.Now().UnixNano()), "what goes wrong, and when; printed")
	flag.StringVar(&b.belay, "belay", "", "the binary (default: built)")
	flag.BoolVar(&b.alone, "alone", false, "leave the control out")
	flag.BoolVar(&b.viaAPI, "via-api", false, "have a GitHub make belay's commits, whose API has the same weather (contention, faults, kill)")
	flag.Parse()
	parts := map[string]func(*bench) bool{
		"contention": (*bench).contention, "combine": (*bench).combine, "faults": (*bench).faults, "kill": (*bench).kill, "slow": (*bench).slow,
	}
	part, ok := parts[flag.Arg(0)]
	if !ok || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	os.Exit(b.run(part))
}

// bench is one part under way.
type bench struct {
	writers, each int
	seed          uint64
	belay, work   string
	alone, viaAPI bool
	server        *server
}

func (b *bench) run(part func(*bench) bool) int {
	var err error
	b.work, err = os.MkdirTemp(scratch.Folder(), "belay-torture-")
	check(err)
	defer os.RemoveAll(b.work)
	if b.belay == "" {
		b.belay, err = released.Belay(b.work)
		check(err)
	}
	b.server = serve(filepath.Join(b.work, "srv"), b.seed)
	fmt.Printf("seed %d\n", b.seed)
	if !part(b) {
		return 1
	}
	return 0
}

// defaults fills in what no flag says.
func (b *bench) defaults(writers, each int) {
	if b.writers == 0 {
		b.writers = writers
	}
	if b.each == 0 {
		b.each = each
	}
}

// fresh makes a repository with one commit and returns its folder and address.
func (b *bench) fresh(name string) (bare, url string) {
	if b.viaAPI && name == "belay.git" {
		name = hubRepository
	}
	bare = filepath.Join(b.server.root, name)
	if name == hubRepository {
		b.server.open(bare)
	}
	git.Run(".", "init", "--quiet", "--bare", "--initial-branch=main", bare)
	git.Run(bare, "config", "http.receivepack", "true")
	git.Run(bare, "config", "uploadpack.allowFilter", "true")
	git.Run(bare, "config", "gc.auto", "0")
	blob := strings.TrimSpace(git.Feed(bare, "seed\n", "hash-object", "-w", "--stdin"))
	tree := strings.TrimSpace(git.Feed(bare, "100644 blob "+blob+"\tREADME\n", "mktree"))
	commit := strings.TrimSpace(git.Run(bare, "commit-tree", "-m", "first", tree))
	git.Run(bare, "update-ref", "refs/heads/main", commit)
	return bare, b.server.address + "/" + name
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
