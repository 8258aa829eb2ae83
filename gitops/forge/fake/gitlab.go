package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// GitLab is a small GitLab, an http.Handler: the merge requests of one project, as https://docs.gitlab.com/api/ describes
// them. That its answers look like those that were recorded from the real one is tested. The API is at /api/v4.
type GitLab struct {
	faults
	opts Options // Repository is the project's path
	mux  *http.ServeMux

	mu       sync.Mutex
	requests []*mergeRequest // requests[i] has number i+1
	rules    []protectedBranch
	authors  map[int]string // of the notes, by number; all others are the token's own user's
}

// mergeRequest keeps what a pull request keeps; State is "open" for GitLab's "opened", Mergeable is GitLab's
// detailed_merge_status, and Reviewers and Assignees are user names.
type mergeRequest struct{ pull }

// NewGitLab makes a fake without any merge request. Everybody but opts.Strangers is a user.
func NewGitLab(opts Options) *GitLab {
	g := &GitLab{opts: opts, mux: http.NewServeMux()}
	const list, one = "/api/v4/projects/{project}/merge_requests", "/api/v4/projects/{project}/merge_requests/{number}"
	for pattern, handle := range map[string]func(r *http.Request) answer{
		"GET " + list:                  g.list,
		"POST " + list:                 g.create,
		"GET " + one:                   g.get,
		"PUT " + one:                   g.update,
		"PUT " + one + "/merge":        g.accept,
		"GET " + one + "/notes":        g.notes,
		"POST " + one + "/notes":       g.comment,
		"PUT " + one + "/notes/{note}": g.rewrite,
		"GET /api/v4/user":             g.currentUser,
		"GET /api/v4/projects/{project}/repository/branches/{branch}": g.branch,
		"GET /api/v4/projects/{project}/protected_branches":           g.protectedBranches,
		"GET /api/v4/users": g.users,
		"/api/v4/":          func(*http.Request) answer { return gitlabRefusal(http.StatusNotFound, "404 Not Found") },
	} {
		g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			a := handle(r)
			g.mu.Unlock()
			a.write(w)
		})
	}
	return g
}

// ServeHTTP answers one request.
func (g *GitLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, faulty := g.takeFault(r)
	switch {
	case faulty && fault.Drop:
		g.serve(&nowhere{http.Header{}}, r)
		panic(http.ErrAbortHandler) // net/http then cuts the connection
	case faulty:
		fault.answer().write(w)
	default:
		g.serve(w, r)
	}
}

func (g *GitLab) serve(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	project := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4/projects/"), "/")[0]
	switch path, _ := url.PathUnescape(project); {
	case g.opts.Token != "" && token != g.opts.Token:
		gitlabRefusal(http.StatusUnauthorized, "401 Unauthorized").write(w)
	case strings.HasPrefix(r.URL.Path, "/api/v4/projects/") && path != g.opts.Repository:
		gitlabRefusal(http.StatusNotFound, "404 Project Not Found").write(w)
	default:
		g.mux.ServeHTTP(w, r)
	}
}

func gitlabRefusal(status int, message any) answer {
	return answer{status: status, body: object{"message": message}}
}

// PullRequests returns every merge request, oldest first.
func (g *GitLab) PullRequests() []PullRequest {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]PullRequest, len(g.requests))
	for i, m := range g.requests {
		all[i] = m.PullRequest
		all[i].Labels, all[i].Comments = slices.Clone(m.Labels), slices.Clone(m.Comments)
	}
	return all
}

// Close closes an open merge request as a person would, merging it when merge is set.
func (g *GitLab) Close(number int, merge bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	state := "closed"
	if merge {
		state = "merged"
	}
	g.end(g.requests[number-1], state)
}

// SetMergeable sets a merge request's detailed_merge_status. One that waits to be merged is, when it becomes mergeable.
func (g *GitLab) SetMergeable(number int, status string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.requests[number-1]
	if m.Mergeable = status; m.AutoMerge != "" && m.status() == "mergeable" {
		g.end(m, "merged")
	}
}

func (m *mergeRequest) status() string {
	switch {
	case m.State != "open":
		return "not_open"
	case m.Draft:
		return "draft_status"
	case m.Mergeable == "":
		return "mergeable"
	}
	return m.Mergeable
}

func (g *GitLab) tip(branch string) string { return (&GitHub{opts: g.opts}).tip(branch) }

func (g *GitLab) exists(branch string) bool {
	return g.opts.BranchExists == nil || g.opts.BranchExists(branch)
}

func (g *GitLab) end(m *mergeRequest, state string) {
	m.State, m.AutoMerge, m.lastHead = state, "", g.tip(m.Head)
	if state == "merged" {
		m.MergedAs = g.tip("merge of " + m.Head)
		if g.opts.Merge != nil {
			m.MergedAs, _ = g.opts.Merge(m.Head, m.Base, "merge")
		}
	}
	m.touch()
	m.ended = m.updated
}

func (g *GitLab) find(r *http.Request) *mergeRequest {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(g.requests) {
		return nil
	}
	return g.requests[n-1]
}

var noMergeRequest = gitlabRefusal(http.StatusNotFound, "404 Not found")

// list filters by branches, newest first, and cuts into pages. https://docs.gitlab.com/api/merge_requests/
func (g *GitLab) list(r *http.Request) answer {
	query := r.URL.Query()
	found := []any{}
	for _, m := range slices.Backward(g.requests) {
		if query.Has("source_branch") && query.Get("source_branch") != m.Head || query.Has("target_branch") && query.Get("target_branch") != m.Base {
			continue
		}
		found = append(found, g.document(r, m))
	}
	return gitlabPage(r, found)
}

// gitlabPage cuts a list into pages. https://docs.gitlab.com/api/rest/#offset-based-pagination
func gitlabPage(r *http.Request, all []any) answer {
	query := r.URL.Query()
	size := min(atLeastOne(query.Get("per_page"), 20), 100)
	page := atLeastOne(query.Get("page"), 1)
	start := min((page-1)*size, len(all))
	end := min(start+size, len(all))
	next := ""
	if end < len(all) {
		next = strconv.Itoa(page + 1)
	}
	return answer{http.StatusOK, http.Header{"X-Next-Page": {next}, "X-Page": {strconv.Itoa(page)}}, all[start:end]}
}

func (g *GitLab) create(r *http.Request) answer {
	var in struct {
		Title, Description, Labels string
		Source                     string `json:"source_branch"`
		Target                     string `json:"target_branch"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	}
	same := func(m *mergeRequest) bool { return m.State == "open" && m.Head == in.Source && m.Base == in.Target }
	i := slices.IndexFunc(g.requests, same)
	switch {
	case g.opts.NoCreate:
		return gitlabRefusal(http.StatusForbidden, "403 Forbidden")
	case in.Source == in.Target:
		return gitlabRefusal(http.StatusConflict, []string{"You can't use same project/branch for source and target"})
	case i >= 0:
		return gitlabRefusal(http.StatusConflict, []string{fmt.Sprintf("Another open merge request already exists for this source branch: !%d", i+1)})
	case !g.exists(in.Source) || !g.exists(in.Target):
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	case in.Title == "" || len([]rune(in.Title)) > 255:
		return gitlabRefusal(http.StatusUnprocessableEntity, object{"title": []string{"is too long (maximum is 255 characters)"}})
	}
	title, draft := strings.CutPrefix(in.Title, "Draft: ")
	m := &mergeRequest{pull{PullRequest: PullRequest{
		Number: len(g.requests) + 1, State: "open", Draft: draft, Title: title, Body: in.Description, Head: in.Source, Base: in.Target,
	}}}
	if in.Labels != "" {
		m.Labels = strings.Split(in.Labels, ",")
	}
	m.touch()
	m.created = m.updated
	g.requests = append(g.requests, m)
	return answer{status: http.StatusCreated, body: g.document(r, m)}
}

func (g *GitLab) get(r *http.Request) answer {
	if m := g.find(r); m != nil {
		return answer{status: http.StatusOK, body: g.document(r, m)}
	}
	return noMergeRequest
}

func (g *GitLab) update(r *http.Request) answer {
	m := g.find(r)
	if m == nil {
		return noMergeRequest
	}
	var in struct {
		Title     string
		Event     string `json:"state_event"`
		AddLabels string `json:"add_labels"`
		Assignees *[]int `json:"assignee_ids"`
		Reviewers *[]int `json:"reviewer_ids"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	}
	if in.Event == "close" && m.State == "open" {
		g.end(m, "closed")
	}
	if in.AddLabels != "" {
		for _, label := range strings.Split(in.AddLabels, ",") {
			m.Labels = with(m.Labels, label)
		}
	}
	if in.Assignees != nil {
		m.Assignees = userNames(*in.Assignees)
	}
	if in.Reviewers != nil {
		m.Reviewers = userNames(*in.Reviewers)
	}
	m.touch()
	return answer{status: http.StatusOK, body: g.document(r, m)}
}

// accept merges. https://docs.gitlab.com/api/merge_requests/#merge-a-merge-request
func (g *GitLab) accept(r *http.Request) answer {
	m := g.find(r)
	if m == nil {
		return noMergeRequest
	}
	var in struct {
		SHA  string
		Auto bool `json:"auto_merge"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return gitlabRefusal(http.StatusBadRequest, "400 Bad request")
	}
	switch status := m.status(); {
	case in.SHA != "" && in.SHA != g.tip(m.Head):
		return gitlabRefusal(http.StatusConflict, "SHA does not match HEAD of source branch: "+g.tip(m.Head))
	case status == "mergeable":
		g.end(m, "merged")
	case in.Auto && status == "ci_still_running":
		m.AutoMerge = "merge"
	case status == "conflict":
		return gitlabRefusal(http.StatusUnprocessableEntity, "Branch cannot be merged")
	default:
		return gitlabRefusal(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	return answer{status: http.StatusOK, body: g.document(r, m)}
}

// users finds people by their exact user name.
func (g *GitLab) users(r *http.Request) answer {
	name := r.URL.Query().Get("username")
	found := []any{}
	if name != "" && !slices.Contains(g.opts.Strangers, name) {
		found = append(found, gitlabUser(name))
	}
	return answer{status: http.StatusOK, body: found}
}

// userNumber makes a number of a name, from which the name can be read again.
func userNumber(name string) int {
	n := 0
	for _, c := range name[:min(len(name), 7)] {
		n = n<<8 | int(c)
	}
	return n
}

func userNames(ids []int) []string {
	var names []string
	for _, id := range ids {
		name := ""
		for ; id > 0; id >>= 8 {
			name = string(rune(id&0xff)) + name
		}
		names = append(names, name)
	}
	return names
}

func gitlabUser(name string) object {
	return object{
		"id": userNumber(name), "name": name, "username": name, "state": "active",
		"avatar_url": "https://gitlab.example/" + name + ".png", "web_url": "https://gitlab.example/" + name,
	}
}

// document is a merge request with every property of those that were recorded.
func (g *GitLab) document(r *http.Request, m *mergeRequest) object {
	state, title, sha := m.State, m.Title, m.lastHead
	if state == "open" {
		state, sha = "opened", g.tip(m.Head)
	}
	if m.Draft {
		title = "Draft: " + title
	}
	page := fmt.Sprintf("http://%s/%s/-/merge_requests/%d", r.Host, g.opts.Repository, m.Number)
	users := func(names []string) []any {
		list := []any{}
		for _, name := range names {
			list = append(list, gitlabUser(name))
		}
		return list
	}
	reviewers, assignees := users(m.Reviewers), users(m.Assignees)
	var assignee any
	if len(assignees) > 0 {
		assignee = assignees[0]
	}
	merged := m.State == "merged"
	closed := m.State == "closed"
	mergeable := map[string]string{"mergeable": "can_be_merged", "conflict": "cannot_be_merged"}[m.status()]
	if mergeable == "" {
		mergeable = "unchecked"
	}
	return object{
		"id": 1000 + m.Number, "iid": m.Number, "project_id": 1, "source_project_id": 1, "target_project_id": 1,
		"title": title, "description": m.Body, "state": state, "created_at": m.created, "updated_at": m.updated,
		"merged_by": orNull(gitlabUser("belay"), !merged), "merged_at": orNull(m.ended, !merged),
		"closed_by": orNull(gitlabUser("belay"), !closed), "closed_at": orNull(m.ended, !closed),
		"target_branch": m.Base, "source_branch": m.Head, "user_notes_count": len(m.Comments), "upvotes": 0, "downvotes": 0,
		"assignee": assignee, "assignees": assignees, "reviewers": reviewers, "author": gitlabUser("belay"),
		"labels": append([]string{}, m.Labels...), "work_in_progress": m.Draft, "draft": m.Draft, "milestone": nil,
		"merge_when_pipeline_succeeds": m.AutoMerge != "", "merge_status": mergeable, "detailed_merge_status": m.status(),
		"sha": sha, "merge_commit_sha": orNull(m.MergedAs, !merged), "squash_commit_sha": nil, "discussion_locked": nil,
		"should_remove_source_branch": nil, "force_remove_source_branch": false, "reference": fmt.Sprintf("!%d", m.Number),
		"web_url": page, "time_stats": object{"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": nil, "human_total_time_spent": nil},
		"squash": false, "task_completion_status": object{"count": 0, "completed_count": 0}, "has_conflicts": m.status() == "conflict",
		"blocking_discussions_resolved": true, "subscribed": false, "changes_count": "1",
		"latest_build_started_at": nil, "latest_build_finished_at": nil, "first_deployed_to_production_at": nil, "pipeline": nil, "head_pipeline": nil,
		"diff_refs": object{"base_sha": g.tip(m.Base), "head_sha": sha, "start_sha": g.tip(m.Base)}, "merge_error": nil, "first_contribution": false,
		"user": object{"can_merge": true}, "approvals_before_merge": nil, "diverged_commits_count": 0, "rebase_in_progress": false,
		"allow_collaboration": false, "allow_maintainer_to_push": false, "reset_at": time.Time{},
	}
}
