package fake

import (
	"encoding/json"
	"net/http"
)

func (g *GitHub) listComments(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	list := []any{}
	for i, text := range p.Comments {
		list = append(list, g.documents(r).comment(p, i, text))
	}
	return answer{status: http.StatusOK, body: list}
}

func (g *GitHub) createComment(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	var in struct{ Body string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	p.Comments = append(p.Comments, in.Body)
	p.touch()
	doc := g.documents(r).comment(p, len(p.Comments)-1, in.Body)
	return answer{http.StatusCreated, http.Header{"Location": {doc["url"].(string)}}, doc}
}
