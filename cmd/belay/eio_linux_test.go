package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

var everyUse = flag.Bool("every-use", false, "let every single use of a file fail, which takes minutes, instead of one in many")

// belay's n-th use of a file fails with EIO, for n = 1, 2, 3 … until a run is over before. Each run ends with an error in
// belay's words and an exit code of its own, lands all or nothing, and leaves whole files and a sound repository. Without
// -every-use it is one n in many, other ones each time.
func TestADiskThatFailsAtTheNthUse(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("to look on while a program uses files takes root")
	}
	d := newFaultyDisk(t)
	_, uses, code := d.run(0)
	if uses < 100 || code != 0 {
		t.Fatalf("a run without a fault uses files %d times, and ends with %d", uses, code)
	}
	step := 1
	if !*everyUse {
		step = uses/15 + 1
	}
	failed := 0
	for n := 1 + rand.IntN(step); n <= uses; n += step {
		at, _, code := d.run(n)
		if code != 0 {
			failed++
		}
		if *everyUse {
			t.Logf("%3d: %s: exit code %d", n, at, code)
		}
		if t.Failed() {
			t.Fatalf("n = %d of %d: %s", n, uses, at)
		}
	}
	t.Logf("%d uses of files, %d runs that failed", uses, failed)
	if failed == 0 {
		t.Error("no failure of the disk made a run fail")
	}
}

// faultyDisk is a repository, and a clone of it to begin with.
type faultyDisk struct {
	t                 *testing.T
	bare, clone, home string
	base              string // where main is before each run
	runs              int
}

func newFaultyDisk(t *testing.T) *faultyDisk {
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	first := gittest.Clone(t, url)
	gittest.CommitAndPush(t, first, "main", "first", map[string]string{
		"values.yaml": "tag: v0\n", "big": strings.Repeat("line\n", 1000), ".gitignore": "*.log\n",
		".belay/steps.yml": `version: 1
inputs: { tag: { required: true } }
steps:
  - id: make
    env: { TAG: "${{ inputs.tag }}" }
    run: |
      echo half > half; rm notes.txt; echo "$TAG" > big
      echo "made=$TAG" >> "$GITHUB_OUTPUT"
      [ "$BELAY_RETRY_ATTEMPT" = 1 ]
    on-error:
      - match: step.exit
        retry: { max: 1, initial: 1ms, workspace: clean }
  - { id: bump, uses: edit, with: { file: values.yaml, set: { tag: "${{ steps.make.outputs.made }}" } } }
  - { id: land, uses: land, with: { branch: main, paths: [values.yaml, big], message: "shop ${{ inputs.tag }}" } }
`})
	bare := server.Dir("shop.git")
	return &faultyDisk{t: t, bare: bare, base: gittest.Git(t, bare, "rev-parse", "main"), clone: gittest.Clone(t, url), home: t.TempDir()}
}

// run runs belay in a fresh copy of the clone, and looks at what is there afterwards.
func (d *faultyDisk) run(n int) (at string, uses, code int) {
	t := d.t
	d.runs++
	dir := filepath.Join(d.home, fmt.Sprint(d.runs))
	work, temp := filepath.Join(dir, "work"), filepath.Join(dir, "temp")
	if out, err := gittest.TryCommand(d.clone, "sh", "-ec", `mkdir -p "$1" "$2"; cp -a . "$1"; echo mine > "$1/notes.txt"`, "sh", work, temp); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	defer os.RemoveAll(dir)
	gittest.Git(t, d.bare, "update-ref", "refs/heads/main", d.base)
	tag := fmt.Sprint("v", d.runs)
	belay, err := exec.LookPath("belay")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(belay, "run", "--policy", "none", "--input", "tag="+tag)
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &out
	cmd.Env = append(gittest.Env(dir), "TMPDIR="+temp)
	at, uses, err = faulty(t, cmd, dir, n)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	complain := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: exit code %d: %s\n%s", at, code, fmt.Sprintf(format, args...), out.String())
	}
	landed := gittest.Git(t, d.bare, "rev-parse", "main") != d.base
	values, _ := os.ReadFile(filepath.Join(work, "values.yaml"))
	for _, c := range []struct {
		bad bool
		why string
	}{
		{!slices.Contains([]int{0, 1, 2, 6}, code), "that is none for a disk that fails"},
		{strings.Contains(out.String(), "panic:") || strings.Contains(out.String(), "goroutine "), "it crashed"},
		{code != 0 && out.Len() == 0, "it said nothing"},
		{code == 0 && !landed, "nothing landed"},
		{landed && !strings.Contains(out.String(), "landed on main"), "it landed and did not say so"},
		{!landed && strings.Contains(out.String(), "landed on main"), "it did not land and said so"},
		{landed && gittest.Git(t, d.bare, "show", "main:values.yaml") != "tag: "+tag, "another change landed"},
		{string(values) != "tag: v0\n" && string(values) != "tag: "+tag+"\n", fmt.Sprintf("values.yaml is half-written: %q", values)},
	} {
		if c.bad {
			complain("%s", c.why)
		}
	}
	for _, repository := range []string{d.bare, work} {
		if text, err := gittest.TryGit(repository, "fsck", "--strict"); err != nil {
			complain("git fsck %s: %v\n%s", repository, err, text)
		}
	}
	return at, uses, code
}
