package forge

import (
	"context"
	"fmt"
	"net/http"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// Comment does as [GitHub.Comment] does.
func (g *GitLab) Comment(ctx context.Context, number int, c Comment) error {
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		there := false
		err := g.eachNote(ctx, number, func(note *gitlab.Note) { there = there || c.on(note.Body) })
		if err != nil || there {
			return err
		}
		return g.call(ctx, "comment on merge request", fmt.Sprintf("!%d", number), func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			_, resp, err := client.Notes.CreateMergeRequestNote(g.project, int64(number), &gitlab.CreateMergeRequestNoteOptions{Body: gitlab.Ptr(c.marked())}, o)
			return resp, err
		})
	})
}

// eachNote calls f with every note on a merge request, oldest first.
func (g *GitLab) eachNote(ctx context.Context, number int, f func(*gitlab.Note)) error {
	opts := &gitlab.ListMergeRequestNotesOptions{
		OrderBy: gitlab.Ptr("created_at"), Sort: gitlab.Ptr("asc"), ListOptions: gitlab.ListOptions{PerPage: 100, Page: 1},
	}
	for opts.Page != 0 {
		err := g.call(ctx, "read the comments of merge request", fmt.Sprintf("!%d", number), func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			page, resp, err := client.Notes.ListMergeRequestNotes(g.project, int64(number), opts, o)
			if err != nil {
				return resp, err
			}
			for _, note := range page {
				f(note)
			}
			opts.Page = resp.NextPage
			return resp, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// MayOpen does as [GitHub.MayOpen] does: GitLab refuses a merge request from a branch into itself as a conflict.
func (g *GitLab) MayOpen(ctx context.Context, base string) error {
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		err := g.call(ctx, "open merge request", "into "+base, func(c *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			_, resp, err := c.MergeRequests.CreateMergeRequest(g.project, &gitlab.CreateMergeRequestOptions{
				SourceBranch: &base, TargetBranch: &base, Title: gitlab.Ptr("belay asks whether it may open a merge request"),
			}, o)
			return resp, err
		})
		return allowed(err, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusBadRequest)
	})
}
