package spec

import (
	"regexp"
	"slices"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

var variableGrammar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// OwnVariables are the variables belay sets for every execution of a step. A file can't set them.
func OwnVariables() []string {
	return []string{
		"BELAY_RETRY_ATTEMPT", "BELAY_RETRY_MAX", "BELAY_RESTART", "BELAY_RUN_ID", "BELAY_RUN_ATTEMPT",
		"BELAY_IDEMPOTENCY_KEY", "BELAY_LAST_KIND", "BELAY_LAST_EXIT_CODE", "BELAY_ERROR",
		"BELAY_OUTPUT", "BELAY_ENV", "BELAY_PATH", "BELAY_STEP_SUMMARY",
		"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY",
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
		if slices.Contains(OwnVariables(), name) {
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
