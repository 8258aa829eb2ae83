package forge

import (
	"context"
	"fmt"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// Note writes a note on a merge request, over the one with the same mark if there is one. Only a note of the token's own
// user counts: what another wrote is theirs, whatever mark it has. A note whose answer was lost is found again, and not
// made a second time.
func (g *GitLab) Note(ctx context.Context, number int, n Note) error {
	name := fmt.Sprintf("!%d", number)
	return persist(ctx, time.Now(), func(ctx context.Context) error {
		there, err := g.notesLike(ctx, number, n)
		if err != nil {
			return err
		}
		own, err := g.own(ctx, there)
		switch {
		case err != nil:
			return err
		case own != nil:
			run, _ := n.writtenBy(own.Body)
			if run > n.Run || own.Body == n.marked() {
				return nil
			}
			return g.call(ctx, "write the note on merge request", name, func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
				_, resp, err := client.Notes.UpdateMergeRequestNote(g.project, int64(number), own.ID, &gitlab.UpdateMergeRequestNoteOptions{Body: gitlab.Ptr(n.marked())}, o)
				return resp, err
			})
		case n.Only:
			return nil
		}
		return g.call(ctx, "comment on merge request", name, func(client *gitlab.Client, o gitlab.RequestOptionFunc) (*gitlab.Response, error) {
			_, resp, err := client.Notes.CreateMergeRequestNote(g.project, int64(number), &gitlab.CreateMergeRequestNoteOptions{Body: gitlab.Ptr(n.marked())}, o)
			return resp, err
		})
	})
}

// notesLike lists the notes that have n's mark, oldest first, whoever wrote them.
func (g *GitLab) notesLike(ctx context.Context, number int, n Note) ([]*gitlab.Note, error) {
	var found []*gitlab.Note
	err := g.eachNote(ctx, number, func(note *gitlab.Note) {
		if _, ok := n.writtenBy(note.Body); ok {
			found = append(found, note)
		}
	})
	return found, err
}

// own picks the first that the token's user wrote, nil where there is none.
func (g *GitLab) own(ctx context.Context, notes []*gitlab.Note) (*gitlab.Note, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	var me *gitlab.User
	err := g.call(ctx, "read whose token it is,", "to write a note", func(client *gitlab.Client, o gitlab.RequestOptionFunc) (resp *gitlab.Response, err error) {
		me, resp, err = client.Users.CurrentUser(o)
		return resp, err
	})
	if err != nil {
		return nil, err
	}
	for _, note := range notes {
		if note.Author.ID == me.ID {
			return note, nil
		}
	}
	return nil, nil
}
