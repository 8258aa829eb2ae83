package fake

import (
	"encoding/json"
	"net/http"
	"slices"
)

// requestReviewers refuses all of them when one is no collaborator, as GitHub does.
func (g *GitHub) requestReviewers(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	var in struct {
		Reviewers     []string
		TeamReviewers []string `json:"team_reviewers"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	if slices.ContainsFunc(in.Reviewers, g.stranger) {
		return refusal(http.StatusUnprocessableEntity, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.")
	}
	for _, name := range in.Reviewers {
		p.Reviewers = with(p.Reviewers, name)
	}
	for _, name := range in.TeamReviewers {
		p.Reviewers = with(p.Reviewers, "/"+name)
	}
	p.touch()
	return answer{status: http.StatusCreated, body: g.documents(r).pull(p)}
}

// addAssignees passes over who can't be assigned, as GitHub does.
func (g *GitHub) addAssignees(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	var in struct{ Assignees []string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	for _, name := range in.Assignees {
		if !g.stranger(name) {
			p.Assignees = with(p.Assignees, name)
		}
	}
	p.touch()
	return answer{status: http.StatusCreated, body: g.documents(r).issue(p)}
}

func (g *GitHub) stranger(name string) bool { return slices.Contains(g.opts.Strangers, name) }

func with(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}
