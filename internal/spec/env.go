package spec

import (
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
)

var variableGrammar = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Variable is a variable that belay sets for every execution of a step.
type Variable struct{ Name, Means string }

// OwnVariables lists the variables belay sets for every execution of a step, in the order the reference shows
// them. A file can't set them.
func OwnVariables() []Variable {
	return []Variable{
		{"BELAY_RETRY_ATTEMPT", "Which execution of the step this is: 0 for the first, 1 for the first re-run."},
		{"BELAY_RETRY_MAX", "How many re-runs the route allows that led to this one; 0 for the first execution."},
		{"BELAY_RESTART", "How many times the run has started again: 0 at first."},
		{"BELAY_RUN_ID", "The run's id, the same over all attempts of one CI run."},
		{"BELAY_RUN_ATTEMPT", "Which attempt of the CI run this is, from 1."},
		{"BELAY_IDEMPOTENCY_KEY", "A key that is the same over retries, restarts and re-runs of one step: hand it to whatever must not act twice."},
		{"BELAY_LAST_KIND", "The kind of the failure before this execution; empty when there was none."},
		{"BELAY_LAST_EXIT_CODE", "The exit code of that failure; empty when there was none."},
		{"BELAY_ERROR", "The path of the error file, in which the step says why it failed."},
		{"BELAY_OUTPUT", "The path of the file for outputs: `name=value` lines, or `name<<END` blocks."},
		{"BELAY_ENV", "The path of the file for variables that later steps get."},
		{"BELAY_PATH", "The path of the file for folders that go in front of the later steps' PATH, one a line."},
		{"BELAY_STEP_SUMMARY", "The path of the file for the step's part of the summary, in Markdown."},
		{"GITHUB_OUTPUT", "The same file as BELAY_OUTPUT, on every host."},
		{"GITHUB_ENV", "The same file as BELAY_ENV, on every host."},
		{"GITHUB_PATH", "The same file as BELAY_PATH, on every host."},
		{"GITHUB_STEP_SUMMARY", "The same file as BELAY_STEP_SUMMARY, on every host."},
	}
}

// env reads an environment.
func (r *reader) env(n *source.Node, names expr.Names) []Var {
	if n == nil {
		return nil
	}
	var vars []Var
	for _, e := range n.Entries {
		name := e.Key.Text
		if !variableGrammar.MatchString(name) {
			r.Report(e.Key.Pos, "id", "a variable's name begins with a letter or _ and goes on with letters, digits and _: not %q", name)
		}
		if slices.ContainsFunc(OwnVariables(), func(own Variable) bool { return own.Name == name }) {
			r.Report(e.Key.Pos, "value", "%s is set by belay; choose another name", name)
		}
		switch {
		case e.Value.Kind == source.Null:
			r.Report(e.Value.Pos, "type", "%s has no value; write \"\" for an empty one", name)
		case !e.Value.Scalar():
			r.Report(e.Value.Pos, "type", "%s must be text, not %s", name, e.Value.Kind)
		default:
			vars = append(vars, Var{Name: name, Value: r.text(e.Value, names), Pos: e.Key.Pos})
		}
	}
	return vars
}
