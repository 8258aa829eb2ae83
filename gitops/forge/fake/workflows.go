package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Dispatch is one workflow_dispatch that the fake has taken.
type Dispatch struct {
	Workflow, Ref string
	Inputs        map[string]any
}

// AddWorkflow adds a workflow by its file's name, with the inputs that its workflow_dispatch declares. Without any, not
// even an empty list, it has no such trigger.
func (g *GitHub) AddWorkflow(file string, inputs []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.workflows[file] = inputs
}

// Dispatches returns every dispatch that was taken, oldest first.
func (g *GitHub) Dispatches() []Dispatch {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.dispatches)
}

func (g *GitHub) dispatch(r *http.Request) answer {
	var in struct {
		Ref    string
		Inputs map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	workflow := r.PathValue("workflow")
	declared, known := g.workflows[workflow]
	unexpected := slices.DeleteFunc(slices.Sorted(maps.Keys(in.Inputs)), func(name string) bool { return slices.Contains(declared, name) })
	switch {
	case !known:
		return notFound
	case declared == nil:
		return refusal(http.StatusUnprocessableEntity, "Workflow does not have 'workflow_dispatch' trigger")
	case !g.exists(in.Ref):
		return refusal(http.StatusUnprocessableEntity, "No ref found for: "+in.Ref)
	case len(unexpected) > 0:
		return refusal(http.StatusUnprocessableEntity, fmt.Sprintf(`Unexpected inputs provided: ["%s"]`, strings.Join(unexpected, `", "`)))
	}
	g.dispatches = append(g.dispatches, Dispatch{Workflow: workflow, Ref: in.Ref, Inputs: in.Inputs})
	return answer{status: http.StatusNoContent}
}
