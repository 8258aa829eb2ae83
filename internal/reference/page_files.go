package reference

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner"
)

func writeStepsFile(p *page) {
	p.para("`.belay/steps.yml`, unless another is named. For editors: [schema/steps.schema.json](schema/steps.schema.json).")
	p.keys(spec.StepsKeys())
	p.heading(3, "Inputs of a run")
	p.para("`inputs` names them; each holds these keys, or nothing. They are given with `--input name=value`, or by the action's input `inputs`.")
	p.keys(spec.InputKeys())
	p.heading(3, "Defaults")
	p.keys(spec.DefaultsKeys())
	p.heading(3, "Keys of a step")
	p.para("A step has `run` or `uses`. A file holds at most %d steps.", spec.MaxSteps)
	p.keys(spec.StepKeys())
	p.heading(3, "One step for many items")
	p.para("With `for-each` a step runs once for each item of a list or a map, at most %d of them: one after the other, or `max-parallel` at a time. In its `env`, `with`, `working-directory` and the `if` of its routes, `item` is the item and `item.index` its position; of a map, `item.key` and `item.value`. The step's own `if` is asked once. An item is known by its key, or by its text where that is one short line, else by its position; two that are known by the same are an error before any of them runs.", spec.MaxItems)
	p.para("A `retry` is the item's, with counters of its own. Every other action acts once, on the whole step; its failure is that of the first item of the list that failed. With `fail-fast` that cancels the items that run and skips those that wait. The step has one output, `outputs`: the outputs of all items as JSON, by key, or by position in a list. So `fromJSON(steps.deploy.outputs.outputs).eu.url` is the `url` of the item `eu` of a map.")
	p.para("Items that run at the same time share the work tree. What an attempt of theirs prints comes in one piece, when it has ended. Their landings take turns, and a `land` among them needs `paths`.")
	p.heading(3, "A steps file as a step")
	p.para("`uses: ./other.yml` runs another steps file as one step. The path begins at the folder of the file that names it, and stays inside the repository; files run files at most %d deep. `with` gives it its `inputs`, and its `outputs` are the step's. It has the environment of the step that runs it, but not that file's steps; what its steps leave in the environment stays for later steps when it succeeds.", spec.MaxDepth)
	p.para("Inside, only the steps' own `on-error` acts. The policy's routes act on the step as a whole: a `retry` runs the whole file again. What a route inside decides for the run (`restart`, `rerun`, `rollback`) ends the file; the run does it once the file's `finally` is through. A failure keeps its kind, and its message says by which steps it came: `smoke > check: …`.")
}

func writeBuiltins(p *page) {
	p.para("A built-in step is named by `uses` and given its keys in `with`.")
	for _, b := range runner.Builtins() {
		p.heading(3, "The step "+code(b.Name))
		p.para("%s", b.Means)
		p.keys(b.With)
		if len(b.Outputs) == 0 {
			continue
		}
		var rows [][]string
		for _, o := range b.Outputs {
			rows = append(rows, []string{code(o.Name), sentence(o.Means)})
		}
		p.table([]string{"Output", "What it says"}, rows)
	}
}

func writePolicyFile(p *page) {
	p.para("`.belay/policy.yml`, unless another or a [preset](#presets) is named. For editors: [schema/policy.schema.json](schema/policy.schema.json).")
	p.keys(spec.PolicyKeys())
	p.heading(3, "Limits")
	p.keys(spec.LimitsKeys())
	p.heading(3, "Classify")
	p.para("The first line that matches gives a failure its kind. A kind from the [error file](#the-error-file) goes before it.")
	p.keys(spec.ClassifyKeys())
	p.para("Its `match` takes %s.", codes(source.Names(spec.ClassifyMatchKeys())))
	p.heading(3, "Routes")
	p.para("Every failure walks the routes from the top, the step's own `on-error` first. A route that is used up, or can't act, is passed over. A route has a `match`, or takes every failure, and exactly one of the [actions](#actions).")
	p.heading(3, "Match")
	p.para("All keys of a match have to agree; of a list one entry is enough. Text or a list in place of the mapping is its `kind`.")
	p.keys(spec.MatchKeys())
	p.para("Signals that end a process: %s.", codes(policy.SignalNames()))
	p.heading(3, "Landing")
	p.para("The key `land`.")
	p.keys(now(spec.LandKeys(), spec.LaterInLand()))
	p.heading(3, "Rolling back")
	p.para("The key `rollback`.")
	p.keys(spec.RollbackKeys())
	p.heading(3, "Tests")
	p.para("Each case of `tests` plays the policy without a process or a wait; [`belay test`](#belay-test) runs them.")
	p.keys(spec.TestKeys())
	p.para("The outcomes in `fail` are those of [`belay simulate`](#belay-simulate). What `expect` may hold:")
	p.keys(spec.ExpectKeys())
}

func writeActions(p *page) {
	p.para("What a [route](#routes) does with a failure.")
	for _, a := range policy.Actions() {
		p.heading(3, code(a.Name))
		p.para("%s", a.Means)
		p.para("Example: %s.", code(a.Name+": "+a.Example))
		if len(a.Keys) > 0 {
			p.keys(spec.ActionKeys(a))
		}
		for _, k := range a.Keys {
			if k.Bare {
				p.para("%s is short for %s.", code(a.Name+": "+a.Example), code(fmt.Sprintf("%s: { %s: %s }", a.Name, k.Name, a.Example)))
			}
		}
	}
}

// keys is the table of a mapping's keys.
func (p *page) keys(keys []source.Key) {
	var rows [][]string
	for _, k := range keys {
		absent := code(k.Default)
		if k.Required {
			absent = "required"
		}
		means := sentence(k.Means)
		if k.Example != "" {
			means += " Example: " + code(k.Example) + "."
		}
		rows = append(rows, []string{code(k.Name), written(k), absent, means})
	}
	p.table([]string{"Key", "Value", "Default", "Meaning"}, rows)
}

// written says in a few words what a key's value is.
func written(k source.Key) string {
	bounds := ""
	if k.Max != 0 {
		bounds = fmt.Sprintf(", %v to %v", k.Min, k.Max)
	}
	switch {
	case k.Type == source.TypeEnum:
		return codes(k.Enum)
	case k.Type == source.TypeWords && len(k.Enum) > 0:
		return "one or a list of " + codes(k.Enum)
	case len(k.Enum) > 0:
		return strings.Join([]string{plain(k.Type) + bounds, codes(k.Enum)}, " or ")
	}
	return plain(k.Type) + bounds
}

// plain shortens a type to what a table has room for.
func plain(t source.Type) string {
	short, _, _ := strings.Cut(strings.TrimPrefix(string(t), "a "), " such as")
	return short
}
