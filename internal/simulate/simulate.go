// Package simulate plays a steps file and a policy without a process and without a wait: how each execution of a
// step ends is given, time is virtual, and what is done about it is decided by the same policy.Decide and the same
// counters as in a run. It is pure: values in, a [Timeline] out.
//
// Its files are named like those of package runner whose decisions they take; the differential test holds the two
// against each other. What the world would decide is assumed: the checkout was clean, a restart works, a land step
// that is not told otherwise lands, a rollback opens its pull request.
package simulate

import (
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
)

// Job is what a simulation starts from. The steps and the policy have no errors.
type Job struct {
	Steps  *spec.Steps
	Policy *spec.Policy
	Fail   []spec.Fail       // how executions end, by step; those that are not listed succeed
	Left   []spec.Outputs    // what steps leave when they succeed
	Inputs map[string]string // those that are given, see [Inputs]
	Env    map[string]string // what expressions see besides the file's own
	Host   string            // the CI host's name; "github" and "gitlab" can be asked for a rerun
	Draw   func() float64    // uniform in [0, 1): jitter; nil draws the middle

	WorkspaceRefused string // why the workspace can't be brought to the fresh tip, or back, as a clause; empty when it can
	RerunHereRefused string // why no new run could be started on the same machine; empty when it could
}

// Inputs returns the declared inputs with what was given and the defaults filled in. A required one that is not
// given is "<name>": it has some value in a run, and which one seldom matters here.
func Inputs(declared []spec.Input, given map[string]string) map[string]string {
	values := map[string]string{}
	for _, in := range declared {
		values[in.Name] = in.Default
		if in.Required {
			values[in.Name] = "<" + in.Name + ">"
		}
		if v, ok := given[in.Name]; ok {
			values[in.Name] = v
		}
	}
	return values
}

// Run plays the job to its end.
func Run(job Job) Timeline {
	job.Inputs = Inputs(job.Steps.Inputs, job.Inputs)
	c := &conductor{job: job, own: job.Steps, run: job.Steps.Name, script: map[string][]spec.Outcome{}, outlast: fileBudget, log: &log{played: map[string]int{}}}
	for _, f := range job.Fail {
		c.script[f.Step] = f.Outcomes
	}
	var p progress
	var err error
	if c.env, err = spec.EvaluateEnv(job.Steps.Env, c.values(p, nil, 0)); err != nil {
		p = p.fail(failedStep{id: "env", failure: notStarted(err)})
	}
	p = c.section(walk.Main, job.Steps.Steps, p)
	p = c.section(walk.Finally, job.Steps.Finally, p)
	return c.timeline(p)
}

// conductor holds what does not change while the steps of one file are played; an item, and a file that is run as a
// step, have a conductor of their own, made of the outer one. What changes is in progress.
type conductor struct {
	job     Job
	run     string                    // the run's name
	script  map[string][]spec.Outcome // by step
	env     map[string]string         // the steps file's own, evaluated once
	own     *spec.Steps               // the run's own file, also where a step runs another
	in      walk.Inside               // the step whose file this is; zero for the run's own file
	within  []string                  // what a job may write before the names of its steps, the most exact first: "promote[eu]/", "promote/"
	item    *spec.Item                // the item of the step; nil outside of a for-each
	abreast bool                      // other items of it are at work at the same time
	stop    *time.Duration            // when whatever is played here is stopped; nil for never
	// earlier is, where a step runs a file, what ran of the run's own before it.
	earlier []row
	// outlast is how long the finally of a file goes on after what stopped the step that runs it.
	outlast time.Duration
	log     *log // shared by all conductors of the simulation
}

func (c *conductor) draw() float64 {
	if c.job.Draw == nil {
		return 0.5
	}
	return c.job.Draw()
}

// stopped reports whether what is played here is stopped by now.
func (c *conductor) stopped(now time.Duration) bool { return c.stop != nil && now >= *c.stop }

func notStarted(err error) policy.Failure {
	return policy.Failure{Kind: policy.StepStart, Message: err.Error(), ExitCode: -1}
}
