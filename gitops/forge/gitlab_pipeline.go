package forge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/belay-ci/belay/policy"
)

// Dispatch starts a pipeline for d.Ref with the variables that the pipeline d.Run was given, d.Inputs over them, and
// returns its page. The token needs the role that the project asks for to set pipeline variables. It fails as
// [GitHub.Dispatch] does.
// https://docs.gitlab.com/api/pipelines/
func (g *GitLab) Dispatch(ctx context.Context, d Dispatch) (page string, err error) {
	run, err := strconv.ParseInt(d.Run, 10, 64)
	if err != nil {
		return "", fmt.Errorf("start a pipeline for %s: read the number of this one: %w", d.Ref, err)
	}
	var given []*gitlab.PipelineVariableOptions
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		given, err = g.variables(ctx, run)
		return err
	})
	if err != nil {
		return "", undispatchedHere(err)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Inputs)) {
		given = slices.DeleteFunc(given, func(v *gitlab.PipelineVariableOptions) bool { return *v.Key == name })
		given = append(given, &gitlab.PipelineVariableOptions{Key: &name, Value: gitlab.Ptr(d.Inputs[name])})
	}
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		return notTwice(g.call(ctx, "start a pipeline for", d.Ref, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			started, resp, err := c.Pipelines.CreatePipeline(g.project, &gitlab.CreatePipelineOptions{Ref: &d.Ref, Variables: &given}, o)
			if err == nil {
				page = started.WebURL
			}
			return resp, err
		}))
	})
	return page, undispatchedHere(err)
}

// variables are those that a pipeline was given when it was started, not those of its project.
func (g *GitLab) variables(ctx context.Context, pipeline int64) ([]*gitlab.PipelineVariableOptions, error) {
	var given []*gitlab.PipelineVariableOptions
	err := g.call(ctx, "read the variables of pipeline", strconv.FormatInt(pipeline, 10), func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
		all, resp, err := c.Pipelines.GetPipelineVariables(g.project, pipeline, o)
		for _, v := range all {
			given = append(given, &gitlab.PipelineVariableOptions{Key: &v.Key, Value: &v.Value, VariableType: &v.VariableType})
		}
		return resp, err
	})
	return given, err
}

// undispatchedHere says of a pipeline that could not be started what is wanted.
func undispatchedHere(err error) error {
	var failed *Error
	if errors.As(err, &failed) && failed.kind == policy.ForgeForbidden {
		failed.advice = "Give belay a token with the scope `api`, whose role may run pipelines with variables"
	}
	return err
}
