package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Resource is who sends telemetry: OpenTelemetry's resource attributes by name.
type Resource map[string]string

// The JSON that OTLP/HTTP takes (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): 64-bit integers are
// text, ids are hexadecimal, and enums are numbers. belay writes it itself, from the one Report it has at the end: the
// SDK with its exporters would make the binary half as big again, for what is two documents.
type (
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    string  `json:"intValue,omitempty"`
		Bool   *bool   `json:"boolValue,omitempty"`
	}
	otlpScope struct {
		Name string `json:"name"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
)

// attributes is a list that grows; what is empty is left out.
type attributes []otlpAttribute

func (a attributes) text(key, value string) attributes {
	if value = OneLine(value); value == "" {
		return a
	}
	return append(a, otlpAttribute{key, otlpValue{String: &value}})
}

func (a attributes) number(key string, value int) attributes {
	return append(a, otlpAttribute{key, otlpValue{Int: strconv.Itoa(value)}})
}

func (a attributes) flag(key string, value bool) attributes {
	return append(a, otlpAttribute{key, otlpValue{Bool: &value}})
}

func (r Resource) attributes() otlpResource {
	a := attributes{}
	for _, name := range sortedKeys(r) {
		a = a.text(name, r[name])
	}
	return otlpResource{a}
}

func scope() otlpScope { return otlpScope{Name: "github.com/belay-ci/belay"} }

// identifier is n bytes that are the same whenever the parts are: a report that is sent twice is one trace.
func identifier(n int, parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:n])
}

func nano(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixNano(), 10)
}

func otlpJSON(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write telemetry: %w", err)
	}
	return text, nil
}

// pipelineResult is a run's end in the words of the conventions.
func pipelineResult(r Report) string {
	switch {
	case r.Result == Success:
		return "success"
	case r.Result == Cancelled:
		return "cancellation"
	case r.failure().Kind == "run.deadline":
		return "timeout"
	case r.ExitCode == ExitUnknown, r.ExitCode == ExitInternal:
		return "error"
	}
	return "failure"
}

// taskResult is a step's or attempt's end in the words of the conventions.
func taskResult(s Status, kind string) string {
	switch {
	case s == StatusSuccess:
		return "success"
	case s == StatusCancelled:
		return "cancellation"
	case s == StatusSkipped:
		return "skip"
	case kind == "step.timeout":
		return "timeout"
	}
	return "failure"
}

func itoa(n int) string { return strconv.Itoa(n) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
