package main

import (
	"bytes"
	stdcmp "cmp"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/forge/forgetest"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/google/go-cmp/cmp"
)

// The same job on three CI hosts: GitHub's workflow run by act, GitLab's pipeline by gitlab-ci-local, and what Jenkins
// gives a build. .ci/engines installs the engines; without one its test is skipped.

// engine finds a program on PATH, or skips the test.
func engine(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil || runtime.GOOS == "windows" {
		t.Skipf("%s is not installed: .ci/engines installs it", name)
	}
	return path
}

// promoted checks what every host has to come to: the change is on main, once.
func promoted(t *testing.T, bare string) (sha string) {
	t.Helper()
	if tag := gittest.Git(t, bare, "show", "main:envs/prod/values.yaml"); !strings.Contains(tag, "v2") {
		t.Errorf("the change did not land:\n%s", tag)
	}
	if n := strings.TrimSpace(gittest.Git(t, bare, "rev-list", "--count", "main")); n != "2" {
		t.Errorf("main has %s commits, want 2", n)
	}
	return strings.TrimSpace(gittest.Git(t, bare, "rev-parse", "main"))
}

// job is a clone of examples/promote with more files in it, and the bare repository behind it.
func job(t *testing.T, server *gittest.Server, name string, files map[string]string) (dir, bare string) {
	t.Helper()
	seed := t.TempDir()
	if err := os.CopyFS(seed, os.DirFS(filepath.Join("..", "..", "examples", "promote"))); err != nil {
		t.Fatal(err)
	}
	gittest.Write(t, seed, files)
	url := server.Create(t, name)
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main"}, {"add", "-A"}, {"commit", "--quiet", "-m", "first"}, {"push", "--quiet", url, "main"}} {
		gittest.Git(t, seed, args...)
	}
	return gittest.Clone(t, url), server.Dir(name)
}

func exampleFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// start runs a program in dir and returns what it printed.
func start(t *testing.T, dir string, env []string, name string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(gittest.Env(t.TempDir()), append([]string{"TMPDIR=" + t.TempDir(), "TERM=dumb"}, env...)...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestAGitLabPipeline(t *testing.T) {
	gitlab := engine(t, "gitlab-ci-local")
	server := gittest.Serve(t)
	// A job with an image is told of a folder in its container; these run on this machine.
	here := func(pipeline string) string {
		return regexp.MustCompile(`(?m)^ +image: .*\n`).ReplaceAllString(pipeline, "")
	}
	component := "include:\n  - local: templates/run.yml\n    inputs: { inputs: --input tag=v2, stage: test }\n"
	for name, files := range map[string]map[string]string{
		"example":   {".gitlab-ci.yml": here(exampleFile(t, "examples/gitlab/.gitlab-ci.yml"))},
		"component": {".gitlab-ci.yml": component, "templates/run.yml": here(exampleFile(t, "templates/run.yml"))},
	} {
		t.Run(name, func(t *testing.T) {
			dir, bare := job(t, server, "acme/gitlab-"+name+".git", files)
			log, code := start(t, dir, nil, gitlab, "--force-shell-executor", "--home", t.TempDir(), "--variable", "GITLAB_CI=true", "--variable", "TAG=v2", "--variable", "BELAY_TOKEN=token")
			if code != 0 {
				t.Fatalf("it ends with %d:\n%s", code, log)
			}
			sha := promoted(t, bare)
			if name == "example" && !strings.Contains(log, "success, landed "+sha) {
				t.Errorf("the later job did not get the outputs:\n%s", log)
			}
			if junit, _ := filepath.Glob(filepath.Join(dir, ".gitlab-ci-local", "artifacts", "*", "belay-report", "junit.xml")); len(junit) != 1 {
				t.Errorf("%d JUnit reports are kept", len(junit))
			}
		})
	}
}

func TestAJenkinsBuild(t *testing.T) {
	server := gittest.Serve(t)
	dir, bare := job(t, server, "acme/jenkins", nil)
	gittest.Git(t, dir, "checkout", "--quiet", "--detach") // as the Git plugin leaves it
	env := []string{
		"JENKINS_URL=https://ci.example.com/", "BUILD_URL=https://ci.example.com/job/promote/7/", "BUILD_TAG=jenkins-promote-7", "JOB_NAME=promote",
		"GIT_URL=" + server.URL + "/acme/jenkins", "GIT_BRANCH=origin/main", "GIT_COMMIT=" + strings.TrimSpace(gittest.Git(t, dir, "rev-parse", "HEAD")),
		"GIT_USERNAME=ci", "GIT_PASSWORD=token", "WORKSPACE=" + dir,
	}
	log, code := start(t, dir, env, "belay", "run", "--forge", "local", "--input", "tag=v2")
	if code != 0 {
		t.Fatalf("it ends with %d:\n%s", code, log)
	}
	sha := promoted(t, bare)
	properties, err := os.ReadFile(filepath.Join(dir, "belay.properties"))
	if err != nil || !bytes.Contains(properties, []byte("\nlanded-sha="+sha+"\n")) {
		t.Errorf("the properties are (%v):\n%s", err, properties)
	}
	junit, err := os.ReadFile(filepath.Join(dir, "belay-report", "junit.xml"))
	if err != nil || !bytes.Contains(junit, []byte(`failures="0"`)) {
		t.Errorf("the JUnit report is (%v):\n%s", err, junit)
	}
	if status := gittest.Git(t, dir, "status", "--porcelain", "belay-report"); status != "" {
		t.Errorf("git sees the report: %s", status)
	}
}

// actEvent is a line of act's log.
type actEvent struct {
	Command string `json:"command"`
	Content string `json:"content"`
	Message string `json:"msg"`
	Arg     string `json:"arg"`
	Pairs   struct {
		Title string `json:"title"`
	} `json:"kvPairs"`
}

// readAct reads act's log: the summary of belay's step, its red annotations, and what a later step printed.
func readAct(log string) (summary string, red []string, readBack string) {
	for line := range strings.Lines(log) {
		var e actEvent
		if json.Unmarshal([]byte(line), &e) != nil {
			continue
		}
		switch {
		case e.Command == "summary":
			summary = e.Content
		case e.Command == "error":
			red = append(red, stdcmp.Or(e.Pairs.Title, e.Arg))
		case strings.HasPrefix(e.Message, "read back "):
			readBack = strings.TrimSpace(e.Message)
		}
	}
	return summary, red, readBack
}

func TestAGitHubWorkflow(t *testing.T) {
	act := engine(t, "act")
	belay, err := exec.LookPath("belay")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	server := gittest.Serve(t)
	for name, c := range map[string]struct {
		smoke, result, summary string
		red                    []string
		exit, pulls            int
	}{
		"success": {smoke: "exit 0", result: "success", summary: "## ✅ promote shop to prod succeeded"},
		"rolled back": {
			smoke: "echo '::error file=smoke.sh,line=1::no answer'; exit 1", result: "failed", exit: 1, pulls: 1,
			summary: "## ❌ promote shop to prod failed, and its rollback waits to be merged",
			red:     []string{"no answer", "belay: promote shop to prod failed, and its rollback waits to be merged"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			workflow := exampleFile(t, "examples/github/promote.yml") + `      - if: always()
        env: { RESULT: "${{ steps.belay.outputs.result }}", SHA: "${{ steps.belay.outputs.landed-sha }}", DIR: "${{ steps.belay.outputs.report-dir }}" }
        run: echo "read back $RESULT $SHA" && ls "$DIR"
`
			doctor := "      - uses: belay-ci/belay@v0\n        with: { command: doctor, binary_path: " + belay + " }\n"
			workflow = strings.Replace(workflow, "      - uses: belay-ci/belay@v0\n        with:\n", doctor+"      - uses: belay-ci/belay@v0\n        id: belay\n        with:\n          binary_path: "+belay+"\n", 1)
			repository := "acme/" + strings.ReplaceAll(strings.ToLower(t.Name()[len("TestA"):]), "/", "-")
			dir, bare := job(t, server, repository, map[string]string{".github/workflows/promote.yml": workflow, "smoke.sh": "#!/bin/sh\n" + c.smoke + "\n"})
			gitHub := fake.New(fake.Options{Repository: repository, Token: "a-token-of-the-job"})
			web := httptest.NewServer(forgetest.Validate(t, gitHub))
			t.Cleanup(web.Close)
			event := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(event, []byte(`{"inputs":{"tag":"v2"}}`), 0o644); err != nil {
				t.Fatal(err)
			}
			home := t.TempDir()
			log, code := start(t, dir, []string{"HOME=" + home, "XDG_CACHE_HOME=" + home}, act, "workflow_dispatch", "-W", ".github/workflows/promote.yml", "-e", event, "--json",
				"-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--action-offline-mode", "--local-repository", "belay-ci/belay@v0="+root,
				"--env-file", "/dev/null", "-s", "GITHUB_TOKEN=a-token-of-the-job", "--env", "GITHUB_SERVER_URL="+server.URL, "--env", "GITHUB_API_URL="+web.URL, "--env", "GITHUB_REPOSITORY="+repository)
			if (code != 0) != (c.exit != 0) {
				t.Fatalf("act ends with %d:\n%s", code, log)
			}
			if !strings.Contains(log, "✓ pull requests  the token may open one") {
				t.Errorf("the doctor found no token that may open a pull request:\n%s", log)
			}
			sha := promoted(t, bare)
			summary, red, readBack := readAct(log)
			if want := "read back " + c.result + " " + sha; !strings.HasPrefix(readBack, want) {
				t.Errorf("the outputs are %q, want %q", readBack, want)
			}
			if !strings.HasPrefix(summary, c.summary) {
				t.Errorf("the summary begins with %.200q, want %q", summary, c.summary)
			}
			if diff := cmp.Diff(c.red, red); diff != "" {
				t.Errorf("the red annotations are (-want +got):\n%s", diff)
			}
			if pulls := gitHub.PullRequests(); len(pulls) != c.pulls {
				t.Errorf("%d pull requests are open, want %d", len(pulls), c.pulls)
			}
		})
	}
}
