package expr

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/expr-lang/expr/ast"
)

// otherNames are the names that expressions of other tools start from, each with what there is here.
func otherNames() map[string]string {
	const passed = "the workflow passes such a value to belay, as an input or in `env`"
	return map[string]string{
		"github":   passed,
		"secrets":  "a secret reaches belay through the environment of its job, and is then `env.NAME`",
		"vars":     passed,
		"matrix":   "a step with `for-each` has `item`; of the job's own matrix, " + passed,
		"strategy": passed,
		"needs":    passed,
		"jobs":     passed,
		"job":      "the CI job is `host.job`",
		"runner":   "what the runner says of itself is in the environment, as in `env.RUNNER_OS`",
		"ctx":      "the run is `run`, the repository `git`",
		"outputs":  "the outputs of a step are `steps.ID.outputs.NAME`",
		"params":   "the inputs of the run are `inputs`",
		"workflow": "the run is `run`, its inputs are `inputs`",
		"tasks":    "the steps are `steps`",
		"null":     "nothing is `nil`",
		"None":     "nothing is `nil`",
		"True":     "write `true`",
		"False":    "write `false`",
		"yes":      "write `true`",
		"on":       "write `true`",
		"no":       "write `false`",
		"off":      "write `false`",
	}
}

// ofGitHub are the parts of GitHub's context `github` that are known here by another name.
func ofGitHub() map[string]string {
	return map[string]string{
		"sha": "`git.commit`", "ref_name": "`git.branch`", "ref": "`git.branch`, without refs/heads/", "repository": "`git.repository`", "run_id": "`run.id`",
		"run_attempt": "`run.attempt`", "workflow": "`run.name`", "actor": "`host.actor`", "event_name": "`host.event`", "job": "`host.job`",
	}
}

// otherFunctions are functions of other tools, each with what does the same here.
func otherFunctions() map[string]string {
	return map[string]string{
		"format":    "texts are joined with `+`",
		"concat":    "texts are joined with `+`",
		"hashFiles": "do this in a step, and use its output",
		"now":       "a re-run has to see the same, so there is no clock; do this in a step, and use its output",
		"length":    "write `len`",
		"size":      "write `len`",
		"substr":    "a part of a text is `text[0:7]`",
		"substring": "a part of a text is `text[0:7]`",
		"env":       "a variable is `env.NAME`",
		"default":   "a default is written " + howDefault,
	}
}

var variable = pattern.New(`^([A-Z_][A-Z0-9_]*|\$[A-Za-z_][A-Za-z0-9_]*)$`)

// unknownName says what to write instead of a name that no context has.
func (c *nameCheck) unknownName(n *ast.IdentifierNode) string {
	message := unknown("name", n.Value, "here", c.names.Allowed)
	instead, known := otherNames()[n.Value]
	if f, is := function(n.Value); is {
		instead, known = fmt.Sprintf("it is a function, and called as in `%s(…)`", f.Name), true
		if f.Status {
			instead = fmt.Sprintf("it is a function: write `%s()`", f.Name)
		}
	}
	if m := c.members[n]; m != nil && n.Value == "github" {
		if name, ok := m.Property.(*ast.StringNode); ok && ofGitHub()[name.Value] != "" {
			return fmt.Sprintf("unknown name `github`: here `github.%s` is %s", name.Value, ofGitHub()[name.Value])
		}
	}
	switch {
	case known:
		return fmt.Sprintf("unknown name `%s`: %s", n.Value, instead)
	case c.members[n] != nil, nearest(n.Value, c.names.Allowed) != "":
		return message
	case variable.MatchString(n.Value):
		return fmt.Sprintf("unknown name `%s`: a variable is `env.%s`", n.Value, strings.TrimPrefix(n.Value, "$"))
	}
	return message + "; text is put in quotes"
}
