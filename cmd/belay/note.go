package main

import (
	"context"
	"fmt"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/report"
)

// noteTime bounds what leaving a note may take at the end of a job.
const noteTime = 10 * time.Second

// noteSize is how much of a summary a note holds, in bytes: it is read between other people's.
const noteSize = 16 << 10

// commenter is a forge on which one can comment, once for each mark.
type commenter interface {
	Comment(ctx context.Context, number int, c forge.Comment) error
}

// note leaves the run's summary on the merge request that the job checks, where there is something to tell: a run that
// simply succeeded says so by its green mark. A cancelled one has no time. Without a token that may comment, which a job's
// own may not, there is no forge, and no note.
func (a app) note(ctx context.Context, job runner.Job, r report.Report) error {
	forges, ok := job.Forge.(commenter)
	quiet := r.Result == report.Success && !r.Recovered && len(r.Landed()) == 0
	if job.Facts.Review == 0 || !ok || quiet || ctx.Err() != nil || job.Facts.Untrusted {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	err := forges.Comment(ctx, job.Facts.Review, forge.Comment{
		Text: report.MarkdownWithin(r, noteSize), Mark: fmt.Sprintf("report of %s in %s", job.Facts.Job, r.Run.ID),
	})
	if err != nil {
		return fmt.Errorf("leave a note on the merge request: %w", err)
	}
	return nil
}
