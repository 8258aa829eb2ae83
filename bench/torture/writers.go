//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/belay-ci/belay/bench/git"
)

// tally is what came of some writers.
type tally struct {
	wall     time.Duration
	requests int64
	attempts []int           // pushes, by landing
	waits    []time.Duration // from the start of a landing to its end
	acked    int             // landings that were reported as landed
}

func (t tally) longest() time.Duration { return slices.Max(t.waits) }

// percentile of the attempts.
func (t tally) percentile(p int) int {
	sorted := slices.Sorted(slices.Values(t.attempts))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// job is one run of belay: the writer's commits, each landed by a step of its own.
type job struct {
	dir, id string
	writer  int
	each    int
	land    string // the policy's land
}

// steps are the steps file of a job.
func (j job) steps() string {
	var s strings.Builder
	s.WriteString("version: 1\nsteps:\n")
	for n := range j.each {
		fmt.Fprintf(&s, "  - run: echo %d > w%d.txt\n    shell: sh\n", n, j.writer)
		fmt.Fprintf(&s, "  - uses: land\n    with: { branch: main, paths: [w%d.txt], message: \"w%d n%d.\" }\n", j.writer, j.writer, n)
	}
	return s.String()
}

// start runs the job to its end, and returns its report's landings.
func (b *bench) start(j job) (landings []landing, err error) {
	report := filepath.Join(b.work, "report-"+j.id)
	cmd := exec.Command(b.belay, "run", "--steps", j.steps(), "--policy", b.land(j.land), "--report-dir", report) // a run that nobody ran before
	cmd.Dir = j.dir
	cmd.Env = append(b.environ(), "TMPDIR="+b.work)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", j.id, err, out)
	}
	text, readErr := os.ReadFile(filepath.Join(report, "report.json"))
	if readErr != nil {
		return nil, fmt.Errorf("%w\n%s", readErr, out)
	}
	var read struct {
		Landings []landing `json:"landings"`
	}
	check(json.Unmarshal(text, &read))
	check(os.RemoveAll(report))
	return read.Landings, err
}

// landing is what belay's report says of one.
type landing struct {
	Outcome string    `json:"outcome"`
	Pushes  int       `json:"pushes"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// clone makes a writer's clone, outside of what is measured.
func (b *bench) clone(url, name string) string {
	dir := filepath.Join(b.work, name)
	git.Run(b.work, "clone", "--quiet", "--depth=1", url, dir)
	return dir
}

// prepare makes the writers' clones, outside of what is measured.
func (b *bench) prepare(url, name string) []string {
	var dirs []string
	for w := range b.writers {
		dirs = append(dirs, b.clone(url, fmt.Sprintf("%s-%d", strings.ReplaceAll(name, " ", "-"), w)))
	}
	return dirs
}

// writeWithBelay lets all writers work at once.
func (b *bench) writeWithBelay(name, url, land string) tally {
	return b.writeIn(b.prepare(url, name), name, land)
}

// writeIn is writeWithBelay in clones that were made before.
func (b *bench) writeIn(dirs []string, name, land string) tally {
	return b.together(dirs, func(w int, dir string) tally {
		landings, err := b.start(job{dir: dir, id: filepath.Base(dir), writer: w, each: b.each, land: land})
		if err != nil {
			fmt.Println(name, err)
		}
		return tally{}.add(landings)
	})
}

// together runs one function for each writer at once, and adds up what they return.
func (b *bench) together(dirs []string, write func(w int, dir string) tally) tally {
	var t tally
	before := b.server.requests.Load()
	var mu sync.Mutex
	var all sync.WaitGroup
	begun := time.Now()
	for w, dir := range dirs {
		all.Go(func() {
			one := write(w, dir)
			mu.Lock()
			defer mu.Unlock()
			t.acked += one.acked
			t.attempts, t.waits = append(t.attempts, one.attempts...), append(t.waits, one.waits...)
		})
	}
	all.Wait()
	t.wall, t.requests = time.Since(begun), b.server.requests.Load()-before
	return t
}

func (t tally) add(landings []landing) tally {
	for _, l := range landings {
		if l.Outcome == "landed" || l.Outcome == "already-landed" {
			t.acked++
		}
		t.attempts = append(t.attempts, l.Pushes)
		t.waits = append(t.waits, l.Ended.Sub(l.Started))
	}
	return t
}

// loop is the best shell loop there is: exponential with full jitter, 0.1 s doubled up to 3 s. It prints how long each
// commit took, in nanoseconds, and how many pushes.
const loop = `
for n in $(seq 0 $((EACH-1))); do
  start=$(date +%s%N)
  echo $n > w$W.txt; git add w$W.txt; git commit -qm "w$W n$n."
  a=0
  while :; do
    a=$((a+1))
    git pull -q --rebase >/dev/null 2>&1 && git push -q >/dev/null 2>&1 && break
    git rebase --abort >/dev/null 2>&1
    max=$((100 << (a < 5 ? a - 1 : 5))); [ $max -gt 3000 ] && max=3000
    sleep $(awk -v r=$RANDOM -v m=$max 'BEGIN { print r / 32768 * m / 1000 }')
  done
  echo "$(( $(date +%s%N) - start )) $a"
done`

// writeWithShell is writeWithBelay for the control.
func (b *bench) writeWithShell(name, url string) tally {
	return b.together(b.prepare(url, name), func(w int, dir string) tally {
		var t tally
		for line := range strings.Lines(b.shell(loop, w, dir)) {
			wait, attempts, _ := strings.Cut(strings.TrimSpace(line), " ")
			ns, err := strconv.ParseInt(wait, 10, 64)
			check(err)
			n, err := strconv.Atoi(attempts)
			check(err)
			t.acked++
			t.waits, t.attempts = append(t.waits, time.Duration(ns)), append(t.attempts, n)
		}
		return t
	})
}

// few is what people write first: a few tries, and then the job fails. It prints a line for each commit it takes for landed.
const few = `
for n in $(seq 0 $((EACH-1))); do
  echo $n > w$W.txt; git add w$W.txt; git commit -qm "w$W n$n."
  for a in $(seq $TRIES); do
    if git pull -q --rebase >/dev/null 2>&1 && git push -q >/dev/null 2>&1; then echo landed; continue 2; fi
    git rebase --abort >/dev/null 2>&1
  done
  git reset -q --hard "@{upstream}"
done`

// naive lets writers with a few tries each work at once, and returns how many commits they took for landed.
func (b *bench) naive(dirs []string, tries int) int {
	script := fmt.Sprintf("TRIES=%d\n%s", tries, few)
	return b.together(dirs, func(w int, dir string) tally {
		return tally{acked: strings.Count(b.shell(script, w, dir), "landed")}
	}).acked
}

// shell lets a writer work that is a shell loop. It ends with the bench: by itself it would not, without a server.
func (b *bench) shell(script string, w int, dir string) string {
	cmd := exec.Command("bash", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Dir, cmd.Env = dir, append(git.Environ(), fmt.Sprintf("W=%d", w), fmt.Sprintf("EACH=%d", b.each))
	out, err := cmd.Output()
	check(err)
	return string(out)
}

// onBranch counts the commits on main by subject, and reports whether the branch is one straight line that fsck finds
// no fault with.
func onBranch(bare string) (bySubject map[string]int, sound bool) {
	bySubject = map[string]int{}
	for line := range strings.Lines(git.Run(bare, "log", "--format=%s", "main")) {
		bySubject[strings.TrimSpace(line)]++
	}
	merges := strings.TrimSpace(git.Run(bare, "rev-list", "--count", "--min-parents=2", "main"))
	cmd := exec.Command("git", "fsck", "--strict", "--full")
	cmd.Dir, cmd.Env = bare, git.Environ()
	return bySubject, merges == "0" && cmd.Run() == nil
}

// wanted compares what is on the branch with what the writers were to land.
func (b *bench) wanted(bySubject map[string]int) (lost, twice int) {
	for w := range b.writers {
		for n := range b.each {
			switch got := bySubject[fmt.Sprintf("w%d n%d.", w, n)]; {
			case got == 0:
				lost++
			case got > 1:
				twice++
			}
		}
	}
	return lost, twice
}

// promise prints a line and reports whether it holds.
func promise(holds bool, format string, args ...any) bool {
	mark := "ok    "
	if !holds {
		mark = "BROKEN"
	}
	fmt.Printf("%s %s\n", mark, fmt.Sprintf(format, args...))
	return holds
}
