package host

import (
	"fmt"
	"slices"
	"strconv"
)

// againOnGitLab is a pipeline for the same branch or tag, with the variables of this one.
// https://docs.gitlab.com/api/pipelines/#create-a-new-pipeline
func againOnGitLab(getenv func(string) string) Again {
	again := Again{Run: getenv("CI_PIPELINE_ID"), Ref: getenv("CI_COMMIT_REF_NAME"), Lineage: lineageVariable}
	source := getenv("CI_PIPELINE_SOURCE")
	parallel, _ := strconv.Atoi(getenv("CI_NODE_TOTAL"))
	switch {
	// A merge request's pipeline and a child's belong to more than a ref.
	case !slices.Contains([]string{"push", "web", "api", "schedule", "trigger"}, source):
		again.Refused = fmt.Sprintf("this pipeline has a source (%s) that the API can't start another of", source)
	case parallel > 1:
		again.Refused = "this job is one of several that run in parallel, and a new pipeline would run all of them"
	case again.Ref == "":
		again.Refused = "this pipeline was not started from a branch or tag"
	}
	return again
}
