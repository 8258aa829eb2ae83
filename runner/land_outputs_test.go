package runner

import (
	"maps"
	"slices"
	"testing"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
	"github.com/google/go-cmp/cmp"
)

func TestLandHasTheOutputsOfItsTable(t *testing.T) {
	c := &conductor{job: Job{Masks: &process.Masks{}}, called: "acme/deploy"}
	landed := c.landed(landing{branch: "main"}, gitops.Outcome{State: gitops.Landed, Commits: []gitops.Commit{{Hash: "abc"}}, Tags: []string{"v1"}})
	proposed := c.proposed(landing{branch: "live"}, gitops.Outcome{}, forge.PullRequest{Number: 1, URL: "https://forge.invalid/1"})
	got := targetOutputs([]execution{landed, proposed})
	for _, e := range []execution{landed, proposed} {
		maps.Copy(got, e.effects.Outputs)
	}
	var want []string
	for _, o := range landStep().Outputs {
		want = append(want, o.Name)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("outputs (-table +run):\n%s", diff)
	}
}

func TestTheTargetsOfAStepAreToldTogetherAndEach(t *testing.T) {
	c := &conductor{job: Job{Masks: &process.Masks{}}}
	on := func(branch string, state gitops.State, commits ...gitops.Commit) execution {
		return c.landed(landing{branch: branch, report: report.Landing{Branch: branch}}, gitops.Outcome{State: state, Commits: commits})
	}
	for _, row := range []struct {
		name string
		done []execution
		want map[string]string
	}{
		{"alike", []execution{on("a", gitops.Landed, gitops.Commit{Hash: "1"}), on("b", gitops.Landed, gitops.Commit{Hash: "2"})}, map[string]string{
			"outcome": "landed", "landed": "true", "branch": "b", "sha": "2",
			"targets": `{"a":{"branch":"a","landed":"true","outcome":"landed","sha":"1"},"b":{"branch":"b","landed":"true","outcome":"landed","sha":"2"}}`,
		}},
		{"of different ends", []execution{on("a", gitops.Landed, gitops.Commit{Hash: "1"}), on("b", gitops.Empty)}, map[string]string{
			"outcome": "mixed", "landed": "true", "branch": "a", "sha": "1",
			"targets": `{"a":{"branch":"a","landed":"true","outcome":"landed","sha":"1"},"b":{"branch":"b","landed":"false","outcome":"empty"}}`,
		}},
		{"of nothing", []execution{on("a", gitops.Empty)}, map[string]string{
			"outcome": "empty", "landed": "false", "targets": `{"a":{"branch":"a","landed":"false","outcome":"empty"}}`,
		}},
	} {
		if diff := cmp.Diff(row.want, targetOutputs(row.done)); diff != "" {
			t.Errorf("targets %s (-want +got):\n%s", row.name, diff)
		}
	}
}
