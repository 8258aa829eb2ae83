package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// GitLabOptions says which project on which GitLab, and with which token.
type GitLabOptions struct {
	APIURL    string       // as CI_API_V4_URL: https://gitlab.com/api/v4
	ServerURL string       // as CI_SERVER_URL: https://gitlab.com; empty: as APIURL says
	Project   string       // the project's path, group/name
	Token     string       // a personal, project or group token with the scope api; sent to APIURL's host alone
	HTTP      *http.Client // nil: Go's default. Its redirect policy is replaced
}

// GitLab is one project's merge requests and pipelines on GitLab.
type GitLab struct {
	project     string
	api, server *url.URL // without a slash at the end
	http        *http.Client
}

// NewGitLab checks the addresses. It makes no request. Without an APIURL, the API is at /api/v4 of ServerURL.
func NewGitLab(o GitLabOptions) (*GitLab, error) {
	if !strings.Contains(o.Project, "/") {
		return nil, fmt.Errorf("use GitLab: project %q is not group/name", o.Project)
	}
	server, err := webAddress(cmp.Or(o.ServerURL, strings.TrimSuffix(o.APIURL, "/api/v4")))
	if err != nil {
		return nil, fmt.Errorf("use GitLab: read the server's address: %w", err)
	}
	api, err := webAddress(cmp.Or(o.APIURL, server.JoinPath("api/v4").String()))
	if err != nil {
		return nil, fmt.Errorf("use GitLab: read the API's address: %w", err)
	}
	return &GitLab{project: o.Project, api: api, server: server, http: confined(o.HTTP, api, o.Token)}, nil
}

// unlimited keeps the library from asking the server for its rate limit before the first call: a limit that is met is
// waited for, see persist.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// call makes one call, bounded in time.
func (g *GitLab) call(ctx context.Context, op, what string, f func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error)) error {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	c, err := gitlab.NewAuthSourceClient(gitlab.Unauthenticated{}, // the token is confined's to send
		gitlab.WithBaseURL(g.api.String()), gitlab.WithHTTPClient(g.http), gitlab.WithoutRetries(), gitlab.WithCustomLimiter(unlimited{}), gitlab.WithUserAgent("belay"))
	if err != nil {
		return fmt.Errorf("%s %s: %w", op, what, err)
	}
	resp, err := f(c, gitlab.WithContext(callCtx))
	if err == nil {
		return nil
	}
	failed := failure{
		op: op, what: what + " in " + g.project, err: err, said: saidByGitLab,
		forbidden: "Give belay a token with the scope `api`, whose role is Developer or higher, as BELAY_PR_TOKEN; the job's own token can't open merge requests",
		notFound:  "GitLab says so too when the token may not see the project: check both",
	}
	if resp != nil {
		failed.resp = resp.Response
	}
	return failed.as(ctx)
}

// saidByGitLab reduces the library's errors to GitLab's own words, in one line.
func saidByGitLab(err error) error {
	var refused *gitlab.ErrorResponse
	if !errors.As(err, &refused) {
		return err
	}
	return errors.New(strings.TrimRight(shorten(oneLine(cmp.Or(refused.Message, "no reason given")), 500), ". "))
}

// Find returns the merge requests from head into base in every state, newest first. It fails as [GitHub.Find] does.
func (g *GitLab) Find(ctx context.Context, head, base string) (found []PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		found, err = g.list(ctx, head, base)
		return err
	})
	return found, err
}

func (g *GitLab) list(ctx context.Context, head, base string) ([]PullRequest, error) {
	opts := &gitlab.ListProjectMergeRequestsOptions{
		SourceBranch: &head, TargetBranch: &base, OrderBy: gitlab.Ptr("created_at"), Sort: gitlab.Ptr("desc"),
		ListOptions: gitlab.ListOptions{PerPage: 100, Page: 1},
	}
	var found []PullRequest
	for opts.Page != 0 {
		err := g.call(ctx, "find merge requests of", head+" into "+base, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			page, resp, err := c.MergeRequests.ListProjectMergeRequests(g.project, opts, o)
			if err != nil {
				return resp, err
			}
			for _, m := range page {
				if m.SourceProjectID == m.TargetProjectID { // a fork may have a branch of that name
					found = append(found, fromGitLab(m))
				}
			}
			opts.Page = resp.NextPage
			return resp, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Open does as [GitHub.Open] does.
func (g *GitLab) Open(ctx context.Context, n NewPullRequest) (pr PullRequest, created bool, err error) {
	return openOn(ctx, g, n)
}

func (g *GitLab) create(ctx context.Context, n NewPullRequest) (PullRequest, bool, error) {
	title := n.Title
	if n.Draft {
		title = gitlabDraft + title
	}
	var made PullRequest
	refused := g.call(ctx, "open merge request", n.String(), func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
		m, resp, err := c.MergeRequests.CreateMergeRequest(g.project, &gitlab.CreateMergeRequestOptions{
			SourceBranch: &n.Head, TargetBranch: &n.Base, Title: gitlab.Ptr(shorten(title, maxTitle)), Description: &n.Body, Labels: labelOptions(n.Labels),
		}, o)
		if err == nil {
			made = fromGitLab(&m.BasicMergeRequest)
		}
		return resp, err
	})
	if refused == nil {
		return made, true, nil
	}
	var failed *Error
	if errors.As(refused, &failed) && failed.Status == http.StatusConflict { // of which "already exists" is one reason
		return lookAgain(ctx, g, n, refused)
	}
	return PullRequest{}, false, refused
}

func labelOptions(names []string) *gitlab.LabelOptions {
	if len(names) == 0 {
		return nil
	}
	labels := gitlab.LabelOptions(names)
	return &labels
}

// gitlabDraft begins the title of a draft.
const gitlabDraft = "Draft: "

func fromGitLab(m *gitlab.BasicMergeRequest) PullRequest {
	pr := PullRequest{
		Number: int(m.IID), URL: m.WebURL, State: m.State, Head: m.SourceBranch, Base: m.TargetBranch, HeadSHA: m.SHA,
		Title: m.Title, Body: m.Description, Labels: m.Labels, Reviewers: usernames(m.Reviewers), Assignees: usernames(m.Assignees),
		Draft: m.Draft, AutoMerge: m.MergeWhenPipelineSucceeds,
	}
	switch m.State {
	case "opened", "locked": // locked: it is being merged
		pr.State = "open"
	case "merged": // fast-forward leaves no merge commit
		pr.MergeSHA = cmp.Or(m.MergeCommitSHA, m.SquashCommitSHA, m.SHA)
	}
	if m.Draft {
		pr.Title = strings.TrimPrefix(pr.Title, gitlabDraft)
	}
	return pr
}

func usernames(users []*gitlab.BasicUser) []string {
	var names []string
	for _, u := range users {
		names = append(names, u.Username)
	}
	return names
}

// CompareURL is the page on which a person can open the merge request by hand.
func (g *GitLab) CompareURL(base, head string) string {
	query := url.Values{"merge_request[source_branch]": {head}, "merge_request[target_branch]": {base}}
	return g.page("merge_requests", "new") + "?" + query.Encode()
}

// CommitURL is a commit's page.
func (g *GitLab) CommitURL(id string) string { return g.page("commit", id) }

// RunURL is the page of a pipeline.
func (g *GitLab) RunURL(id string) string { return g.page("pipelines", id) }

func (g *GitLab) page(kind, name string) string {
	return fmt.Sprintf("%s/%s/-/%s/%s", g.server, segments(g.project), kind, segments(name))
}

// MaxBody is the longest text a merge request may have, in characters: a megabyte.
// https://docs.gitlab.com/administration/instance_limits/#size-of-commit-titles-and-descriptions
func (g *GitLab) MaxBody() int { return 1 << 20 }
