package forge

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/belay-ci/belay/policy"
)

// Dispatch is a new run to be asked of a CI host.
type Dispatch struct {
	Run      string            // GitLab: the pipeline whose variables the new one gets too
	Workflow string            // GitHub: the workflow's file in .github/workflows
	Ref      string            // a branch or tag
	Inputs   map[string]string // GitHub: the workflow's inputs; GitLab: variables, which win over those of Run
}

// Dispatch starts a run of a workflow, as a person does with "Run workflow", and returns a page on which it will be
// seen: GitHub does not say which run it is. The workflow needs the trigger workflow_dispatch, and has to declare
// every input. It fails with an [*Error], or with ctx's cause when ctx ended. A request whose answer was lost is not
// repeated, because it may have started a run: that is forge.unavailable.
func (g *GitHub) Dispatch(ctx context.Context, d Dispatch) (page string, err error) {
	inputs := map[string]any{}
	for name, value := range d.Inputs {
		inputs[name] = value
	}
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		resp, err := g.client().Actions.CreateWorkflowDispatchEventByFileName(callCtx, g.owner, g.name, url.PathEscape(d.Workflow),
			github.CreateWorkflowDispatchEventRequest{Ref: d.Ref, Inputs: inputs})
		if err == nil {
			return nil
		}
		return undispatched(g.failure(ctx, "start", d.Workflow, resp, err), d)
	})
	if err != nil {
		return "", err
	}
	return g.page("actions/workflows", d.Workflow), nil
}

// undispatched says of a failed dispatch what is wanted.
func undispatched(err error, d Dispatch) error {
	var failed *Error
	switch {
	case !errors.As(err, &failed):
	case failed.kind == policy.ForgeForbidden:
		failed.advice = "Give the token `actions: write`"
	case failed.Status == http.StatusNotFound || failed.Status == http.StatusUnprocessableEntity:
		failed.advice = "The workflow needs the trigger `workflow_dispatch` with the inputs " + strings.Join(slices.Sorted(maps.Keys(d.Inputs)), ", ")
	}
	return notTwice(err)
}

// notTwice keeps a request from being repeated that may have started a run: only a forge that turned it away for now
// has certainly not.
func notTwice(err error) error {
	var failed *Error
	if errors.As(err, &failed) {
		failed.passing = failed.passing && failed.kind == policy.ForgeRateLimited
	}
	return err
}
