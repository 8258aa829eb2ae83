package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/giteatest"
	"github.com/belay-ci/belay/internal/gittest"
)

// TestRealGiteaRunsTheMainJob plays the whole main job against a real Gitea, which .ci/gitea builds: a race is lost and the
// change lands, the smoke test fails, belay opens the revert as a pull request, a person merges it, and the files are those
// from before. Then a change goes through the pull request steps.
func TestRealGiteaRunsTheMainJob(t *testing.T) {
	server := giteatest.Start(t)
	server.Call(t, "POST", "/orgs", map[string]any{"username": "acme"}, nil)
	server.Repository(t, "acme", "shop")
	remote := server.Remote("acme/shop")
	binary := filepath.Join(t.TempDir(), "belay")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build belay: %v\n%s", err, out)
	}
	rival := t.TempDir()
	gittest.Git(t, rival, "init", "--quiet", "--initial-branch=main")
	gittest.Git(t, rival, "remote", "add", "origin", remote)
	gittest.CommitAndPush(t, rival, "main", "first", map[string]string{
		"values.yaml": "tag: v1\n",
		".belay/steps.yml": `version: 1
steps:
  - run: 'echo "tag: v2" > values.yaml'
  - { id: rival, run: "git -C \"$RIVAL\" push -q origin HEAD:refs/heads/main", env: { RIVAL: "${{ env.RIVAL }}" } }
  - { id: land, uses: land, with: { branch: main, message: shop v2 } }
  - { id: smoke, run: exit 1 }
`,
		"propose.yml": `version: 1
steps:
  - run: 'echo "tag: v3" > values.yaml'
  - { id: pr, uses: open-pull-request, with: { title: shop v3, labels: [bump] } }
  - { uses: merge-pull-request, with: { number: "${{ steps.pr.outputs.number }}", head-sha: "${{ steps.pr.outputs.head-sha }}", delete-branch: true, poll-interval: 200ms } }
`,
	})
	run := func(id string, args ...string) (int, string) {
		work := gittest.Clone(t, remote)
		cmd := exec.Command(binary, append([]string{"run", "--dir", work}, args...)...)
		cmd.Env = append(gittest.Env(t.TempDir()),
			"GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "GITHUB_REPOSITORY=acme/shop", "GITHUB_SERVER_URL="+server.URL,
			"GITHUB_API_URL="+server.URL+"/api/v1", "GITHUB_REF=refs/heads/main", "GITHUB_REF_NAME=main", "GITHUB_REF_TYPE=branch",
			"GITHUB_EVENT_NAME=push", "GITHUB_RUN_ID="+id, "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=promote",
			"RUNNER_TEMP="+t.TempDir(), "BELAY_TOKEN="+server.Token, "RIVAL="+rival)
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}

	before := gittest.Commit(t, rival, "a rival's", map[string]string{"other.txt": "other\n"})
	code, out := run("1")
	if code != 3 || !strings.Contains(out, "pull request #1") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	gittest.Git(t, rival, "fetch", "--quiet", "origin")
	if got := gittest.Git(t, rival, "log", "--reverse", "--format=%s", "origin/main"); got != "first\na rival's\nshop v2" {
		t.Errorf("main has %q", got)
	}
	for tries := 0; ; tries++ { // Gitea looks in the background whether it can be merged
		var pr struct{ Mergeable bool }
		server.Call(t, "GET", "/repos/acme/shop/pulls/1", nil, &pr)
		if pr.Mergeable {
			break
		}
		if tries == 100 {
			t.Fatal("the pull request does not become mergeable")
		}
		time.Sleep(100 * time.Millisecond)
	}
	server.Call(t, "POST", "/repos/acme/shop/pulls/1/merge", map[string]any{"Do": "merge"}, nil)
	gittest.Git(t, rival, "fetch", "--quiet", "origin")
	if got := gittest.Git(t, rival, "diff", before, "origin/main"); got != "" {
		t.Errorf("the files are not those from before:\n%s", got)
	}

	code, out = run("2", "--steps", "propose.yml")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	gittest.Git(t, rival, "fetch", "--quiet", "--prune", "origin")
	if got := gittest.Git(t, rival, "show", "origin/main:values.yaml"); got != "tag: v3" {
		t.Errorf("values.yaml has %q", got)
	}
	if got := gittest.Git(t, rival, "for-each-ref", "--format=%(refname)", "refs/remotes/origin/belay/pull"); got != "" {
		t.Errorf("left over: %s", got)
	}
	var pulls []struct{ Title, State string }
	server.Call(t, "GET", "/repos/acme/shop/pulls?state=all", nil, &pulls)
	if fmt.Sprint(len(pulls)) != "2" {
		t.Errorf("there are %v", pulls)
	}
}
