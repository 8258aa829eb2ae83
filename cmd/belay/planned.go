package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

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
	ID           string         `json:"id"`
	Name         string         `json:"name,omitzero"`
	Does         string         `json:"does"`
	If           string         `json:"if,omitzero"`
	ForEach      string         `json:"for-each,omitzero"` // what the items are, or why that is not known yet
	Items        []string       `json:"items,omitempty"`   // by their names
	MaxParallel  int            `json:"max-parallel,omitzero"`
	Timeout      time.Duration  `json:"timeout-ns"`       // 0 for none
	TotalTimeout time.Duration  `json:"total-timeout-ns"` // 0 for none
	MayFail      bool           `json:"continue-on-error"`
	Routes       []plannedRoute `json:"routes,omitempty"`
	Steps        []plannedStep  `json:"steps,omitempty"` // those of the file it runs, finally included
	Worst        worst          `json:"worst"`           // of one item, where the items are not known yet
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

// planned lays out both files.
func planned(f files, given map[string]string) plan {
	p := plan{
		Version: 1, Name: f.title(), StepsFile: f.stepsFile.Name, Policy: f.policyFile.Name,
		Inputs: simulate.Inputs(f.steps.Inputs, given), Limits: plannedLimits(f.policy.Limits),
	}
	restarts := policy.MostRestarts(f.policy.Routes.List)
	for _, step := range f.steps.Steps {
		restarts += mostRestarts(step)
		p.Steps = append(p.Steps, planStep(f.policy, step, f.policy.RoutesOf(step), f.steps, p.Inputs))
	}
	p.Restarts = restarts
	for _, s := range p.Steps {
		p.Worst = p.Worst.plus(s.Worst.times(1 + restarts))
	}
	for _, step := range f.steps.Finally {
		s := planStep(f.policy, step, f.policy.RoutesAside(step), f.steps, p.Inputs)
		p.Finally, p.Worst = append(p.Finally, s), p.Worst.plus(s.Worst)
	}
	return p
}

// planStep lays out a step of a file under the routes that act on its failures. Without inputs its items are known
// only where they are written out.
func planStep(p *spec.Policy, step spec.Step, routes spec.Routes, file *spec.Steps, inputs map[string]string) plannedStep {
	s := plannedStep{
		ID: step.ID, Name: step.Name, Does: does(step), Timeout: step.Timeout, TotalTimeout: step.TotalTimeout, MayFail: step.ContinueOnError,
	}
	if step.If != nil {
		s.If = step.If.Source()
	}
	items := 1
	if step.ForEach != nil {
		s.MaxParallel = step.ForEach.MaxParallel
		known, err := step.ForEach.Known(file, inputs)
		if err != nil {
			s.ForEach = err.Error()
		} else {
			for _, item := range known {
				s.Items = append(s.Items, item.Name)
			}
			s.ForEach, items = strings.Join(s.Items, ", "), len(known)
		}
	}
	s.Worst = worstOf(step, routes, items)
	var recovery worst // one visit takes one route that runs recovery steps at most
	for i, r := range routes.List {
		if _, hidden := policy.Unreachable(routes.List, i); !hidden {
			line, cost := planRoute(p, r, routes, file, inputs)
			s.Routes, recovery = append(s.Routes, line), recovery.or(cost)
		}
	}
	s.Worst = s.Worst.plus(recovery)
	if step.Child != nil {
		s.Steps = planFile(step.Child)
	}
	return s
}

// planFile lays out the steps of a file that a step runs.
func planFile(file *spec.Steps) []plannedStep {
	var steps []plannedStep
	alone := &spec.Policy{}
	for _, step := range slices.Concat(file.Steps, file.Finally) {
		steps = append(steps, planStep(alone, step, alone.RoutesOf(step), file, nil))
	}
	return steps
}

// planRoute lays out a route, and what its recovery steps can cost.
func planRoute(p *spec.Policy, r policy.Route, routes spec.Routes, file *spec.Steps, inputs map[string]string) (plannedRoute, worst) {
	line := plannedRoute{ID: r.ID, On: r.Match.String(), Action: r.Action.Name(), Does: r.Action.String()}
	if condition, ok := routes.If[r.ID]; ok {
		line.If = condition.Source()
	}
	var cost worst
	for _, mend := range routes.Recovery[r.ID] {
		line.Recovery = append(line.Recovery, mend.ID)
		cost = cost.plus(planStep(p, mend, p.RoutesAside(mend), file, inputs).Worst)
	}
	return line, cost
}

// does says in one line what a step does.
func does(step spec.Step) string {
	if step.Uses != "" {
		var on []string
		for _, to := range step.LandsOn() {
			if name := to.String(); name != "" {
				on = append(on, name)
			}
		}
		return strings.TrimSuffix("uses "+step.Uses+" on "+strings.Join(on, ", "), " on ")
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
