package runner

import (
	"context"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner/report"
)

// viaPush is `rollback: { via: push }`.
const viaPush = "push"

// pushRevert lands the reverts on the branch itself, as a land step lands a change.
func (c *conductor) pushRevert(ctx context.Context, l landed, t target, r report.Rollback, reversal gitops.Reversal) report.Rollback {
	r.Branch = l.branch
	back := landing{branch: l.branch, change: reversal.Change(), request: gitops.LandRequest{
		Branch: l.branch, Identity: c.rollbackIdentity(l, t), Since: gitops.ID(c.job.Facts.Commit), Committer: belayPerson(),
	}}
	if _, err := c.race(ctx, report.Step{ID: "rollback"}, &back); err != nil {
		return c.refused(r, rollbackFailed, err)
	}
	r.Outcome = rollbackPushed
	return r
}
