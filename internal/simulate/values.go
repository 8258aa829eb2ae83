package simulate

import (
	"cmp"
	"maps"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
)

// values is what a step's expressions see. Nothing is known here of the repository, the run's page or what steps
// write: those are empty.
func (c *conductor) values(p progress, failure *policy.Failure, attempt int) expr.Values {
	env := map[string]string{}
	maps.Copy(env, c.job.Env)
	maps.Copy(env, c.env)
	return walk.WithItem(expr.Values{
		Inputs: c.job.Inputs, Env: env, Steps: p.steps, Attempt: attempt, Error: errorValue(p, failure),
		Run:  map[string]any{"id": "simulated", "attempt": 1, "url": "", "name": c.run, "restart": p.restarts},
		Git:  map[string]any{"repository": "", "branch": "", "commit": ""},
		Host: map[string]any{"name": c.host(), "actor": "", "event": "", "job": ""},
	}, c.item)
}

func (c *conductor) host() string { return cmp.Or(c.job.Host, "local") }

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
