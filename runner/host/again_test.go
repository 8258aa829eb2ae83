package host

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// with is env with some of its variables changed.
func with(env map[string]string, change map[string]string) map[string]string {
	changed := maps.Clone(env)
	maps.Copy(changed, change)
	return changed
}

func TestAGitHubRunIsDispatchedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "event.json")
	const event = `{"inputs": {"tag": "v2", "draft": true, "replicas": 3000000, "note": null, "belay_lineage": "4711/1"}}`
	if err := os.WriteFile(path, []byte(event), 0o644); err != nil {
		t.Fatal(err)
	}
	dispatched := map[string]string{
		"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/promote.yml@refs/heads/main",
		"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main", "GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_EVENT_PATH": path,
	}
	facts := newGitHub(environment(dispatched), Log{Out: io.Discard}).Facts()
	want := Again{
		Workflow: "promote.yml", Ref: "main", Lineage: "belay_lineage",
		Inputs: map[string]string{"tag": "v2", "draft": "true", "replicas": "3000000"},
	}
	if diff := cmp.Diff(want, facts.Again); diff != "" {
		t.Error(diff)
	}
	if facts.Lineage != "4711/1" {
		t.Errorf("the lineage is %q: a workflow that does not pass it on would begin anew", facts.Lineage)
	}
	handed := newGitHub(environment(with(dispatched, map[string]string{"INPUT_LINEAGE": "1/2", "BELAY_LINEAGE": "1/3"})), Log{Out: io.Discard}).Facts()
	if handed.Lineage != "1/2" {
		t.Errorf("the lineage is %q, and the action's input says 1/2", handed.Lineage)
	}
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"a push":                 {map[string]string{"GITHUB_EVENT_NAME": "push"}, ""},
		"a tag":                  {map[string]string{"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1"}, ""},
		"a pull request":         {map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, "this run is for an event (pull_request) that can't be sent again"},
		"a matrix":               {map[string]string{"BELAY_MATRIX": `{"env":"eu"}`}, "this job is one of a matrix, and a new run would run all of them"},
		"somebody else's":        {map[string]string{"GITHUB_WORKFLOW_REF": "acme/other/.github/workflows/a.yml@main"}, `the workflow "acme/other/.github/workflows/a.yml" is not one of this repository's`},
		"an old runner's":        {map[string]string{"GITHUB_WORKFLOW_REF": ""}, `the workflow "" is not one of this repository's`},
		"a ref that has no name": {map[string]string{"GITHUB_REF_NAME": ""}, "this run was not started from a branch or tag"},
	} {
		if got := newGitHub(environment(with(dispatched, c.change)), Log{Out: io.Discard}).Facts().Again.Refused; got != c.want {
			t.Errorf("%s: refused with %q, want %q", name, got, c.want)
		}
	}
}

func TestAGitLabPipelineIsStartedAgain(t *testing.T) {
	pushed := map[string]string{"CI_PIPELINE_ID": "9", "CI_COMMIT_REF_NAME": "main", "CI_PIPELINE_SOURCE": "push"}
	for name, c := range map[string]struct {
		change map[string]string
		want   string
	}{
		"a push":          {nil, ""},
		"by hand":         {map[string]string{"CI_PIPELINE_SOURCE": "web"}, ""},
		"a merge request": {map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event"}, "this pipeline has a source (merge_request_event) that the API can't start another of"},
		"a child":         {map[string]string{"CI_PIPELINE_SOURCE": "parent_pipeline"}, "this pipeline has a source (parent_pipeline) that the API can't start another of"},
		"parallel jobs":   {map[string]string{"CI_NODE_TOTAL": "3"}, "this job is one of several that run in parallel, and a new pipeline would run all of them"},
		"a single one":    {map[string]string{"CI_NODE_TOTAL": "1"}, ""},
		"no ref":          {map[string]string{"CI_COMMIT_REF_NAME": ""}, "this pipeline was not started from a branch or tag"},
	} {
		again := newGitLab(environment(with(pushed, c.change)), Log{Out: io.Discard}).Facts().Again
		if again.Refused != c.want || again.Run != "9" || again.Lineage != "BELAY_LINEAGE" {
			t.Errorf("%s: %+v, want it refused with %q", name, again, c.want)
		}
	}
}

func TestNobodyIsAskedWhereThereIsNoHost(t *testing.T) {
	env := environment(map[string]string{"BELAY_LINEAGE": "a.1/1"})
	for _, f := range []Facts{newLocal(env, Log{Out: io.Discard}).Facts(), newJenkins(env, Log{Out: io.Discard}).Facts()} {
		if diff := cmp.Diff(Again{}, f.Again); diff != "" || f.Lineage != "a.1/1" {
			t.Errorf("%s: lineage %q, %s", f.Name, f.Lineage, diff)
		}
	}
}
