package runner

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/process"
)

// environ is the complete environment of one attempt: what belay inherited less its own tokens, the file's
// `env`, what earlier steps left, the step's `env`, and what belay says about the attempt.
func (c *conductor) environ(step spec.Step, n int, t tried, values expr.Values, files process.Files) ([]string, error) {
	own, err := spec.EvaluateEnv(step.Env, values)
	if err != nil {
		return nil, err
	}
	return process.StepEnv(c.job.Environ, c.job.Own, list(c.sharedEnv(t.progress)), list(own), list(c.attemptEnv(step, n, t)), files.Environ()), nil
}

// attemptEnv is what belay tells every attempt about itself (DESIGN 2).
func (c *conductor) attemptEnv(step spec.Step, n int, t tried) map[string]string {
	id := c.identity(step.ID, c.job.Facts.Branch)
	env := map[string]string{
		"BELAY_RETRY_ATTEMPT":   strconv.Itoa(n),
		"BELAY_RETRY_MAX":       strconv.Itoa(t.decision.Max),
		"BELAY_RESTART":         strconv.Itoa(t.progress.restarts),
		"BELAY_RUN_ID":          c.job.Facts.RunID,
		"BELAY_RUN_ATTEMPT":     strconv.Itoa(c.job.Facts.RunAttempt),
		"BELAY_IDEMPOTENCY_KEY": gitops.Identity.ID(id),
		"BELAY_LAST_KIND":       "",
		"BELAY_LAST_EXIT_CODE":  "",
	}
	last := t.failure
	if last == nil && t.progress.failure != nil { // recovery and finally see what led there
		last = &t.progress.failure.failure
	}
	if last != nil {
		env["BELAY_LAST_KIND"] = string(last.Kind)
		if last.ExitCode >= 0 {
			env["BELAY_LAST_EXIT_CODE"] = strconv.Itoa(last.ExitCode)
		}
	}
	return env
}

// sharedEnv is what every step of the run sees besides the inherited environment: the file's `env`, and over
// it what earlier steps left through their env and path files.
func (c *conductor) sharedEnv(p progress) map[string]string {
	env := map[string]string{}
	maps.Copy(env, c.env)
	maps.Copy(env, p.env)
	if len(p.path) > 0 {
		inherited := cmp.Or(process.LookupEnv(list(env), "PATH"), process.LookupEnv(c.job.Environ, "PATH"))
		maps.DeleteFunc(env, func(name, _ string) bool { return process.SameName(name, "PATH") })
		env["PATH"] = strings.Join(append(slices.Clone(p.path), inherited), string(os.PathListSeparator))
	}
	return env
}

func environMap(environ []string) map[string]string {
	m := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		m[name] = value
	}
	return m
}

func list(env map[string]string) []string {
	var kvs []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		kvs = append(kvs, name+"="+env[name])
	}
	return kvs
}
