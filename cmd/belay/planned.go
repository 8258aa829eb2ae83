package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/simulate"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
)

// plan is what would run, and the worst it can come to. Later versions only add names.
type plan struct {
	Version   int               `json:"version"`
	Name      string            `json:"name"`
	StepsFile string            `json:"steps-file"`
	Policy    string            `json:"policy"`
	Inputs    map[string]string `json:"inputs,omitempty"`
	Steps     []plannedStep     `json:"steps"`
	Finally   []plannedStep     `json:"finally,omitempty"`
	Restarts  int               `json:"restarts"` // how often the run can start again
	Worst     worst             `json:"worst"`    // of the whole run, before its limits
	Limits    plannedLimits     `json:"limits"`
}

// plannedLimits are the policy's limits as the plan names them; 0 is no limit.
type plannedLimits struct {
	Deadline   time.Duration `json:"deadline-ns"`
	Reserve    time.Duration `json:"reserve-ns"`
	Retries    int           `json:"retries"`
	Executions int           `json:"executions"`
}

// plannedStep is a step with all routes that act on its failures, and the worst one visit of it can come to.
type plannedStep struct {
	ID      string         `json:"id"`
	Name    string         `json:"name,omitzero"`
	Does    string         `json:"does"`
	If      string         `json:"if,omitzero"`
	Timeout time.Duration  `json:"timeout-ns"` // 0 for none
	MayFail bool           `json:"continue-on-error"`
	Routes  []plannedRoute `json:"routes,omitempty"`
	Worst   worst          `json:"worst"`
}

// plannedRoute is a route that a failure of the step can reach.
type plannedRoute struct {
	ID       string   `json:"id"`
	On       string   `json:"on"`
	If       string   `json:"if,omitzero"`
	Action   string   `json:"action"`
	Does     string   `json:"does"`
	Recovery []string `json:"recovery,omitempty"` // the recovery steps
}

// worst is the most that something can cost. What steps and servers ask to wait comes on top.
type worst struct {
	Executions int           `json:"executions"`
	Retries    int           `json:"retries"` // of the executions
	Waits      time.Duration `json:"waits-ns"`
	Time       time.Duration `json:"time-ns"` // waits included
	Endless    bool          `json:"endless"` // a step without a timeout may take any time on top
}

func (w worst) plus(other worst) worst {
	return worst{w.Executions + other.Executions, w.Retries + other.Retries, capped(w.Waits, 1, other.Waits), capped(w.Time, 1, other.Time), w.Endless || other.Endless}
}

func (w worst) times(n int) worst {
	return worst{w.Executions * n, w.Retries * n, capped(w.Waits, n, 0), capped(w.Time, n, 0), w.Endless}
}

// capped returns n times d and more, up to the longest duration there is.
func capped(d time.Duration, n int, more time.Duration) time.Duration {
	if sum := float64(d)*float64(n) + float64(more); sum >= math.MaxInt64 {
		return math.MaxInt64
	}
	return d*time.Duration(n) + more
}

// planned lays out both files.
func planned(f files, given map[string]string) plan {
	p := plan{
		Version: 1, Name: f.title(), StepsFile: f.stepsFile.Name, Policy: f.policyFile.Name,
		Inputs: simulate.Inputs(f.steps.Inputs, given), Limits: plannedLimits(f.policy.Limits),
	}
	restarts := policy.MostRestarts(f.policy.Routes.List)
	for _, step := range f.steps.Steps {
		restarts += policy.MostRestarts(step.OnError.List)
		p.Steps = append(p.Steps, planStep(f.policy, step, f.policy.RoutesOf(step)))
	}
	p.Restarts = restarts
	for _, s := range p.Steps {
		p.Worst = p.Worst.plus(s.Worst.times(1 + restarts))
	}
	for _, step := range f.steps.Finally {
		routes := f.policy.RoutesOf(step)
		routes.List = slices.DeleteFunc(routes.List, func(r policy.Route) bool { return r.Action.Name() == string(policy.Restart) })
		s := planStep(f.policy, step, routes)
		p.Finally, p.Worst = append(p.Finally, s), p.Worst.plus(s.Worst)
	}
	return p
}

func planStep(p *spec.Policy, step spec.Step, routes spec.Routes) plannedStep {
	s := plannedStep{ID: step.ID, Name: step.Name, Does: does(step), Timeout: step.Timeout, MayFail: step.ContinueOnError, Worst: worstOf(step, routes)}
	if step.If != nil {
		s.If = step.If.Source()
	}
	var recovery worst // of the costliest route that runs recovery steps: one visit takes one of them at most
	for i, r := range routes.List {
		if _, hidden := policy.Unreachable(routes.List, i); hidden {
			continue
		}
		line := plannedRoute{ID: r.ID, On: r.Match.String(), Action: r.Action.Name(), Does: r.Action.String()}
		if condition, ok := routes.If[r.ID]; ok {
			line.If = condition.Source()
		}
		var cost worst
		for _, mend := range routes.Recovery[r.ID] {
			line.Recovery = append(line.Recovery, mend.ID)
			cost = cost.plus(worstOf(mend, p.RoutesOfRecovery(mend)))
		}
		recovery = worst{
			max(recovery.Executions, cost.Executions), max(recovery.Retries, cost.Retries), max(recovery.Waits, cost.Waits), max(recovery.Time, cost.Time), recovery.Endless || cost.Endless,
		}
		s.Routes = append(s.Routes, line)
	}
	s.Worst = s.Worst.plus(recovery)
	return s
}

func worstOf(step spec.Step, routes spec.Routes) worst {
	executions, waits := policy.WorstCase(routes.List)
	return worst{Executions: executions, Retries: executions - 1, Waits: waits, Time: capped(step.Timeout, executions, waits), Endless: step.Timeout == 0}
}

// does says in one line what a step does.
func does(step spec.Step) string {
	if step.Uses != "" {
		branch, _ := step.With["branch"].(expr.Text)
		return strings.TrimSuffix("uses "+step.Uses+" on "+branch.Source(), " on ")
	}
	lines := strings.Split(strings.TrimSpace(step.Run), "\n")
	first := cmp.Or(strings.TrimSpace(lines[0]), "run")
	const shown = 80
	if cut := []rune(first); len(cut) > shown {
		return string(cut[:shown]) + "…"
	}
	if len(lines) > 1 {
		return first + " …"
	}
	return first
}
