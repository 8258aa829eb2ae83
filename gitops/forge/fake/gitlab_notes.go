package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// me is the user of the fake GitLab's token.
const me = "belay"

// Say comments on a merge request as another user does.
func (g *GitLab) Say(number int, user, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.requests[number-1]
	m.Comments = append(m.Comments, text)
	if g.authors == nil {
		g.authors = map[int]string{}
	}
	g.authors[noteNumber(m, len(m.Comments)-1)] = user
}

func (g *GitLab) currentUser(*http.Request) answer {
	return answer{status: http.StatusOK, body: gitlabUser(me)}
}

func noteNumber(m *mergeRequest, i int) int { return m.Number*1000 + i }

// notes lists them newest first, unless the oldest are asked for. https://docs.gitlab.com/api/notes/#merge-requests
func (g *GitLab) notes(r *http.Request) answer {
	m := g.find(r)
	if m == nil {
		return noMergeRequest
	}
	list := []any{}
	for i, text := range m.Comments {
		list = append(list, g.note(m, i, text))
	}
	if r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(list)
	}
	return gitlabPage(r, list)
}

func (g *GitLab) comment(r *http.Request) answer {
	m := g.find(r)
	if m == nil {
		return noMergeRequest
	}
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Body == "" {
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	}
	m.Comments = append(m.Comments, in.Body)
	return answer{status: http.StatusCreated, body: g.note(m, len(m.Comments)-1, in.Body)}
}

// rewrite changes the text of a note, as its author alone may.
func (g *GitLab) rewrite(r *http.Request) answer {
	m := g.find(r)
	if m == nil {
		return noMergeRequest
	}
	number, err := strconv.Atoi(r.PathValue("note"))
	i := number - noteNumber(m, 0)
	if err != nil || i < 0 || i >= len(m.Comments) {
		return noMergeRequest
	}
	if _, other := g.authors[number]; other {
		return gitlabRefusal(http.StatusForbidden, "403 Forbidden")
	}
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Body == "" {
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	}
	m.Comments[i] = in.Body
	return answer{status: http.StatusOK, body: g.note(m, i, in.Body)}
}

func (g *GitLab) note(m *mergeRequest, i int, text string) object {
	author := me
	if other, ok := g.authors[noteNumber(m, i)]; ok {
		author = other
	}
	return object{
		"id": noteNumber(m, i), "body": text, "author": gitlabUser(author), "created_at": m.created, "updated_at": m.created,
		"system": false, "noteable_id": m.Number, "noteable_type": "MergeRequest", "noteable_iid": m.Number, "resolvable": false,
	}
}
