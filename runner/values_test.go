package runner

import (
	"maps"
	"slices"
	"testing"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/google/go-cmp/cmp"
)

// A file that asks for a field is checked by the table of fields; a run must have just those.
func TestContextsHoldTheFieldsOfTheTable(t *testing.T) {
	c := &conductor{}
	has := map[string][]string{}
	for name, value := range map[string]map[string]any{
		"error": errorValue(progress{}, nil), "run": c.runValue(progress{}), "git": c.gitValue(), "host": c.hostValue(),
	} {
		has[name] = slices.Sorted(maps.Keys(value))
	}
	wants := expr.Fields()
	for _, fields := range wants {
		slices.Sort(fields)
	}
	if diff := cmp.Diff(wants, has); diff != "" {
		t.Errorf("fields (-table +run):\n%s", diff)
	}
}
