package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"
)

// GitHubOptions says which repository on which GitHub, and with which token.
type GitHubOptions struct {
	APIURL     string       // as GITHUB_API_URL; empty: https://api.github.com, or https://HOST/api/v3 on Enterprise Server
	ServerURL  string       // as GITHUB_SERVER_URL: https://github.com
	Repository string       // owner/name
	Token      string       // sent to APIURL's host alone; empty sends none
	HTTP       *http.Client // nil: Go's default. Its redirect policy is replaced
}

// GitHub is one repository's pull requests on GitHub or GitHub Enterprise Server.
type GitHub struct {
	owner, name string
	api, server *url.URL // api ends with a slash, server does not
	http        *http.Client
}

// NewGitHub checks the addresses and the repository's name. It makes no request.
func NewGitHub(o GitHubOptions) (*GitHub, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("use GitHub: repository %q is not owner/name", o.Repository)
	}
	server, err := webAddress(o.ServerURL)
	if err != nil {
		return nil, fmt.Errorf("use GitHub: read the server's address: %w", err)
	}
	api, err := webAddress(cmp.Or(o.APIURL, apiOf(server)))
	if err != nil {
		return nil, fmt.Errorf("use GitHub: read the API's address: %w", err)
	}
	return &GitHub{owner: owner, name: name, api: api.JoinPath("/"), server: server, http: confined(o.HTTP, api, o.Token)}, nil
}

// apiOf is where the API of a server is.
func apiOf(server *url.URL) string {
	if server.Host == "github.com" {
		return "https://api.github.com"
	}
	return server.JoinPath("api/v3").String()
}

func webAddress(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		return nil, err
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%q is not an http(s) address", u.Redacted())
	}
	return u, nil
}

// client is new for every try: go-github remembers rate limits and would refuse by this machine's clock, which may be wrong.
func (g *GitHub) client() *github.Client {
	c := github.NewClient(g.http)
	c.BaseURL = g.api
	c.UserAgent = "belay"
	return c
}

// Find returns the pull requests from head into base in every state, newest first. head and base are branches
// of this repository. It fails with an [*Error], or with ctx's cause when ctx ended.
func (g *GitHub) Find(ctx context.Context, head, base string) ([]PullRequest, error) {
	var found []PullRequest
	err := persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		found, err = g.list(ctx, head, base)
		return err
	})
	return found, err
}

func (g *GitHub) list(ctx context.Context, head, base string) ([]PullRequest, error) {
	opts := &github.PullRequestListOptions{
		State: "all", Head: g.owner + ":" + head, Base: base,
		Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 100},
	}
	var found []PullRequest
	for {
		callCtx, cancel := context.WithTimeout(ctx, callTimeout)
		page, resp, err := g.client().PullRequests.List(callCtx, g.owner, g.name, opts)
		cancel()
		if err != nil {
			return nil, g.failure(ctx, "find pull requests of", head+" into "+base, resp, err)
		}
		for _, p := range page {
			// The forge's filter lets through a head of the same name in a fork under the same owner.
			own := p.GetHead().GetRepo().GetFullName() == p.GetBase().GetRepo().GetFullName()
			if own && p.GetHead().GetRef() == head && p.GetBase().GetRef() == base {
				found = append(found, fromGitHub(p))
			}
		}
		if resp.NextPage == 0 {
			return found, nil
		}
		opts.Page = resp.NextPage
	}
}

// Open returns the pull request for n. An open one of the same two branches is adopted; a closed or merged one
// is respected and returned as it is, unless n says again; only then one is made. created reports that the
// forge confirmed to us that it was made just now: one that is found after its answer was lost counts as adopted.
//
// Labels and assignees that an open one lacks are added afterwards, and reviewers are asked where this call made it:
// on an older one they may have answered already. Where that fails, the pull request's Warning says so.
// Open fails with an [*Error], or with ctx's cause when ctx ended. After forge.unavailable the pull request
// may exist all the same; opening it again finds it.
func (g *GitHub) Open(ctx context.Context, n NewPullRequest) (pr PullRequest, created bool, err error) {
	return openOn(ctx, g, n)
}

// open looks, and creates only when it finds nothing. As the look is a part of every try, a create whose answer
// was lost is found by the next one and not repeated.
func (g *GitHub) create(ctx context.Context, n NewPullRequest) (PullRequest, bool, error) {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	made, resp, err := g.client().PullRequests.Create(callCtx, g.owner, g.name, &github.NewPullRequest{
		Head: &n.Head, Base: &n.Base, Title: &n.Title, Body: &n.Body, Draft: &n.Draft,
	})
	if err == nil {
		return fromGitHub(made), true, nil
	}
	refused := g.failure(ctx, "open pull request", n.String(), resp, err)
	if resp != nil && resp.StatusCode == http.StatusUnprocessableEntity { // of which "already exists" is one reason
		return lookAgain(ctx, g, n, refused)
	}
	return PullRequest{}, false, refused
}

func fromGitHub(p *github.PullRequest) PullRequest {
	state := p.GetState()
	if p.MergedAt != nil {
		state = "merged"
	}
	return PullRequest{
		Number: p.GetNumber(), URL: p.GetHTMLURL(), State: state,
		Head: p.GetHead().GetRef(), Base: p.GetBase().GetRef(),
		HeadSHA: p.GetHead().GetSHA(), MergeSHA: mergeCommit(p), Title: p.GetTitle(), Body: p.GetBody(),
		Labels: labelNames(p.Labels), Reviewers: reviewerNames(p), Assignees: logins(p.Assignees),
		Draft: p.GetDraft(), AutoMerge: p.AutoMerge != nil,
	}
}

// mergeCommit is the commit a merged pull request became. GitHub shows a trial merge there while one is open.
func mergeCommit(p *github.PullRequest) string {
	if p.MergedAt == nil {
		return ""
	}
	return p.GetMergeCommitSHA()
}

// CompareURL is the page on which a person can open the pull request by hand.
func (g *GitHub) CompareURL(base, head string) string {
	return g.page("compare", base+"..."+head) + "?expand=1"
}

// CommitURL is a commit's page.
func (g *GitHub) CommitURL(id string) string { return g.page("commit", id) }

// RunURL is the page of a workflow run.
func (g *GitHub) RunURL(id string) string { return g.page("actions/runs", id) }

func (g *GitHub) page(kind, name string) string {
	return fmt.Sprintf("%s/%s/%s/%s/%s", g.server, g.owner, g.name, kind, segments(name))
}

// segments escapes everything but the slashes, which forges want as they are in branch names.
func segments(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// MaxBody is the longest text a pull request may have, in characters.
func (g *GitHub) MaxBody() int { return maxBody }
