package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/report"
)

// noteTime bounds what leaving a note may take at the end of a job.
const noteTime = 10 * time.Second

// noteSize is how much of a summary a note holds, in bytes: it is read between other people's.
const noteSize = 16 << 10

// noter is a forge on which a note can be kept up to date.
type noter interface {
	Note(ctx context.Context, number int, n forge.Note) error
}

// note leaves the run's summary on the merge request that the job checks: one note for each of the request's jobs, which the
// job's next run writes over. A run that simply succeeded makes none, since it says so by its green mark, but one that
// told of a failure does not stay. A cancelled one has no time. Without a token that may comment, which a job's own may
// not, there is no forge, and no note.
func (a app) note(ctx context.Context, job runner.Job, r report.Report) error {
	forges, ok := job.Forge.(noter)
	if job.Facts.Review == 0 || !ok || ctx.Err() != nil || job.Facts.Untrusted {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	number, _, _ := strings.Cut(job.Facts.RunID, ".") // a run that was asked for here has the pipeline's, and its own after that
	pipeline, _ := strconv.Atoi(number)
	err := forges.Note(ctx, job.Facts.Review, forge.Note{
		Text: report.Note(r, noteSize), Mark: "report of " + job.Facts.Job, Run: pipeline,
		Only: r.Result == report.Success && !r.Recovered && len(r.Landed()) == 0,
	})
	if err != nil {
		return fmt.Errorf("leave a note on the merge request: %w", err)
	}
	return nil
}
