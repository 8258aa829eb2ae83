package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

func (g *GitHub) listLabels(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	return answer{status: http.StatusOK, body: g.documents(r).labels(p)}
}

// addLabels takes both forms GitHub takes: {"labels": […]} and the bare list.
func (g *GitHub) addLabels(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	var names []string
	if json.Unmarshal(text, &names) != nil {
		var in struct{ Labels []string }
		if json.Unmarshal(text, &in) != nil {
			return refusal(http.StatusBadRequest, "Problems parsing JSON")
		}
		names = in.Labels
	}
	for _, name := range names {
		if !slices.Contains(p.Labels, name) {
			p.Labels = append(p.Labels, name)
		}
	}
	p.touch()
	return answer{status: http.StatusOK, body: g.documents(r).labels(p)}
}
