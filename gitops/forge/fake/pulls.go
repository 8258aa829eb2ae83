package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PullRequest is one pull request as the fake keeps it.
type PullRequest struct {
	Number     int
	State      string // "open", "closed" or "merged"
	Draft      bool
	Title      string
	Body       string
	Head, Base string // branches of the repository
	Labels     []string
	Reviewers  []string // a team without its organization, after a slash
	Assignees  []string
	Comments   []string // oldest first
	AutoMerge  string   // the method with which it is merged once it may be; empty: it is not
	Mergeable  string   // GitHub's mergeable_state; empty: clean, or draft for a draft
	MergedAs   string   // the commit it became; empty unless it is merged
}

type pull struct {
	PullRequest
	created, updated, ended time.Time // ended: closed or merged
	lastHead                string    // where the head was then: GitHub does not look at it any more
}

// PullRequests returns every pull request, oldest first.
func (g *GitHub) PullRequests() []PullRequest {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]PullRequest, len(g.pulls))
	for i, p := range g.pulls {
		all[i] = p.PullRequest
		all[i].Labels, all[i].Comments = slices.Clone(p.Labels), slices.Clone(p.Comments)
	}
	return all
}

// Close closes an open pull request as a person would, merging it first when merge is set. It reports whether there was one.
func (g *GitHub) Close(number int, merge bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(strconv.Itoa(number))
	if p == nil || p.State != "open" {
		return false
	}
	g.end(p, "closed")
	if merge {
		g.end(p, "merged")
		p.MergedAs = g.tip(p.Base)
	}
	return true
}

func (g *GitHub) end(p *pull, state string) {
	p.State, p.AutoMerge, p.lastHead = state, "", g.tip(p.Head)
	p.touch()
	p.ended = p.updated
}

func (g *GitHub) find(number string) *pull {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(g.pulls) {
		return nil
	}
	return g.pulls[n-1]
}

func (p *pull) touch() { p.updated = time.Now().UTC().Truncate(time.Second) }

func (g *GitHub) createPull(r *http.Request) answer {
	var in struct {
		Title, Body, Head, Base string
		Draft                   bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	owner, _, _ := strings.Cut(g.opts.Repository, "/")
	head := strings.TrimPrefix(in.Head, owner+":")
	switch {
	case g.opts.NoCreate:
		return refusal(http.StatusForbidden, "GitHub Actions is not permitted to create or approve pull requests.")
	case in.Title == "":
		return invalid("missing_field", "title", "")
	case len([]rune(in.Body)) > 65536:
		return invalid("custom", "body", "body is too long (maximum is 65536 characters)")
	case head == "" || !g.exists(head):
		return invalid("invalid", "head", "")
	case in.Base == "" || !g.exists(in.Base):
		return invalid("invalid", "base", "")
	case g.tip(head) == g.tip(in.Base):
		return invalid("custom", "", fmt.Sprintf("No commits between %s and %s", in.Base, head))
	case slices.ContainsFunc(g.pulls, func(p *pull) bool { return p.State == "open" && p.Head == head && p.Base == in.Base }):
		return invalid("custom", "", fmt.Sprintf("A pull request already exists for %s:%s.", owner, head))
	}
	p := &pull{PullRequest: PullRequest{
		Number: len(g.pulls) + 1, State: "open", Draft: in.Draft,
		Title: in.Title, Body: in.Body, Head: head, Base: in.Base,
	}}
	p.touch()
	p.created = p.updated
	g.pulls = append(g.pulls, p)
	doc := g.documents(r)
	return answer{http.StatusCreated, http.Header{"Location": {doc.pullURL(p)}}, doc.pull(p)}
}

func (g *GitHub) getPull(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	return answer{status: http.StatusOK, body: g.documents(r).pull(p)}
}

func (g *GitHub) updatePull(r *http.Request) answer {
	p := g.find(r.PathValue("number"))
	if p == nil {
		return notFound
	}
	var in struct{ Title, Body, State, Base *string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return refusal(http.StatusBadRequest, "Problems parsing JSON")
	}
	if in.State != nil && (p.State == "merged" || *in.State != "open" && *in.State != "closed") {
		return invalid("invalid", "state", "")
	}
	if in.Base != nil && !g.exists(*in.Base) {
		return invalid("invalid", "base", "")
	}
	for field, value := range map[*string]*string{&p.Title: in.Title, &p.Body: in.Body, &p.State: in.State, &p.Base: in.Base} {
		if value != nil {
			*field = *value
		}
	}
	p.touch()
	if in.State != nil {
		p.ended, p.lastHead = p.updated, ""
		if p.State != "open" {
			p.lastHead = g.tip(p.Head)
		}
	}
	return answer{status: http.StatusOK, body: g.documents(r).pull(p)}
}

// listPulls filters by state, head and base, newest first, and cuts into pages, as GitHub does by default.
func (g *GitHub) listPulls(r *http.Request) answer {
	query := r.URL.Query()
	owner, _, _ := strings.Cut(g.opts.Repository, "/")
	state := query.Get("state")
	if state == "" {
		state = "open"
	}
	var found []any
	doc := g.documents(r)
	for _, p := range slices.Backward(g.pulls) {
		if state != "all" && (state == "open") != (p.State == "open") ||
			query.Has("base") && query.Get("base") != p.Base ||
			query.Has("head") && query.Get("head") != owner+":"+p.Head {
			continue
		}
		found = append(found, doc.pull(p))
	}
	size := min(atLeastOne(query.Get("per_page"), 30), 100)
	page := atLeastOne(query.Get("page"), 1)
	start := min((page-1)*size, len(found))
	end := min(start+size, len(found))
	a := answer{status: http.StatusOK, body: append([]any{}, found[start:end]...)}
	if end < len(found) {
		query.Set("page", strconv.Itoa(page+1))
		a.header = http.Header{"Link": {fmt.Sprintf(`<%s%s?%s>; rel="next"`, doc.api, r.URL.Path, query.Encode())}}
	}
	return a
}

func atLeastOne(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 {
		return n
	}
	return otherwise
}
