package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/runner/report"
)

// verify runs the policy's rollback.verify on the files as the reverts leave them, in a checkout of their own: the workspace
// stays as the failed step left it. It says how that ended, and decides nothing. The result is nil where the policy has
// nothing to verify.
func (c *conductor) verify(ctx context.Context, p progress, tip gitops.ID) *report.Verification {
	steps := c.job.Policy.Verify
	if len(steps) == 0 {
		return nil
	}
	dir := filepath.Join(c.job.Temp, "verify-"+tip.Short())
	defer os.RemoveAll(dir)
	if err := c.job.Repository.CheckOut(ctx, tip, dir); err != nil {
		return &report.Verification{Message: c.job.Masks.String(err.Error())}
	}
	inner := *c
	inner.job.Dir, inner.job.Root, inner.job.Repository, inner.job.Elsewhere = dir, dir, nil, nil
	inner.others = &elsewheres{}
	inner.job.NoRepository = errors.New("a verification changes nothing on a server")
	ended := inner.section(ctx, walk.Verify, steps, progress{steps: p.steps, env: p.env, path: p.path, failure: p.failure})
	v := &report.Verification{Passed: !ended.cancelled && ctx.Err() == nil, Steps: ended.rows}
	for _, row := range ended.rows {
		if row.Conclusion != report.StatusFailure && row.Conclusion != report.StatusCancelled || !v.Passed && v.Step != "" {
			continue
		}
		v.Passed, v.Step = false, row.ID
		if n := len(row.Attempts); n > 0 {
			v.Message = row.Attempts[n-1].Cause()
		}
	}
	return v
}

// verifiedText is what the pull request says of the verification.
func (c *conductor) verifiedText(p progress, v *report.Verification) string {
	if v == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n### Verification\n\n")
	if v.Passed {
		fmt.Fprintf(&b, "Passed on the reverted files:\n\n")
	} else {
		fmt.Fprintf(&b, "**Failed** on the reverted files. Look at it before merging.\n\n")
	}
	for _, row := range v.Steps {
		fmt.Fprintf(&b, "- %s: %s\n", forge.Code(c.public(p)(row.Title())), row.Conclusion)
	}
	if v.Passed {
		return b.String()
	}
	public := c.public(p)
	if v.Message != "" {
		fmt.Fprintf(&b, "\n%s\n", forge.Text(public(v.Message)))
	}
	for _, row := range v.Steps {
		if n := len(row.Attempts); row.ID == v.Step && n > 0 && row.Attempts[n-1].Tail != "" {
			fmt.Fprintf(&b, "\n<details><summary>The last lines of %s</summary>\n\n%s\n</details>\n", forge.Text(row.ID), forge.Block(public(lastLines(row.Attempts[n-1].Tail, logLines))))
		}
	}
	return b.String()
}

// unverified reports whether a verification was asked for and did not pass.
func unverified(v *report.Verification) bool { return v != nil && !v.Passed }
