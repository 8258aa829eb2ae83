package reference

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// testCase is one of a policy's tests.
func testCase() Schema {
	steps := list(anyOf(Schema{"type": "string"}, ref("test-step")))
	steps["minItems"] = 1
	return object(spec.TestKeys(), shapes{
		"steps":   anyOf(Schema{"type": "string"}, steps),
		"inputs":  mappingOf(text()),
		"outputs": mappingOf(mappingOf(text())),
		"fail":    mappingOf(oneOrMore(text())),
		"expect": object(spec.ExpectKeys(), shapes{
			"kind":     ref("kind"),
			"attempts": mappingOf(Schema{"type": "integer", "minimum": 0}),
			"waits":    list(duration(source.Key{})),
		}),
	})
}

// testStep is a step of a test, which need not say what it does.
func testStep(builtins []spec.Builtin) Schema {
	s := step(spec.StepKeys(), builtins)
	delete(s, "oneOf")
	s["not"] = Schema{"required": []string{"run", "uses"}}
	delete(s["dependentRequired"].(map[string][]string), "shell")
	return s
}
