package reference

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestEventsFitTheirSchema(t *testing.T) {
	schema := compiled(t, EventsSchema(), "")
	lines, err := os.ReadFile(filepath.Join("..", "..", "testdata", "golden", "report-events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, bad := range []string{`{"version":1,"event":"noted","at":"2026-03-01T12:00:00Z"}`, `{"version":1,"event":"nonsense","at":"2026-03-01T12:00:00Z","text":""}`} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(bad)))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("it takes %s", bad)
		}
	}
}
