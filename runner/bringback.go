package runner

import (
	"context"
	"fmt"
	"slices"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// found is the workspace as a visit of a step found it, for a retry to bring back.
type found struct {
	snapshot gitops.Snapshot
	refused  string // why it can't be brought back, as a clause; empty when it can
}

// look takes the snapshot that a retry of the step needs to bring the workspace back. A step without such a retry does
// not pay for it.
func (c *conductor) look(ctx context.Context, routes spec.Routes) found {
	switch {
	case !slices.ContainsFunc(routes.List, bringsBack):
		return found{}
	case c.abreast:
		return found{refused: "other items are at work in the same workspace"}
	case c.job.Repository == nil:
		return found{refused: c.noCheckout()}
	}
	snapshot, err := c.job.Repository.Snapshot(ctx)
	if err != nil {
		return found{refused: "the workspace can't be brought back: " + err.Error()}
	}
	return found{snapshot: snapshot}
}

func (c *conductor) noCheckout() string {
	return "the workspace is no git checkout: " + c.job.NoRepository.Error()
}

// forget drops what was copied.
func (c *conductor) forget(f found) {
	if c.job.Repository == nil {
		return
	}
	if err := c.job.Repository.Drop(f.snapshot); err != nil {
		c.show(report.Noted{Text: c.job.Masks.String(err.Error()), Warning: true})
	}
}

// bringsBack reports whether a route retries a step in the workspace as it found it.
func bringsBack(r policy.Route) bool {
	retry, is := r.Action.(policy.RetryAction)
	return is && retry.Workspace.BringsBack()
}

// bringBack does to the files what the retry that was decided on says. When that fails, nothing is executed: half of a
// workspace is no place to run in.
func (c *conductor) bringBack(ctx context.Context, t tried) (e execution, failed bool) {
	if !t.decision.Workspace.BringsBack() {
		return execution{}, false
	}
	undone, err := c.job.Repository.BringBack(ctx, t.found.snapshot, extent(t.decision.Workspace))
	if err != nil {
		return failedExecution(notStarted(err)), true
	}
	text := "the workspace is as the step found it"
	if undone != (gitops.Undone{}) {
		text += fmt.Sprintf(": brought back %d, removed %d", undone.Restored, undone.Removed)
	}
	c.show(report.Noted{Text: t.row.Ref() + ": " + text})
	return execution{}, false
}

func extent(w policy.Workspace) gitops.Extent {
	return gitops.Extent(w == policy.ResetWorkspace)
}

// Unkept returns an error where the job's files say of a step that it is retried in the workspace as it found it, and
// that can't be done here, whatever comes: it is better to hear of it before anything has started.
func (j Job) Unkept() error {
	where, is := j.bringsBack()
	if is && j.Repository == nil {
		return fmt.Errorf("%s retries in the workspace as a step found it, and that is no git checkout belay can work with: %w", where, j.NoRepository)
	}
	return nil
}

// bringsBack returns the first such route.
func (j Job) bringsBack() (where string, is bool) {
	if i := slices.IndexFunc(j.Policy.Routes.List, bringsBack); i >= 0 {
		return j.Policy.Routes.List[i].ID + " of the policy", true
	}
	return stepsBringBack(j.Steps)
}

func stepsBringBack(file *spec.Steps) (where string, is bool) {
	for _, step := range slices.Concat(file.Steps, file.Finally) {
		if slices.ContainsFunc(step.OnError.List, bringsBack) {
			return "step " + step.ID, true
		}
		if step.Child != nil {
			if where, is = stepsBringBack(step.Child); is {
				return step.ID + " > " + where, true
			}
		}
	}
	return "", false
}
