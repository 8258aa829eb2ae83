package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/rogpeppe/go-internal/testscript"
)

// github RUN-ID: what follows runs as in a job of GitHub Actions, with files of its own for outputs and summary.
func githubCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: github RUN-ID")
	}
	work := ts.Getenv("WORK")
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": ts.Getenv("REPOSITORY"),
		"GITHUB_SERVER_URL": ts.Getenv("SERVER"), "GITHUB_API_URL": ts.Getenv("FORGE"),
		"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch",
		"GITHUB_WORKFLOW_REF": ts.Getenv("REPOSITORY") + "/.github/workflows/promote.yml@refs/heads/main", "GITHUB_EVENT_NAME": "push",
		"GITHUB_RUN_ID": args[0], "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "promote",
		"GITHUB_OUTPUT": filepath.Join(work, "outputs"), "GITHUB_STEP_SUMMARY": filepath.Join(work, "summary.md"),
		"RUNNER_TEMP": ts.Getenv("TMPDIR"), "BELAY_TOKEN": "forge-token",
	} {
		ts.Setenv(name, value)
	}
}

// gitlab PIPELINE-ID: what follows runs as in a job of GitLab CI/CD, with a project access token for merge requests.
func gitlabCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gitlab PIPELINE-ID")
	}
	for name, value := range map[string]string{
		"GITLAB_CI": "true", "CI_PROJECT_PATH": ts.Getenv("REPOSITORY"), "CI_SERVER_URL": ts.Getenv("SERVER"),
		"CI_API_V4_URL": ts.Getenv("GITLAB") + "/api/v4", "CI_PROJECT_URL": strings.TrimSuffix(ts.Getenv("REMOTE"), ".git"),
		"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_ID": args[0], "CI_JOB_NAME": "promote", "CI_PROJECT_DIR": filepath.Join(ts.Getenv("WORK"), "work"),
		"CI_JOB_TOKEN": "job-token", "BELAY_PR_TOKEN": "forge-token", "BELAY_OUTPUTS_FILE": filepath.Join(ts.Getenv("WORK"), "belay.env"),
	} {
		ts.Setenv(name, value)
	}
}

// pulls [another]: prints the forge's pull requests.
func pullsCommand(ts *testscript.TestScript, neg bool, args []string) {
	_, another := forAnother(args)
	pulls := gitHubOf(ts, another).PullRequests()
	if ts.Getenv("GITLAB_CI") == "true" {
		pulls = ts.Value("gitlab").(*fake.GitLab).PullRequests()
	}
	if len(pulls) == 0 {
		fmt.Fprintln(ts.Stdout(), "no pull requests")
	}
	for _, p := range pulls {
		fmt.Fprintf(ts.Stdout(), "#%d %s %s -> %s: %s\n%s\n", p.Number, p.State, p.Head, p.Base, p.Title, p.Body)
		for name, list := range map[string][]string{"labels": p.Labels, "reviewers": p.Reviewers, "assignees": p.Assignees, "comments": p.Comments} {
			if len(list) > 0 {
				fmt.Fprintf(ts.Stdout(), "%s of #%d: %s\n", name, p.Number, strings.Join(list, ", "))
			}
		}
	}
}

// gitHubOf is the script's fake GitHub, of its first or its second repository.
func gitHubOf(ts *testscript.TestScript, another bool) *fake.GitHub {
	if another {
		return ts.Value("another").(*fake.GitHub)
	}
	return ts.Value("forge").(*fake.GitHub)
}

// pull close|merge|clean|blocked|dirty|unknown NUMBER: does what a person, or a check, does with a pull request. A merge by
// hand moves no branch; one that waits to be merged is, when it becomes clean.
func pullCommand(ts *testscript.TestScript, neg bool, args []string) {
	words := []string{"close", "merge", "clean", "blocked", "dirty", "unknown"}
	if neg || len(args) != 2 || !slices.Contains(words, args[0]) {
		ts.Fatalf("usage: pull %s NUMBER", strings.Join(words, "|"))
	}
	number, err := strconv.Atoi(args[1])
	ts.Check(err)
	if slices.Contains(words[2:], args[0]) {
		ts.Value("forge").(*fake.GitHub).SetMergeable(number, args[0])
		return
	}
	if !ts.Value("forge").(*fake.GitHub).Close(number, args[0] == "merge") {
		ts.Fatalf("there is no open pull request #%d", number)
	}
}

// workflow FILE [INPUT...]: the repository has a workflow that can be dispatched, with these inputs.
func workflowCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: workflow FILE [INPUT...]")
	}
	ts.Value("forge").(*fake.GitHub).AddWorkflow(args[0], append([]string{}, args[1:]...))
}

// dispatches: prints the workflow runs that were asked for, and writes the last one's event to $WORK/event.json.
func dispatchesCommand(ts *testscript.TestScript, neg bool, args []string) {
	all := ts.Value("forge").(*fake.GitHub).Dispatches()
	if len(all) == 0 {
		fmt.Fprintln(ts.Stdout(), "no dispatches")
	}
	for _, d := range all {
		event, err := json.Marshal(map[string]any{"inputs": d.Inputs})
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), "event.json"), event, 0o644))
		fmt.Fprintf(ts.Stdout(), "%s on %s: %s\n", d.Workflow, d.Ref, event)
	}
}

// refuse STATUS MESSAGE... [another]: the forge refuses the next thing it is asked to make: a pull request or a run.
func refuseCommand(ts *testscript.TestScript, neg bool, args []string) {
	args, another := forAnother(args)
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refuse STATUS MESSAGE...")
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	gitHubOf(ts, another).Inject(fake.Fault{Method: "POST", Status: status, Message: strings.Join(args[1:], " ")})
}

// protect BRANCH RULE: puts a rule on a branch of the fake forge; git does not know of it. On GitLab the rule is whom it lets
// push, maintainers or nobody.
func protectCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: protect BRANCH RULE")
	}
	if ts.Getenv("GITLAB_CI") == "true" {
		ts.Value("gitlab").(*fake.GitLab).Protect(args[0], args[1] == "maintainers")
		return
	}
	ts.Value("forge").(*fake.GitHub).Protect(args[0], args[1])
}

// person: from now on the forge's token is a person's, for whom GitHub signs nothing.
func personCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: person")
	}
	ts.Value("forge").(*fake.GitHub).BePerson()
}
