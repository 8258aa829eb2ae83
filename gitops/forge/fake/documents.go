package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// documents writes GitHub's JSON documents, with every property that GitHub's description of its API requires.
type documents struct {
	repo     string // owner/name
	api, web string // addresses without a slash at the end
	tip      func(branch string) string
}

func (g *GitHub) documents(r *http.Request) documents {
	api := "http://" + r.Host
	if r.TLS != nil {
		api = "https://" + r.Host
	}
	web := strings.TrimSuffix(g.opts.WebURL, "/")
	if web == "" {
		web = api
	}
	return documents{repo: g.opts.Repository, api: api, web: web, tip: g.tip}
}

type object = map[string]any

func (d documents) repoURL() string        { return d.api + "/repos/" + d.repo }
func (d documents) pullURL(p *pull) string { return fmt.Sprintf("%s/pulls/%d", d.repoURL(), p.Number) }

func (d documents) pull(p *pull) object {
	url, issue := d.pullURL(p), fmt.Sprintf("%s/issues/%d", d.repoURL(), p.Number)
	page := fmt.Sprintf("%s/%s/pull/%d", d.web, d.repo, p.Number)
	state, merged := p.State, p.State == "merged"
	if merged {
		state = "closed"
	}
	links := object{}
	for name, address := range map[string]string{
		"self": url, "html": page, "issue": issue, "comments": issue + "/comments", "review_comments": url + "/comments",
		"review_comment": d.repoURL() + "/pulls/comments{/number}", "commits": url + "/commits",
		"statuses": d.repoURL() + "/statuses/" + d.tip(p.Head),
	} {
		links[name] = object{"href": address}
	}
	return object{
		"id": p.Number, "node_id": fmt.Sprintf("PR_%d", p.Number), "number": p.Number, "url": url, "html_url": page,
		"diff_url": page + ".diff", "patch_url": page + ".patch", "issue_url": issue,
		"commits_url": url + "/commits", "comments_url": issue + "/comments", "review_comments_url": url + "/comments",
		"review_comment_url": d.repoURL() + "/pulls/comments{/number}",
		"statuses_url":       d.repoURL() + "/statuses/" + d.tip(p.Head),
		"state":              state, "locked": false, "draft": p.Draft, "title": p.Title, "body": orNull(p.Body, p.Body == ""),
		"user": d.user("github-actions[bot]", "Bot"), "author_association": "CONTRIBUTOR",
		"labels": d.labels(p), "milestone": nil, "assignee": nil, "assignees": d.users(p.Assignees),
		"requested_reviewers": d.users(people(p.Reviewers)), "requested_teams": d.teams(p.Reviewers),
		"created_at": p.created, "updated_at": p.updated,
		"closed_at": orNull(p.ended, p.State == "open"), "merged_at": orNull(p.ended, !merged),
		"merge_commit_sha": orNull(p.MergedAs, !merged),
		"head":             d.head(p), "base": d.branch(p.Base), "_links": links,
		"auto_merge": d.autoMerge(p), "merged": merged, "merged_by": nil,
		"mergeable": orNull(p.mergeableState() != "dirty", p.mergeableState() == "unknown"), "mergeable_state": p.mergeableState(),
		"maintainer_can_modify": false, "comments": 0, "review_comments": 0,
		"commits": 1, "additions": 1, "deletions": 1, "changed_files": 1,
	}
}

// autoMerge is how the pull request is merged once it may be.
func (d documents) autoMerge(p *pull) any {
	if p.AutoMerge == "" {
		return nil
	}
	return object{"enabled_by": d.user("github-actions[bot]", "Bot"), "merge_method": p.AutoMerge, "commit_title": "", "commit_message": ""}
}

func (d documents) users(names []string) []any {
	users := []any{}
	for _, name := range names {
		users = append(users, d.user(name, "User"))
	}
	return users
}

// people are the reviewers that are no teams.
func people(reviewers []string) []string {
	return slices.DeleteFunc(slices.Clone(reviewers), func(name string) bool { return strings.HasPrefix(name, "/") })
}

func (d documents) teams(reviewers []string) []any {
	teams := []any{}
	owner, _, _ := strings.Cut(d.repo, "/")
	for _, name := range reviewers {
		slug, ok := strings.CutPrefix(name, "/")
		if !ok {
			continue
		}
		url := d.api + "/organizations/1/team/1"
		teams = append(teams, object{
			"id": 1, "node_id": "T_1", "url": url, "members_url": url + "/members{/member}", "repositories_url": url + "/repos",
			"name": slug, "slug": slug, "description": nil, "permission": "push", "privacy": "closed", "notification_setting": "notifications_enabled",
			"html_url": d.web + "/orgs/" + owner + "/teams/" + slug, "parent": nil, "type": "organization", "organization_id": 1,
		})
	}
	return teams
}

// issue is the pull request as the issue that it is too.
func (d documents) issue(p *pull) object {
	url := fmt.Sprintf("%s/issues/%d", d.repoURL(), p.Number)
	state := "open"
	if p.State != "open" {
		state = "closed"
	}
	return object{
		"id": p.Number, "node_id": fmt.Sprintf("PR_%d", p.Number), "number": p.Number, "url": url, "repository_url": d.repoURL(),
		"labels_url": url + "/labels{/name}", "comments_url": url + "/comments", "events_url": url + "/events",
		"html_url": fmt.Sprintf("%s/%s/pull/%d", d.web, d.repo, p.Number),
		"state":    state, "title": p.Title, "body": orNull(p.Body, p.Body == ""), "user": d.user("github-actions[bot]", "Bot"),
		"labels": d.labels(p), "assignee": nil, "assignees": d.users(p.Assignees), "milestone": nil, "locked": false,
		"comments": len(p.Comments), "created_at": p.created, "updated_at": p.updated, "closed_at": orNull(p.ended, p.State == "open"),
		"author_association": "CONTRIBUTOR",
	}
}

func (d documents) comment(p *pull, i int, text string) object {
	id := p.Number*1000 + i
	return object{
		"id": id, "node_id": fmt.Sprintf("IC_%d", id), "url": fmt.Sprintf("%s/issues/comments/%d", d.repoURL(), id),
		"html_url":  fmt.Sprintf("%s/%s/pull/%d#issuecomment-%d", d.web, d.repo, p.Number, id),
		"issue_url": fmt.Sprintf("%s/issues/%d", d.repoURL(), p.Number), "body": text, "user": d.user("github-actions[bot]", "Bot"),
		"created_at": p.created, "updated_at": p.updated, "author_association": "CONTRIBUTOR", "performed_via_github_app": nil,
	}
}

func orNull(value any, null bool) any {
	if null {
		return nil
	}
	return value
}

func (d documents) head(p *pull) object {
	head := d.branch(p.Head)
	if p.lastHead != "" {
		head["sha"] = p.lastHead
	}
	return head
}

func (d documents) branch(name string) object {
	owner, _, _ := strings.Cut(d.repo, "/")
	return object{
		"label": owner + ":" + name, "ref": name, "sha": d.tip(name),
		"user": d.user(owner, "Organization"), "repo": d.repository(),
	}
}

func (d documents) labels(p *pull) []any {
	labels := []any{}
	for i, name := range p.Labels {
		labels = append(labels, object{
			"id": i + 1, "node_id": fmt.Sprintf("LA_%d", i+1), "url": d.repoURL() + "/labels/" + name,
			"name": name, "color": "ededed", "default": false, "description": "",
		})
	}
	return labels
}

func (d documents) user(login, kind string) object {
	u := object{
		"login": login, "id": 1, "node_id": "U_1", "type": kind, "site_admin": false, "gravatar_id": "",
		"avatar_url": d.web + "/" + login + ".png", "html_url": d.web + "/" + login, "url": d.api + "/users/" + login,
	}
	for _, name := range []string{"followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events"} {
		u[name+"_url"] = d.api + "/users/" + login + "/" + name
	}
	return u
}

// repository has the properties of both of GitHub's schemas, the short and the full one.
func (d documents) repository() object {
	owner, name, _ := strings.Cut(d.repo, "/")
	repo := object{
		"id": 1, "node_id": "R_1", "name": name, "full_name": d.repo, "owner": d.user(owner, "Organization"),
		"private": false, "fork": false, "description": nil, "homepage": nil, "language": nil, "license": nil, "mirror_url": nil,
		"html_url": d.web + "/" + d.repo, "url": d.repoURL(), "default_branch": "main", "visibility": "public",
		"clone_url": d.web + "/" + d.repo + ".git", "svn_url": d.web + "/" + d.repo,
		"git_url": "git://example.invalid/" + d.repo + ".git", "ssh_url": "git@example.invalid:" + d.repo + ".git",
		"archived": false, "disabled": false, "has_issues": true, "has_projects": true, "has_wiki": true,
		"has_pages": false, "has_downloads": true, "has_discussions": false,
		"created_at": epoch, "updated_at": epoch, "pushed_at": epoch,
	}
	for _, count := range []string{"forks", "forks_count", "open_issues", "open_issues_count", "watchers", "watchers_count", "stargazers_count", "network_count", "subscribers_count", "size"} {
		repo[count] = 0
	}
	for _, name := range []string{
		"archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents",
		"contributors", "deployments", "downloads", "events", "forks", "git_commits", "git_refs", "git_tags", "hooks",
		"issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges", "milestones", "notifications",
		"pulls", "releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams", "trees",
	} {
		repo[name+"_url"] = d.repoURL() + "/" + strings.ReplaceAll(name, "_", "/")
	}
	return repo
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (d documents) ref(branch, tip string) object {
	return object{
		"ref": "refs/heads/" + branch, "node_id": "REF_1", "url": d.repoURL() + "/git/refs/heads/" + branch,
		"object": object{"type": "commit", "sha": tip, "url": d.repoURL() + "/git/commits/" + tip},
	}
}

func (d documents) comparison(base, head, baseTip, headTip string) object {
	basehead := base + "..." + head
	page := d.web + "/" + d.repo + "/compare/" + basehead
	status, commits := "identical", []any{}
	if baseTip != headTip {
		status, commits = "ahead", append(commits, d.commit(headTip))
	}
	return object{
		"url": d.repoURL() + "/compare/" + basehead, "html_url": page, "permalink_url": page,
		"diff_url": page + ".diff", "patch_url": page + ".patch",
		"base_commit": d.commit(baseTip), "merge_base_commit": d.commit(baseTip),
		"status": status, "ahead_by": len(commits), "behind_by": 0, "total_commits": len(commits),
		"commits": commits, "files": []any{},
	}
}

func (d documents) commit(id string) object {
	url := d.repoURL() + "/commits/" + id
	who := object{"name": "Ada", "email": "ada@example.invalid", "date": epoch}
	return object{
		"url": url, "sha": id, "node_id": "C_" + id, "html_url": d.web + "/" + d.repo + "/commit/" + id, "comments_url": url + "/comments",
		"commit": object{
			"url": d.repoURL() + "/git/commits/" + id, "message": "a commit", "comment_count": 0,
			"author": who, "committer": who, "tree": object{"sha": id, "url": d.repoURL() + "/git/trees/" + id},
		},
		"author": d.user("ada", "User"), "committer": d.user("ada", "User"), "parents": []any{},
	}
}
