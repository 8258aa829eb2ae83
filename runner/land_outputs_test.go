package runner

import (
	"maps"
	"slices"
	"testing"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner/process"
	"github.com/google/go-cmp/cmp"
)

func TestLandHasTheOutputsOfItsTable(t *testing.T) {
	c := &conductor{job: Job{Masks: &process.Masks{}}}
	e := c.landed(landing{branch: "main"}, gitops.Outcome{State: gitops.Landed, Commits: []gitops.Commit{{Hash: "abc"}}, Tags: []string{"v1"}})
	var want []string
	for _, o := range landStep().Outputs {
		want = append(want, o.Name)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(e.effects.Outputs))); diff != "" {
		t.Errorf("outputs (-table +run):\n%s", diff)
	}
}
