package forge

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// Comment does as [GitHub.Comment] does.
func (g *GitLab) Comment(ctx context.Context, number int, c Comment) error {
	name := fmt.Sprintf("!%d", number)
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		there := false
		opts := &gitlab.ListMergeRequestNotesOptions{ListOptions: gitlab.ListOptions{PerPage: 100, Page: 1}}
		for opts.Page != 0 && !there {
			err := g.call(ctx, "read the comments of merge request", name, func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
				notes, resp, err := client.Notes.ListMergeRequestNotes(g.project, int64(number), opts, o)
				if err != nil {
					return resp, err
				}
				for _, note := range notes {
					there = there || strings.Contains(note.Body, c.sign())
				}
				opts.Page = resp.NextPage
				return resp, nil
			})
			if err != nil {
				return err
			}
		}
		if there {
			return nil
		}
		return g.call(ctx, "comment on merge request", name, func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			_, resp, err := client.Notes.CreateMergeRequestNote(g.project, int64(number), &gitlab.CreateMergeRequestNoteOptions{Body: gitlab.Ptr(c.marked())}, o)
			return resp, err
		})
	})
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
