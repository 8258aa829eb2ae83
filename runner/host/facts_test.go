package host

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGitHubFacts(t *testing.T) {
	push := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/deploy", "GITHUB_SERVER_URL": "https://ghe.test", "GITHUB_API_URL": "https://ghe.test/api/v3",
		"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "feat/x", "GITHUB_SHA": "1a2b", "GITHUB_RUN_ID": "4711", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "deploy",
		"BELAY_MATRIX": "{\n  \"env\": \"eu\"\n}", "GITHUB_WORKSPACE": "/w", "RUNNER_TEMP": "/t", "GITHUB_EVENT_NAME": "push", "GITHUB_ACTOR": "mona",
		"INPUT_TOKEN": "tok", "INPUT_PR_TOKEN": "prtok", "RUNNER_DEBUG": "1",
	}
	want := Facts{
		Name: "github", Forge: "github", Repository: "acme/deploy", ServerURL: "https://ghe.test", APIURL: "https://ghe.test/api/v3", RemoteURL: "https://ghe.test/acme/deploy",
		Branch: "feat/x", Commit: "1a2b", RunID: "4711", RunAttempt: 2, RunURL: "https://ghe.test/acme/deploy/actions/runs/4711/attempts/2", Job: "deploy",
		Again:  Again{Ref: "feat/x", Inputs: map[string]string{}, Lineage: "belay_lineage", Refused: "this job is one of a matrix, and a new run would run all of them"},
		Matrix: `{"env":"eu"}`, Workspace: "/w", Temp: "/t", EventName: "push", Actor: "mona", Token: "tok", User: "x-access-token", ForgeToken: "prtok", Debug: true,
	}
	if diff := cmp.Diff(want, newGitHub(environment(push), Log{Out: io.Discard}).Facts()); diff != "" {
		t.Error(diff)
	}
	tag := newGitHub(environment(map[string]string{"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1", "BELAY_MATRIX": "null"}), Log{Out: io.Discard}).Facts()
	if tag.Branch != "" || tag.Matrix != "" || tag.RunAttempt != 1 {
		t.Errorf("a tag without a matrix: %+v", tag)
	}
}

func TestGitHubTrust(t *testing.T) {
	const own, fork = `{"pull_request":{"head":{"repo":{"full_name":"acme/deploy"}}}}`, `{"pull_request":{"head":{"repo":{"full_name":"eve/deploy"}}}}`
	tests := []struct {
		name, event, payload string
		want                 bool
	}{
		{"a push", "push", `{}`, false},
		{"a pull request of the repository itself", "pull_request", own, false},
		{"a pull request from a fork", "pull_request", fork, true},
		{"a review on a pull request from a fork", "pull_request_review", fork, true},
		{"a pull request whose fork is gone", "pull_request", `{"pull_request":{"head":{"repo":null}}}`, true},
		{"a pull request whose event can't be read", "pull_request", `{`, true},
		{"pull_request_target, whoever opened it", "pull_request_target", own, true},
		{"workflow_run", "workflow_run", `{}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(path, []byte(tt.payload), 0o644); err != nil {
				t.Fatal(err)
			}
			f := newGitHub(environment(map[string]string{
				"GITHUB_EVENT_NAME": tt.event, "GITHUB_EVENT_PATH": path, "GITHUB_REPOSITORY": "acme/deploy", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "topic",
			}), Log{Out: io.Discard}).Facts()
			if f.Untrusted != tt.want || f.Branch != "topic" {
				t.Errorf("Untrusted = %v on %s", f.Untrusted, f.Branch)
			}
		})
	}
}

func TestGitHubBase(t *testing.T) {
	tests := []struct{ name, event, baseRef, refName, payload, want string }{
		{"a push", "push", "", "main", `{}`, ""},
		{"a pull request", "pull_request", "main", "7/merge", `{}`, "main"},
		{"pull_request_target", "pull_request_target", "release/1", "release/1", `{}`, "release/1"},
		{"a review, which has it in its event only", "pull_request_review", "", "7/merge", `{"pull_request":{"base":{"ref":"main"}}}`, "main"},
		{"workflow_run, which is the default branch's", "workflow_run", "", "main", `{}`, "main"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "event.json")
			if err := os.WriteFile(path, []byte(tt.payload), 0o644); err != nil {
				t.Fatal(err)
			}
			f := newGitHub(environment(map[string]string{
				"GITHUB_EVENT_NAME": tt.event, "GITHUB_EVENT_PATH": path, "GITHUB_BASE_REF": tt.baseRef, "GITHUB_REF_NAME": tt.refName,
			}), Log{Out: io.Discard}).Facts()
			if f.Base != tt.want {
				t.Errorf("the base is %q, want %q", f.Base, tt.want)
			}
		})
	}
}

func TestGitLabFacts(t *testing.T) {
	env := map[string]string{
		"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/sub/deploy", "CI_SERVER_URL": "https://gl.test", "CI_API_V4_URL": "https://gl.test/api/v4",
		"CI_PROJECT_URL": "https://gl.test/acme/sub/deploy", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": "1a2b", "CI_PIPELINE_ID": "9", "CI_PIPELINE_URL": "https://gl.test/p/9",
		"CI_JOB_URL": "https://gl.test/j/10", "CI_JOB_NAME": "deploy: [eu]", "CI_PROJECT_DIR": "/w", "TMPDIR": "/t", "CI_PIPELINE_SOURCE": "push",
		"GITLAB_USER_LOGIN": "tanuki", "CI_JOB_TOKEN": "jt", "CI_COMMIT_REF_NAME": "main", "BELAY_LINEAGE": "7/1",
	}
	want := Facts{
		Name: "gitlab", Forge: "gitlab", Repository: "acme/sub/deploy", ServerURL: "https://gl.test", APIURL: "https://gl.test/api/v4", RemoteURL: "https://gl.test/acme/sub/deploy.git",
		Branch: "main", Commit: "1a2b", RunID: "9", RunAttempt: 1, RunURL: "https://gl.test/j/10", Lineage: "7/1", Again: Again{Run: "9", Ref: "main", Lineage: "BELAY_LINEAGE"}, Job: "deploy: [eu]", Workspace: "/w", Temp: "/t",
		EventName: "push", Actor: "tanuki", Token: "jt", User: "gitlab-ci-token", ForgeToken: "jt", ReportDir: "/w/belay-report",
	}
	if diff := cmp.Diff(want, newGitLab(environment(env), Log{Out: io.Discard}).Facts()); diff != "" {
		t.Error(diff)
	}
	env["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"], env["CI_PIPELINE_SOURCE"] = "eve/deploy", "merge_request_event"
	env["CI_COMMIT_BRANCH"], env["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"] = "", "topic"
	env["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = "main"
	if f := newGitLab(environment(env), Log{Out: io.Discard}).Facts(); !f.Untrusted || f.Branch != "topic" || f.Base != "main" {
		t.Errorf("a merge request from a fork: %+v", f)
	}
	env["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"], env["BELAY_TOKEN"] = "acme/sub/deploy", "own"
	if f := newGitLab(environment(env), Log{Out: io.Discard}).Facts(); f.Untrusted || f.Token != "own" || f.User != "oauth2" {
		t.Errorf("a merge request of the project itself, with belay's own token: %+v", f)
	}
}

func TestJenkinsFacts(t *testing.T) {
	env := map[string]string{
		"JENKINS_URL": "https://ci.test/", "BUILD_URL": "https://ci.test/job/a/3/", "BUILD_TAG": "jenkins-a-3", "JOB_NAME": "a", "WORKSPACE": "/w", "WORKSPACE_TMP": "/w@tmp",
		"GIT_URL": "https://user:secret@git.test:8443/acme/deploy.git", "GIT_BRANCH": "origin/main", "GIT_COMMIT": "1a2b", "STAGE_NAME": "eu", "GIT_USERNAME": "bot", "GIT_PASSWORD": "pw",
	}
	want := Facts{
		Name: "jenkins", Repository: "acme/deploy", ServerURL: "https://git.test:8443", RemoteURL: "https://git.test:8443/acme/deploy.git", Branch: "main", Commit: "1a2b", Earlier: true,
		RunID: "jenkins-a-3", RunAttempt: 1, RunURL: "https://ci.test/job/a/3/", Job: "a", Matrix: "eu", Workspace: "/w", Temp: "/w@tmp", EventName: "build",
		Token: "pw", User: "bot", ForgeToken: "pw", ReportDir: "/w/belay-report",
	}
	if diff := cmp.Diff(want, newJenkins(environment(env), Log{Out: io.Discard}).Facts()); diff != "" {
		t.Error(diff)
	}
}

func TestJenkinsBranch(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		want string
	}{
		{"a local branch", map[string]string{"GIT_LOCAL_BRANCH": "main", "GIT_BRANCH": "origin/other"}, "main"},
		{"a detached head", map[string]string{"GIT_LOCAL_BRANCH": "detached", "GIT_BRANCH": "origin/main"}, "main"},
		{"a multibranch build", map[string]string{"BRANCH_NAME": "feat/x", "GIT_BRANCH": "feat/x"}, "feat/x"},
		{"a change", map[string]string{"BRANCH_NAME": "PR-7", "CHANGE_BRANCH": "topic"}, "topic"},
		{"nothing known", map[string]string{"GIT_BRANCH": "detached"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := jenkinsBranch(environment(tt.env)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLocalTakesNoForgesToken(t *testing.T) {
	f := newLocal(environment(map[string]string{"GITHUB_TOKEN": "gh", "GITLAB_TOKEN": "gl", "CI_JOB_TOKEN": "jt"}), Log{Out: io.Discard}).Facts()
	if f.Token != "" || f.ForgeToken != "" {
		t.Errorf("took a token that may belong to another server: %+v", f)
	}
	f = newLocal(environment(map[string]string{"BELAY_TOKEN": "own\n", "GIT_USERNAME": "me"}), Log{Out: io.Discard}).Facts()
	if f.Token != "own" || f.User != "me" {
		t.Errorf("belay's own token: %+v", f)
	}
}

func TestRemoteAddresses(t *testing.T) {
	tests := []struct{ remote, plain, server, repository string }{
		{"https://u:p@h.test/a/b.git?x#y", "https://h.test/a/b.git", "https://h.test", "a/b"},
		{"http://h.test:3000/a/b", "http://h.test:3000/a/b", "http://h.test:3000", "a/b"},
		{"ssh://git:pw@h.test:22/a/b.git", "ssh://git@h.test:22/a/b.git", "https://h.test", "a/b"},
		{"git@h.test:a/b.git", "git@h.test:a/b.git", "https://h.test", "a/b"},
		{"/srv/git/b.git", "/srv/git/b.git", "", ""},
		{`C:\git\b.git`, `C:\git\b.git`, "", ""},
		{"https://u:p@h.test/%zz", "", "", ""},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		if got := plainRemote(tt.remote); got != tt.plain {
			t.Errorf("plainRemote(%q) = %q, want %q", tt.remote, got, tt.plain)
		}
		if server, repository := splitRemote(tt.plain); server != tt.server || repository != tt.repository {
			t.Errorf("splitRemote(%q) = %q, %q, want %q, %q", tt.plain, server, repository, tt.server, tt.repository)
		}
	}
}
