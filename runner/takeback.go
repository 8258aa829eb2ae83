package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner/report"
)

// Wish is what a person asks to be rolled back. One of Run, Commit and Stage is set.
type Wish struct {
	Branch string
	Run    string   // a run's id: what it landed on the branch
	Commit string   // a commit's hash, or its first digits
	Stage  string   // bring Paths back to this stage's last good commit
	Paths  []string // for Stage
	Act    bool     // false: say what would be done, and change nothing
}

// planned is the outcome of a wish that is only looked at.
const planned = "planned"

// TakeBack does what a rollback does, for a person: the same merge, the same branch, one pull request. An age limit, or that
// a person closed an earlier pull request, is no reason to refuse a person. An error means that there is nothing of the
// kind to roll back; what went wrong later is in the rollback's outcome.
func TakeBack(ctx context.Context, job Job, w Wish) (report.Rollback, error) {
	c := newConductor(job, time.Now())
	c.wish = &w
	if job.Repository == nil {
		return report.Rollback{}, job.NoRepository
	}
	l, t, err := c.wished(ctx, w)
	if err != nil {
		return report.Rollback{}, err
	}
	r := c.rollbackOf(l, t)
	if !w.Act {
		return c.planned(ctx, l, t, r), nil
	}
	return c.takeBack(ctx, progress{}, l, t, r), nil
}

// wished finds what the wish is about.
func (c *conductor) wished(ctx context.Context, w Wish) (landed, target, error) {
	l := landed{branch: w.Branch, paths: w.Paths, at: time.Now()}
	var err error
	switch {
	case w.Stage != "":
		good, err := c.job.Repository.Good(ctx, w.Stage)
		if err == nil && good.Commit == "" {
			err = fmt.Errorf("no run of the stage %s has succeeded yet: there is nothing to go back to; `belay stage list` shows the stages", w.Stage)
		}
		return l, target{good: good, restore: true}, err
	case w.Run != "":
		l.commits, err = c.job.Repository.Landed(ctx, w.Branch, w.Run)
		if err == nil && len(l.commits) == 0 {
			err = fmt.Errorf("run %s has nothing on %s that stands: it landed nothing there, was reverted already, or lies more than a thousand commits back", w.Run, w.Branch)
		}
	case w.Commit != "":
		var commit gitops.Commit
		commit, err = c.job.Repository.FindCommit(ctx, w.Branch, w.Commit)
		l.commits = []gitops.Commit{commit}
	default:
		err = errors.New("what is to be rolled back?")
	}
	return l, target{}, err
}

// planned says what a rollback would do.
func (c *conductor) planned(ctx context.Context, l landed, t target, r report.Rollback) report.Rollback {
	reversal, err := c.reverse(ctx, l, t)
	r, done := c.built(r, l, t, reversal, err)
	if !done {
		r.Outcome, r.Title = planned, c.rollbackTitle(progress{}, l, t)
		r.Paths = reversal.Paths
	}
	return r
}
