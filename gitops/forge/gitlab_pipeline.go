package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// GitLabOptions says which project on which GitLab, and with which token.
type GitLabOptions struct {
	APIURL    string       // as CI_API_V4_URL: https://gitlab.com/api/v4
	ServerURL string       // as CI_SERVER_URL: https://gitlab.com; empty: as APIURL says
	Project   string       // the project's path, group/name
	Token     string       // a personal, project or group token with the scope api; sent to APIURL's host alone
	HTTP      *http.Client // nil: Go's default. Its redirect policy is replaced
}

// GitLabPipelines is one project's pipelines on GitLab.
type GitLabPipelines struct {
	project string
	api     *url.URL // of the project
	http    *http.Client
}

// NewGitLabPipelines checks the address. It makes no request.
func NewGitLabPipelines(o GitLabOptions) (*GitLabPipelines, error) {
	api, err := webAddress(o.APIURL)
	if err != nil {
		return nil, fmt.Errorf("use GitLab: read the API's address: %w", err)
	}
	if o.Project == "" {
		return nil, errors.New("use GitLab: no project is named")
	}
	return &GitLabPipelines{project: o.Project, api: api.JoinPath("projects", url.PathEscape(o.Project)), http: confined(o.HTTP, api, o.Token)}, nil
}

// variable is a pipeline's variable as the API has it.
type variable struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  string `json:"variable_type,omitempty"` // "env_var" or "file"
}

// Dispatch starts a pipeline for d.Ref with the variables that the pipeline d.Run was given, d.Inputs over them, and
// returns its page. The token needs the role that the project asks for to set pipeline variables. It fails as
// [GitHub.Dispatch] does.
// https://docs.gitlab.com/api/pipelines/
func (g *GitLabPipelines) Dispatch(ctx context.Context, d Dispatch) (page string, err error) {
	var given []variable
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		return g.call(ctx, "read the variables of pipeline "+d.Run, http.MethodGet, "pipelines/"+url.PathEscape(d.Run)+"/variables", nil, &given)
	})
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(d.Inputs)) {
		given = slices.DeleteFunc(given, func(v variable) bool { return v.Key == name })
		given = append(given, variable{Key: name, Value: d.Inputs[name]})
	}
	var started struct {
		Page string `json:"web_url"`
	}
	err = persist(ctx, time.Now(), func(ctx context.Context) error {
		err := g.call(ctx, "start a pipeline for "+d.Ref, http.MethodPost, "pipeline", map[string]any{"ref": d.Ref, "variables": given}, &started)
		return notTwice(err)
	})
	return started.Page, err
}

// call makes one request of the project's API.
func (g *GitLabPipelines) call(ctx context.Context, op, method, path string, body, answer any) error {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	req, err := http.NewRequestWithContext(callCtx, method, g.api.String()+"/"+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.http.Do(req)
	if err == nil {
		defer resp.Body.Close()
		text, err = io.ReadAll(resp.Body)
	}
	if err == nil && resp.StatusCode < 300 {
		err = json.Unmarshal(text, answer)
	}
	if err == nil && resp.StatusCode < 300 {
		return nil
	}
	return g.failure(ctx, op, resp, text, err)
}

// failure turns a call that did not work into an [*Error], by the status alone.
func (g *GitLabPipelines) failure(ctx context.Context, op string, resp *http.Response, said []byte, err error) error {
	return failure{
		op: op, what: "in " + g.project, resp: resp, err: err,
		said: func(err error) error {
			if err != nil {
				return err
			}
			return errors.New(shorten(oneLine(string(said)), 500))
		},
		forbidden: "Give belay a token with the scope `api`, whose role may run pipelines with variables",
	}.as(ctx)
}
