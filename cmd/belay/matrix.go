package main

import (
	"io"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/host"
)

// matrixFlags ask `belay plan` for a step's items as the matrix of the CI host's jobs.
type matrixFlags struct {
	matrix bool
	step   string // the step's id; empty for the only one with a for-each
}

// writeMatrix prints the items of a step, when they are known before the run.
func (a app) writeMatrix(f files, flags matrixFlags, given []string) error {
	step, err := stepWithItems(f.steps.Steps, flags.step)
	if err != nil {
		return err
	}
	values, err := inputs(f.steps.Inputs, given)
	if err != nil {
		return err
	}
	items, err := step.ForEach.Known(f.steps, values)
	if err != nil {
		return badInput("make a matrix of step %s: %w; a matrix is made of literals and inputs", step.ID, err)
	}
	var all []any
	for _, item := range items {
		all = append(all, item.Value)
	}
	text, err := host.Matrix(host.Detect(a.getenv, host.Log{Out: io.Discard}).Facts().Name, all)
	if err != nil {
		return badInput("make a matrix of step %s: %w", step.ID, err)
	}
	_, err = io.WriteString(a.stdout, text)
	return err
}

// stepWithItems finds the step with the id, or without one the only step that has a for-each.
func stepWithItems(steps []spec.Step, id string) (spec.Step, error) {
	var ids []string
	var found []spec.Step
	for _, step := range steps {
		if step.ForEach == nil {
			continue
		}
		ids = append(ids, step.ID)
		if id == "" || step.ID == id {
			found = append(found, step)
		}
	}
	switch {
	case len(ids) == 0:
		return spec.Step{}, badInput("make a matrix: no step has a `for-each`")
	case len(found) == 0:
		return spec.Step{}, badInput("make a matrix: no step %q has a `for-each`; these have: %s", id, strings.Join(ids, ", "))
	case len(found) > 1:
		return spec.Step{}, badInput("make a matrix: say which step with --step: %s", strings.Join(ids, ", "))
	}
	return found[0], nil
}
