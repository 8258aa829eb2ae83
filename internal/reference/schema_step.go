package reference

import (
	"slices"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/process"
)

// step is one step: a script, a built-in step, or another steps file.
func step(keys []source.Key, builtins []spec.Builtin) Schema {
	script := text()
	script["not"] = expression()
	var uses, with []Schema
	for _, b := range builtins {
		uses = append(uses, Schema{"const": b.Name, "description": b.Means})
		with = append(with, givenTo(b))
	}
	uses = append(uses, Schema{"type": "string", "pattern": `^\.\.?/`, "description": "The path of a steps file, from the folder of this one."})
	s := object(keys, shapes{
		"run": script, "probe": script, "before": script, "uses": anyOf(uses...), "shell": shell(), "env": mappingOf(text()), "on-error": list(ref("route")),
		"for-each": anyOf(Schema{"type": "array", "maxItems": spec.MaxItems}, Schema{"type": "object", "maxProperties": spec.MaxItems}, expression()),
	})
	s["oneOf"] = []Schema{{"required": []string{"run"}}, {"required": []string{"uses"}}}
	s["dependentRequired"] = map[string][]string{"shell": {"run"}, "with": {"uses"}, "max-parallel": {"for-each"}, "fail-fast": {"for-each"}}
	s["allOf"] = with
	return s
}

// recoveryStep is a step without routes of its own.
func recoveryStep(builtins []spec.Builtin) Schema {
	keys := slices.DeleteFunc(spec.StepKeys(), func(k source.Key) bool { return k.Name == "on-error" })
	return step(keys, builtins)
}

// givenTo says what `with` holds where a step uses b.
func givenTo(b spec.Builtin) Schema {
	then := Schema{"properties": Schema{"with": arguments(b.With)}}
	if slices.ContainsFunc(b.With, func(k source.Key) bool { return k.Required }) {
		then["required"] = []string{"with"}
	}
	return Schema{
		"if":   Schema{"properties": Schema{"uses": Schema{"const": b.Name}}, "required": []string{"uses"}},
		"then": then,
	}
}

// arguments is a mapping in which an expression may stand for any value.
func arguments(keys []source.Key) Schema {
	given := shapes{}
	for _, k := range keys {
		shape := shapeOf(k)
		if k.Type == source.TypeMapping && k.Keys != nil {
			shape = arguments(k.Keys)
		}
		if k.Type != source.TypeText && k.Type != source.TypeAny && k.Type != source.TypeBody {
			shape = anyOf(shape, expression())
		}
		given[k.Name] = shape
	}
	return object(keys, given)
}

// shell is a shell belay knows, or a command with {0} in the place of the script's file.
func shell() Schema {
	var known []Schema
	for _, s := range process.Shells() {
		if s.Name != "" {
			known = append(known, Schema{"const": s.Name, "description": sentence(s.Means)})
		}
	}
	return anyOf(append(known, Schema{"type": "string", "pattern": `\{0\}`})...)
}
