package main

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/runner/host"
)

// An example is a YAML block in a page of the docs with a comment before it that says what it is:
//
//	<!-- check: steps -->           belay check has nothing to say, not even a warning
//	<!-- run: policy, exit 3 -->    and a run in examples/promote ends with this exit code, 0 when none is given
//	<!-- test: policy -->           and belay test passes
//	<!-- check: workflow -->        it uses belay as action.yml declares it
//
// `example:` is `run:` for steps and `check:` for the rest. A policy goes with the last steps before it on its page,
// and steps go with the preset that is the default.
type example struct {
	page, what, text string
	folder           string // of examples, which it runs in; empty for promote
	line, exit       int
	run, test        bool
}

var marked = regexp.MustCompile("(?ms)^<!-- (check|run|test|example): (steps|policy|workflow)(?:, exit ([0-9]+))? -->\n+```yaml\n(.*?)^```$")

func examples(t *testing.T, page string) []example {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	var found []example
	for _, at := range marked.FindAllSubmatchIndex(text, -1) {
		group := func(n int) string { return string(text[max(at[2*n], 0):max(at[2*n+1], 0)]) }
		e := example{page: page, what: group(2), text: group(4), line: 1 + bytes.Count(text[:at[8]], []byte("\n"))}
		e.run = group(1) == "run" || group(1) == "example" && e.what == "steps"
		e.test = group(1) == "test"
		e.exit, _ = strconv.Atoi(cmp.Or(group(3), "0"))
		found = append(found, e)
	}
	if marks := bytes.Count(outsideCode(text), []byte("\n<!-- ")) - bytes.Count(text, []byte("\n<!-- Made ")); marks != len(found) {
		t.Errorf("%s: %d comments, and %d of them mark an example", page, marks, len(found))
	}
	return found
}

// outsideCode leaves out the code blocks.
func outsideCode(text []byte) []byte {
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAll(text, nil)
}

// pages are those that a user reads.
func pages(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	found := []string{filepath.Join(root, "README.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestExamplesOfTheDocsWork(t *testing.T) {
	server := gittest.Serve(t)
	count := map[string]int{}
	for _, page := range pages(t) {
		steps := "version: 1\nsteps:\n  - run: echo hello\n"
		for _, e := range examples(t, page) {
			count[e.what]++
			if e.what == "steps" {
				steps = e.text
			}
			t.Run(filepath.Base(page)+":"+strconv.Itoa(e.line), func(t *testing.T) {
				switch e.what {
				case "steps":
					e.try(t, server, steps, "rollback")
				case "policy":
					e.try(t, server, steps, e.text)
				case "workflow":
					checkWorkflow(t, e.text)
				}
			})
		}
	}
	for _, what := range []string{"steps", "policy", "workflow"} {
		if count[what] == 0 {
			t.Errorf("no page has an example of %s", what)
		}
	}
}

func TestTheExamplesFolderWorks(t *testing.T) {
	folder := filepath.Join("..", "..", "examples")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	e := example{run: true}
	e.try(t, gittest.Serve(t), read("promote/.belay/steps.yml"), read("promote/.belay/policy.yml"))
	checkWorkflow(t, read("github/promote.yml"))
	matrix := example{run: true, folder: "matrix"}
	matrix.try(t, gittest.Serve(t), read("matrix/.belay/steps.yml"), "rollback")
	checkWorkflow(t, read("github/matrix.yml"))
}

// try checks an example, and runs it where it is to be run.
func (e example) try(t *testing.T, server *gittest.Server, steps, policy string) {
	t.Helper()
	args := []string{"--steps", steps, "--policy", policy}
	belay(t, append([]string{"check"}, args...)...)
	if e.test {
		dir := t.TempDir()
		gittest.Write(t, dir, map[string]string{"policy.yml": policy, "steps.yml": steps})
		belay(t, "test", filepath.Join(dir, "policy.yml"))
	}
	if !e.run || runtime.GOOS != "linux" { // the scripts of the examples are written for GNU
		return
	}
	if strings.Contains(steps, "\ninputs:") {
		args = append(args, "--input", "tag=v2")
	}
	dir := workspaceOf(t, server, cmp.Or(e.folder, "promote"))
	cmd := exec.Command("belay", append([]string{"run", "--forge", "local"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(gittest.Env(t.TempDir()), "TMPDIR="+t.TempDir())
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != e.exit {
		t.Errorf("belay run ends with %d, and the page says %d:\n%s", code, e.exit, text)
	}
}

// belay runs a command that has to succeed without a warning.
func belay(t *testing.T, args ...string) {
	t.Helper()
	var out bytes.Buffer
	code := app{args: args, stdout: &out, stderr: &out}.main()
	if code != 0 || strings.Contains(out.String(), "warning:") {
		t.Errorf("belay %s ends with %d:\n%s", args[0], code, &out)
	}
}

// workspaceOf is a fresh clone of a repository that holds what a folder of examples does.
func workspaceOf(t *testing.T, server *gittest.Server, folder string) string {
	t.Helper()
	seed := t.TempDir()
	if err := os.CopyFS(seed, os.DirFS(filepath.Join("..", "..", "examples", folder))); err != nil {
		t.Fatal(err)
	}
	url := server.Create(t, "acme/"+filepath.Base(filepath.Dir(seed))+filepath.Base(seed))
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main"}, {"add", "-A"}, {"commit", "--quiet", "-m", "first"}, {"push", "--quiet", url, "main"}} {
		gittest.Git(t, seed, args...)
	}
	return gittest.Clone(t, url)
}

// checkWorkflow holds a GitHub workflow to what action.yml declares.
func checkWorkflow(t *testing.T, text string) {
	t.Helper()
	root, problems := source.Parse(source.File{Name: "workflow", Data: []byte(text)})
	if root == nil || problems.HasErrors() {
		t.Fatalf("the workflow is no YAML: %v", problems)
	}
	used := 0
	for _, job := range root.Get("jobs").Entries {
		for _, step := range job.Value.Get("steps").Items {
			uses := step.Get("uses")
			if uses == nil || !strings.HasPrefix(uses.Text, "belay-ci/belay@") {
				continue
			}
			used++
			with := step.Get("with")
			if with == nil {
				continue
			}
			for _, given := range with.Entries {
				if !slices.ContainsFunc(host.Inputs(), func(in host.Input) bool { return in.Name == given.Key.Text }) {
					t.Errorf("the action has no input %q", given.Key.Text)
				}
			}
			if steps := with.Get("steps"); steps != nil && strings.Contains(steps.Text, "\n") {
				policy := "rollback"
				if named := with.Get("policy"); named != nil {
					policy = named.Text
				}
				belay(t, "check", "--steps", steps.Text, "--policy", policy)
			}
		}
	}
	if used == 0 {
		t.Error("the workflow does not use belay")
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)

// TestLinksOfTheDocsLeadSomewhere looks at links to files of the repository, and at anchors of the reference page.
func TestLinksOfTheDocsLeadSomewhere(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllSubmatch(outsideCode(text), -1) {
			path, anchor := string(found[1]), string(found[2])
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
			}
			seen++
			there, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s links to %s, which is not there", page, path)
			}
			if anchor != "" && path != "" && !hasAnchor(there, anchor) {
				t.Errorf("%s links to %s#%s, which is not there", page, path, anchor)
			}
		}
	}
	if seen < 20 {
		t.Errorf("found %d links", seen)
	}
}

var notInAnchors = regexp.MustCompile("[^a-z0-9 _-]")

// hasAnchor looks for an anchor of the page's own, or one that GitHub gives to a heading.
func hasAnchor(page []byte, anchor string) bool {
	for line := range strings.Lines(string(page)) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		slug := strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-")
		if strings.Contains(line, `<a id="`+anchor+`">`) || ok && strings.HasPrefix(line, "#") && slug == anchor {
			return true
		}
	}
	return false
}
