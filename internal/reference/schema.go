package reference

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// Schema is a JSON Schema (https://json-schema.org/draft/2020-12). encoding/json writes it with its keywords sorted.
type Schema map[string]any

// shapes are schemas of values by their key's name, where the key's type alone does not say enough.
type shapes map[string]Schema

// object is a mapping that holds these keys and no others.
func object(keys []source.Key, given shapes) Schema {
	properties := Schema{}
	var required []string
	for _, k := range keys {
		shape, ok := given[k.Name]
		if !ok {
			shape = shapeOf(k)
		}
		properties[k.Name] = described(shape, k)
		if k.Required {
			required = append(required, k.Name)
		}
	}
	s := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		s["required"] = required
	}
	return s
}

// described adds to a value's shape what its key says about it.
func described(shape Schema, k source.Key) Schema {
	s := Schema{}
	for keyword, v := range shape {
		s[keyword] = v
	}
	if k.Means != "" {
		s["description"] = sentence(k.Means)
	}
	if k.Default != "" {
		s["default"] = valueOf(k.Default)
	}
	if k.Example != "" {
		s["examples"] = []any{valueOf(k.Example)}
	}
	return s
}

// shapeOf says what a value of the key's type looks like, as source.Decoder reads it.
func shapeOf(k source.Key) Schema {
	switch k.Type {
	case source.TypeEnum:
		return words(k.Enum)
	case source.TypeBool:
		return Schema{"type": "boolean"}
	case source.TypeInt:
		return bounded("integer", k)
	case source.TypeNumber:
		if len(k.Enum) > 0 {
			return anyOf(bounded("number", k), words(k.Enum))
		}
		return bounded("number", k)
	case source.TypeDuration:
		return duration(k)
	case source.TypeWords:
		if len(k.Enum) > 0 {
			return oneOrMore(words(k.Enum))
		}
		return oneOrMore(text())
	case source.TypePaths:
		return oneOrMore(text())
	case source.TypePairs:
		return Schema{"type": "object"}
	case source.TypeMapping:
		if k.Keys != nil {
			return object(k.Keys, nil)
		}
		return Schema{"type": "object"}
	case source.TypeList:
		if k.Keys != nil {
			return list(object(k.Keys, nil))
		}
		return Schema{"type": "array"}
	case source.TypeAny, source.TypeBody:
		return Schema{}
	}
	return text()
}

// text is a scalar as it is written: 1.10 and true are text too.
func text() Schema { return ref("text") }

// words is one of some words. A word that reads as a number may be written as one.
func words(choices []string) Schema {
	var enum []any
	for _, word := range choices {
		enum = append(enum, word)
		if v := valueOf(word); v != word {
			enum = append(enum, v)
		}
	}
	return Schema{"enum": enum}
}

func bounded(kind string, k source.Key) Schema {
	s := Schema{"type": kind, "minimum": k.Min}
	if k.Max != 0 {
		s["maximum"] = k.Max
	}
	return s
}

// duration is a duration as time.ParseDuration reads it.
func duration(k source.Key) Schema {
	written := Schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
	if k.Positive {
		return written
	}
	return anyOf(written, Schema{"const": 0})
}

func oneOrMore(item Schema) Schema { return anyOf(item, list(item)) }

func list(item Schema) Schema { return Schema{"type": "array", "items": item} }

func anyOf(forms ...Schema) Schema { return Schema{"anyOf": forms} }

func ref(name string) Schema { return Schema{"$ref": "#/$defs/" + name} }

// mappingOf is a mapping with names of the author's own.
func mappingOf(value Schema) Schema { return Schema{"type": "object", "additionalProperties": value} }

// expression is a value that is known only when the run has come to it.
func expression() Schema { return Schema{"type": "string", "pattern": `\$\{\{`} }

// document makes a schema of its own of what a file's root may hold.
func document(file, about string, root, defs Schema) Schema {
	defs["text"] = Schema{"type": []string{"string", "number", "boolean"}}
	defs["kind"], defs["signal"] = kind(), signal()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://raw.githubusercontent.com/belay-ci/belay/main/docs/schema/" + file + ".schema.json"
	root["title"] = "belay's " + file + " file"
	root["description"] = about
	root["$defs"] = defs
	return root
}

// StepsSchema is the schema of a steps file in which these built-in steps can be used.
func StepsSchema(builtins []spec.Builtin) Schema {
	steps := list(ref("step"))
	steps["minItems"] = 1
	root := object(spec.StepsKeys(), shapes{
		"inputs":   mappingOf(anyOf(object(spec.InputKeys(), nil), Schema{"type": "null"})),
		"env":      mappingOf(text()),
		"defaults": object(spec.DefaultsKeys(), shapes{"shell": shell()}),
		"steps":    steps,
		"outputs":  mappingOf(text()),
		"finally":  list(ref("step")),
	})
	return document("steps", "What a run does, step by step.", root, Schema{
		"step": step(spec.StepKeys(), builtins), "recovery-step": recoveryStep(builtins), "route": route(),
	})
}

// PolicySchema is the schema of a policy file in whose recovery steps these built-in steps can be used.
func PolicySchema(builtins []spec.Builtin) Schema {
	root := object(spec.PolicyKeys(), shapes{
		"classify": list(object(spec.ClassifyKeys(), shapes{
			"kind": ref("kind"), "match": object(spec.ClassifyMatchKeys(), shapes{"signal": oneOrMore(ref("signal"))}),
		})),
		"routes":   list(ref("route")),
		"tests":    list(testCase()),
		"land":     object(now(spec.LandKeys(), spec.LaterInLand()), nil),
		"rollback": object(spec.RollbackKeys(), shapes{"verify": list(ref("recovery-step"))}),
	})
	return document("policy", "What happens when a step fails.", root, Schema{
		"recovery-step": recoveryStep(builtins), "route": route(), "test-step": testStep(builtins),
	})
}
