package runner

import (
	"context"
	"errors"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner/report"
)

// viaPush is `rollback: { via: push }`.
const viaPush = "push"

// pushRevert lands the reverts on the branch itself, as a land step lands a change.
func (c *conductor) pushRevert(ctx context.Context, l landed, t target, r report.Rollback, reversal gitops.Reversal) report.Rollback {
	if unverified(r.Verified) {
		return c.refused(r, rollbackRefused, errors.New("the verification failed on the reverted files, so they are not pushed; see above, or use `via: pull-request`"))
	}
	proposed := r
	r.Branch = l.branch
	back := landing{branch: l.branch, change: reversal.Change(), request: gitops.LandRequest{
		Branch: l.branch, Identity: c.rollbackIdentity(l, t), Since: gitops.ID(c.job.Facts.Commit), Earlier: c.job.Facts.Earlier, Committer: belayPerson(),
		ByKey: c.job.Policy.Land.StructuredMerge,
	}}
	if _, err := c.race(ctx, report.Step{ID: "rollback"}, &back); err != nil {
		return c.refused(proposed, rollbackFailed, err)
	}
	r.Outcome = rollbackPushed
	return r
}
