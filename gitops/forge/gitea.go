package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.gitea.io/sdk/gitea"
)

// GiteaOptions says which repository on which Gitea or Forgejo, and with which token.
type GiteaOptions struct {
	ServerURL  string       // https://gitea.example, with the path under which Gitea is, if any; the API is at /api/v1 below
	Repository string       // owner/name
	Token      string       // sent to ServerURL's host alone; empty sends none
	HTTP       *http.Client // nil: Go's default. Its redirect policy is replaced
}

// Gitea is one repository's pull requests on Gitea or Forgejo, whose API is the same as far as belay uses it.
type Gitea struct {
	owner, name string
	server      *url.URL // without a slash at the end
	http        *http.Client
}

// NewGitea checks the address and the repository's name. It makes no request.
func NewGitea(o GiteaOptions) (*Gitea, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("use Gitea: repository %q is not owner/name", o.Repository)
	}
	server, err := webAddress(o.ServerURL)
	if err != nil {
		return nil, fmt.Errorf("use Gitea: read the server's address: %w", err)
	}
	return &Gitea{owner: owner, name: name, server: server, http: confined(o.HTTP, server, o.Token)}, nil
}

// client is new for every call: the context is a part of it. It does not ask for the server's version first.
func (g *Gitea) client(ctx context.Context) (*gitea.Client, *refusal) {
	said := &refusal{next: g.http.Transport}
	listening := *g.http
	listening.Transport = said
	c, err := gitea.NewClient(g.server.String(), gitea.SetHTTPClient(&listening), gitea.SetContext(ctx), gitea.SetUserAgent("belay"), gitea.SetGiteaVersion(""))
	if err != nil {
		panic(fmt.Sprintf("gitea's client asked the server's version: %v", err)) // it has no other reason to fail
	}
	return c, said
}

// call makes one call, bounded in time.
func (g *Gitea) call(ctx context.Context, op, what string, f func(c *gitea.Client) (*gitea.Response, error)) error {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	c, said := g.client(callCtx)
	resp, err := f(c)
	if err == nil && resp != nil && resp.StatusCode >= 300 {
		err = errors.New("no reason given") // the SDK drops the words of some refusals
	}
	if err == nil {
		return nil
	}
	return g.failure(ctx, op, what, resp, said.words(err))
}

func (g *Gitea) failure(ctx context.Context, op, what string, resp *gitea.Response, err error) error {
	f := failure{
		op: op, what: what + " in " + g.owner + "/" + g.name, err: err, said: func(err error) error { return err },
		forbidden: "Give the token the scopes write:repository and write:issue, and its owner write access to the repository",
		notFound:  "Gitea says so too when the token may not see the repository: check both",
	}
	if resp != nil {
		f.resp = resp.Response
	}
	return f.as(ctx)
}

// Find returns the pull requests from head into base in every state, newest first. It fails as [GitHub.Find] does.
func (g *Gitea) Find(ctx context.Context, head, base string) (found []PullRequest, err error) {
	err = persist(ctx, time.Now(), func(ctx context.Context) (err error) {
		found, err = g.list(ctx, head, base)
		return err
	})
	return found, err
}

// list asks first whether there is any, which Gitea answers at once: it can't filter its list by branches.
func (g *Gitea) list(ctx context.Context, head, base string) ([]PullRequest, error) {
	const op = "find pull requests of"
	if !strings.Contains(base, "/") { // Gitea takes a slash for the head's beginning
		var none bool
		err := g.call(ctx, op, head+" into "+base, func(c *gitea.Client) (*gitea.Response, error) {
			_, resp, err := c.GetPullRequestByBaseHead(g.owner, g.name, base, head)
			if none = resp != nil && resp.StatusCode == http.StatusNotFound; none {
				return nil, nil
			}
			return resp, err
		})
		if err != nil {
			return nil, err
		}
		if none {
			return nil, g.visible(ctx, op, head+" into "+base)
		}
	}
	var found []PullRequest
	for page := 1; page != 0; {
		var all []*gitea.PullRequest
		err := g.call(ctx, op, head+" into "+base, func(c *gitea.Client) (resp *gitea.Response, err error) {
			all, resp, err = c.ListRepoPullRequests(g.owner, g.name, gitea.ListPullRequestsOptions{
				State: gitea.StateAll, ListOptions: gitea.ListOptions{Page: page, PageSize: 50},
			})
			if err == nil {
				page = resp.NextPage
			}
			return resp, err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			own := p.Head != nil && p.Base != nil && p.Head.RepoID == p.Base.RepoID
			if own && p.Head.Name == head && p.Base.Name == base {
				found = append(found, fromGitea(p))
			}
		}
	}
	return found, nil
}

// visible fails where the repository can't be seen: a missing pull request and a missing repository look the same.
func (g *Gitea) visible(ctx context.Context, op, what string) error {
	return g.call(ctx, op, what, func(c *gitea.Client) (*gitea.Response, error) {
		_, resp, err := c.GetRepo(g.owner, g.name)
		return resp, err
	})
}

// Open does as [GitHub.Open] does. Two that open one at the same moment may both be let in by Gitea: then the later one
// is closed and the earlier one adopted.
func (g *Gitea) Open(ctx context.Context, n NewPullRequest) (pr PullRequest, created bool, err error) {
	return openOn(ctx, g, n)
}

func (g *Gitea) create(ctx context.Context, n NewPullRequest) (PullRequest, bool, error) {
	title := n.Title
	if n.Draft {
		title = giteaDraft + title
	}
	var made *gitea.PullRequest
	err := g.call(ctx, "open pull request", n.String(), func(c *gitea.Client) (resp *gitea.Response, err error) {
		made, resp, err = c.CreatePullRequest(g.owner, g.name, gitea.CreatePullRequestOption{Head: n.Head, Base: n.Base, Title: shorten(title, maxTitle), Body: n.Body})
		return resp, err
	})
	all, failed := g.list(ctx, n.Head, n.Base)
	if failed != nil {
		return PullRequest{}, false, errors.Join(err, failed)
	}
	pr, ok := standing(earliestOpen(all), n)
	switch {
	case err != nil && !ok:
		return PullRequest{}, false, err
	case err != nil || pr.Number == int(made.Index):
		return pr, err == nil, nil
	}
	return pr, false, g.withdraw(ctx, int(made.Index), pr)
}

// withdraw closes our own pull request in favour of one that was opened at the same moment, and says so there.
func (g *Gitea) withdraw(ctx context.Context, number int, stays PullRequest) error {
	if _, err := g.close(ctx, number); err != nil {
		return err
	}
	return g.call(ctx, "comment on pull request", fmt.Sprintf("#%d", number), func(c *gitea.Client) (*gitea.Response, error) {
		_, resp, err := c.CreateIssueComment(g.owner, g.name, int64(number), gitea.CreateIssueCommentOption{
			Body: fmt.Sprintf("Opened at the same moment as #%d, which stays.", stays.Number),
		})
		return resp, err
	})
}

// earliestOpen leaves of several open ones the first.
func earliestOpen(all []PullRequest) []PullRequest {
	var left []PullRequest
	for i, p := range all { // newest first
		later := false
		for _, other := range all[i+1:] {
			later = later || other.State == "open"
		}
		if p.State != "open" || !later {
			left = append(left, p)
		}
	}
	return left
}

// giteaDraft begins the title of a draft, unless the server's WORK_IN_PROGRESS_PREFIXES say otherwise.
const giteaDraft = "WIP: "

func fromGitea(p *gitea.PullRequest) PullRequest {
	pr := PullRequest{
		Number: int(p.Index), URL: p.HTMLURL, State: string(p.State), Head: p.Head.Name, Base: p.Base.Name, HeadSHA: p.Head.Sha,
		Title: p.Title, Body: p.Body, Draft: p.Draft,
	}
	if p.HasMerged {
		pr.State = "merged"
		if p.MergedCommitID != nil {
			pr.MergeSHA = *p.MergedCommitID
		}
	}
	if p.Draft {
		pr.Title = strings.TrimPrefix(pr.Title, giteaDraft)
	}
	for _, label := range p.Labels {
		pr.Labels = append(pr.Labels, label.Name)
	}
	for _, user := range p.RequestedReviewers {
		pr.Reviewers = append(pr.Reviewers, user.UserName)
	}
	for _, team := range p.RequestedReviewersTeams {
		pr.Reviewers = append(pr.Reviewers, p.Base.Repository.Owner.UserName+"/"+team.Name)
	}
	for _, user := range p.Assignees {
		pr.Assignees = append(pr.Assignees, user.UserName)
	}
	return pr
}

// CompareURL is the page on which a person can open the pull request by hand.
func (g *Gitea) CompareURL(base, head string) string { return g.page("compare", base+"..."+head) }

// CommitURL is a commit's page.
func (g *Gitea) CommitURL(id string) string { return g.page("commit", id) }

// RunURL is the page of a workflow run.
func (g *Gitea) RunURL(id string) string { return g.page("actions/runs", id) }

func (g *Gitea) page(kind, name string) string {
	return fmt.Sprintf("%s/%s/%s/%s/%s", g.server, g.owner, g.name, kind, segments(name))
}

// MaxBody is the longest text of a pull request, in characters. Gitea has no limit of its own: GitHub's is long enough.
func (g *Gitea) MaxBody() int { return maxBody }
