package runner

import (
	"maps"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
)

// values is what a step's expressions see. failure is the last failed attempt of the step; without one,
// recovery and finally see the failure that led there.
func (c *conductor) values(p progress, failure *policy.Failure, attempt int) expr.Values {
	env := environMap(c.job.Environ)
	maps.Copy(env, c.sharedEnv(p))
	return walk.WithItem(expr.Values{
		Inputs: c.job.Inputs, Env: env, Steps: p.steps, Attempt: attempt, Error: errorValue(p, failure),
		Run: c.runValue(p), Git: c.gitValue(), Host: c.hostValue(),
	}, c.item)
}

func (c *conductor) runValue(p progress) map[string]any {
	f := c.job.Facts
	return map[string]any{"id": f.RunID, "attempt": f.RunAttempt, "url": f.RunURL, "name": c.run.Name, "restart": p.restarts}
}

func (c *conductor) gitValue() map[string]any {
	f := c.job.Facts
	return map[string]any{"repository": f.Repository, "branch": f.Branch, "commit": f.Commit}
}

func (c *conductor) hostValue() map[string]any {
	f := c.job.Facts
	return map[string]any{"name": f.Name, "actor": f.Actor, "event": f.EventName, "job": f.Job}
}

// errorValue is the `error` context: empty while nothing has failed, so that an expression may ask.
func errorValue(p progress, f *policy.Failure) map[string]any {
	step := ""
	if f == nil && p.failure != nil {
		f, step = &p.failure.failure, p.failure.id
	}
	if f == nil {
		f = &policy.Failure{}
	}
	return spec.ErrorValue(step, *f)
}
