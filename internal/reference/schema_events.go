package reference

import (
	"reflect"
	"strings"
	"time"

	"github.com/belay-ci/belay/runner/report"
)

// EventsSchema is the JSON Schema of a line of `belay run --json`, and of the file events.jsonl. It is made of the types
// that are written. It lets through what it does not name: later versions add names.
func EventsSchema() Schema {
	types := typeSchemas{}
	var lines []any
	for _, e := range report.Events() {
		s := types.object(reflect.TypeOf(e.Event))
		properties := s["properties"].(Schema)
		properties["version"] = Schema{"const": report.EventsVersion}
		properties["event"] = Schema{"const": e.Name}
		properties["at"] = Schema{"type": "string", "format": "date-time", "description": "When it happened."}
		s["required"] = append([]string{"version", "event", "at"}, s["required"].([]string)...)
		s["description"] = e.Means
		lines = append(lines, s)
	}
	definitions := Schema{}
	for name, s := range types {
		definitions[name] = s
	}
	return Schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://raw.githubusercontent.com/belay-ci/belay/main/docs/schema/events.schema.json",
		"title": "An event of a belay run", "description": "One line of `belay run --json`. Delays are nanoseconds, times RFC 3339.",
		"oneOf": lines, "$defs": definitions,
	}
}

// typeSchemas are the schemas of named Go types, by their names.
type typeSchemas map[string]Schema

func (t typeSchemas) of(typ reflect.Type) Schema {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return Schema{"type": "string", "format": "date-time"}
	case typ == reflect.TypeFor[time.Duration]():
		return Schema{"type": "integer"}
	case typ == reflect.TypeFor[report.Status]():
		return Schema{"enum": []any{"", report.StatusSuccess, report.StatusFailure, report.StatusCancelled, report.StatusSkipped}}
	case typ == reflect.TypeFor[report.Result]():
		return Schema{"enum": []any{report.Success, report.Failed, report.Cancelled}}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return t.of(typ.Elem())
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Slice:
		return Schema{"type": "array", "items": t.of(typ.Elem())}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": t.of(typ.Elem())}
	case reflect.Struct:
		name := strings.ToLower(typ.Name())
		if _, ok := t[name]; !ok {
			t[name] = nil // so that a type may hold itself
			t[name] = t.object(typ)
		}
		return ref(name)
	}
	return Schema{"type": "integer"}
}

// object is the schema of a struct as encoding/json writes it: what may be left away is not required.
func (t typeSchemas) object(typ reflect.Type) Schema {
	properties, required := Schema{}, []string{}
	for _, field := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		properties[name] = t.of(field.Type)
		if options == "" {
			required = append(required, name)
		}
	}
	return Schema{"type": "object", "properties": properties, "required": required}
}
