package fake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// SetMergeable makes an open pull request mergeable or not, in GitHub's words for mergeable_state: clean, unknown, blocked,
// behind, dirty, draft or unstable. One that waits to be merged is, when it becomes clean.
func (g *GitHub) SetMergeable(number int, state string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(strconv.Itoa(number))
	if p == nil {
		return
	}
	p.Mergeable = state
	if p.AutoMerge != "" && p.mergeable() {
		g.merge(p, p.AutoMerge)
	}
}

func (p *pull) mergeableState() string {
	switch {
	case p.State != "open":
		return "unknown"
	case p.Mergeable == "" && p.Draft:
		return "draft"
	case p.Mergeable == "":
		return "clean"
	}
	return p.Mergeable
}

func (p *pull) mergeable() bool {
	state := p.mergeableState()
	return state == "clean" || state == "unstable" || state == "has_hooks"
}

// merge reports whether the caller's Merge could do it.
func (g *GitHub) merge(p *pull, method string) bool {
	sha := g.tip(p.Head)
	if g.opts.Merge != nil {
		var err error
		if sha, err = g.opts.Merge(p.Head, p.Base, method); err != nil {
			return false
		}
	}
	g.end(p, "merged")
	p.MergedAs = sha
	return true
}

// mergePull refuses as GitHub does: 405 where it can't be merged, 409 where the head has moved.
// https://docs.github.com/rest/pulls/pulls#merge-a-pull-request
func (g *GitHub) mergePull(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	var in struct {
		SHA    string
		Method string `json:"merge_method"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	switch {
	case p.State != "open" || !p.mergeable():
		return refusal(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	case in.SHA != "" && in.SHA != g.tip(p.Head):
		return refusal(http.StatusConflict, "Head branch was modified. Review and try the merge again.")
	case !g.merge(p, in.Method):
		return refusal(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	}
	return answer{status: http.StatusOK, body: object{"sha": p.MergedAs, "merged": true, "message": "Pull Request successfully merged"}}
}

// graphQL knows one mutation, enablePullRequestAutoMerge. GraphQL answers 200 to everything, and has its refusals inside.
func (g *GitHub) graphQL(r *http.Request) answer {
	var in struct {
		Query     string
		Variables struct {
			Input struct{ PullRequestID, MergeMethod, ExpectedHeadOid string }
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.Contains(in.Query, "enablePullRequestAutoMerge") {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	input := in.Variables.Input
	p := g.find(strings.TrimPrefix(input.PullRequestID, "PR_"))
	switch {
	case p == nil:
		return graphQLError("NOT_FOUND", "Could not resolve to a node with the global id of '"+input.PullRequestID+"'")
	case p.State != "open" || p.mergeable():
		return graphQLError("UNPROCESSABLE", "Pull request Pull request is in clean status")
	case input.ExpectedHeadOid != "" && input.ExpectedHeadOid != g.tip(p.Head):
		return graphQLError("UNPROCESSABLE", "Head branch was modified. Review and try the merge again.")
	}
	p.AutoMerge = strings.ToLower(input.MergeMethod)
	return answer{status: http.StatusOK, body: object{"data": object{"enablePullRequestAutoMerge": object{"clientMutationId": nil}}}}
}

func graphQLError(kind, message string) answer {
	return answer{status: http.StatusOK, body: object{
		"data":   object{"enablePullRequestAutoMerge": nil},
		"errors": []any{object{"type": kind, "path": []string{"enablePullRequestAutoMerge"}, "message": message}},
	}}
}
