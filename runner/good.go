package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/runner/report"
)

// goodTries is how often a run tries to move its stage's last good commit while others move it.
const goodTries = 5

// remember moves the last good commit of the run's stage, once the run has succeeded with it. That it could not be
// moved is a warning: what the run is for is done.
func (c *conductor) remember(ctx context.Context, p progress) progress {
	stage := c.job.Steps.Stage
	if stage == "" || p.failed() || p.cancelled || c.job.IsRollback || c.job.Repository == nil {
		return p
	}
	commit := p.tested(c.job.Facts.Commit)
	if commit == "" {
		return p
	}
	moved, err := c.moveGood(ctx, stage, commit)
	if err != nil {
		c.show(report.Noted{Warning: true, Text: c.job.Masks.String(fmt.Sprintf("the stage %s keeps its earlier last good commit: %v", stage, err))})
		return p
	}
	p.good = &report.Good{Stage: stage, Commit: string(moved.At), Moved: moved.Moved}
	if moved.Newer {
		p.good.Why = "a later commit is good already"
	}
	c.rememberElsewhere(ctx, stage, p)
	return p
}

// rememberElsewhere moves the stage's last good commit in the other repositories that the run landed on: each has its own.
func (c *conductor) rememberElsewhere(ctx context.Context, stage string, p progress) {
	last := map[Elsewhere]gitops.ID{}
	for _, l := range p.byBranch() {
		if l.where != (Elsewhere{}) {
			last[l.where] = l.commits[len(l.commits)-1].Hash
		}
	}
	for where, commit := range last {
		there, err := c.at(ctx, where, c.values(p, nil, 0).Env)
		if err == nil && isOwn(there.job.Facts.RemoteURL, c.job.Facts.RemoteURL) {
			continue // the stage has one last good commit in a repository
		}
		if err == nil {
			_, err = there.moveGood(ctx, stage, commit)
		}
		if err != nil {
			c.show(report.Noted{Warning: true, Text: c.job.Masks.String(fmt.Sprintf("the stage %s keeps its earlier last good commit in %s: %v", stage, where.Checkout, err))})
		}
	}
}

func (c *conductor) moveGood(ctx context.Context, stage string, commit gitops.ID) (gitops.Moved, error) {
	var moved gitops.Moved
	err := retry.Do(ctx, func(ctx context.Context) error {
		var err error
		moved, err = c.job.Repository.MoveGood(ctx, stage, commit)
		if err == nil && moved.Raced {
			return errors.New("other runs of the stage moved it at the same moment, each time")
		}
		return err
	}, func(n int, err error) (time.Duration, bool) {
		var failure *gitops.Error
		again := moved.Raced || errors.As(err, &failure) && failure.Again
		return c.job.Policy.Land.Delay(n, c.job.Draw()), again && n < goodTries
	})
	return moved, err
}

// tested is the commit that a run which succeeded says is good: the last it has on a branch, or the tip it found its
// change on. A run that lands nothing has tested what it was started from.
func (p progress) tested(from string) gitops.ID {
	for i := len(p.landings) - 1; i >= 0; i-- {
		l := p.landings[i]
		if l.Repository != "" {
			continue
		}
		if n := len(l.Commits); n > 0 {
			return gitops.ID(l.Commits[n-1].Hash)
		}
		if l.Tip != "" {
			return gitops.ID(l.Tip)
		}
	}
	return gitops.ID(from)
}
