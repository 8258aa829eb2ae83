package host

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// lineageInput is the workflow's own input in which a run started by belay finds its lineage.
const lineageInput = "belay_lineage"

// againOnGitHub is a workflow_dispatch of the workflow this job belongs to.
// https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
func againOnGitHub(c *githubactions.GitHubContext, getenv func(string) string, matrix string) Again {
	// octo/shop/.github/workflows/promote.yml@refs/heads/main
	file, _, _ := strings.Cut(getenv("GITHUB_WORKFLOW_REF"), "@")
	workflow, own := strings.CutPrefix(file, c.Repository+"/.github/workflows/")
	again := Again{Workflow: workflow, Ref: c.RefName, Inputs: dispatchInputs(c), Lineage: lineageInput}
	switch {
	// Other events carry more than a ref and inputs.
	case !slices.Contains([]string{"workflow_dispatch", "push", "schedule"}, c.EventName):
		again.Refused = fmt.Sprintf("this run is for an event (%s) that can't be sent again", c.EventName)
	case matrix != "":
		again.Refused = "this job is one of a matrix, and a new run would run all of them"
	case !own || workflow == "":
		again.Refused = fmt.Sprintf("the workflow %q is not one of this repository's", file)
	case c.RefName == "":
		again.Refused = "this run was not started from a branch or tag"
	}
	return again
}

// dispatchInputs are the inputs of a workflow_dispatch, without the one that is belay's. GitHub writes them as text; what
// is not is kept as it is in JSON.
func dispatchInputs(c *githubactions.GitHubContext) map[string]string {
	given, _ := c.Event["inputs"].(map[string]any)
	inputs := map[string]string{}
	for name, value := range given {
		text, isText := value.(string)
		if !isText {
			raw, err := json.Marshal(value)
			if err != nil {
				continue // it came out of JSON
			}
			text = string(raw)
		}
		if value != nil && name != lineageInput {
			inputs[name] = text
		}
	}
	return inputs
}

// lineageOnGitHub also looks into the event itself: a workflow that forgets to pass its input on must not count from
// nothing with every run.
func lineageOnGitHub(c *githubactions.GitHubContext, getenv func(string) string) string {
	if given := lineage(getenv); given != "" {
		return given
	}
	inputs, _ := c.Event["inputs"].(map[string]any)
	given, _ := inputs[lineageInput].(string)
	return given
}
