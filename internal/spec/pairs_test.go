package spec

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// The order of pairs, the type of their values and the numbers' own digits reach the step, and what an expression in a
// key gives stays apart from the key.
func TestPairsKeepOrderTypesAndMarks(t *testing.T) {
	edit := Builtin{Name: "edit", With: []source.Key{{Name: "set", Type: source.TypePairs}, {Name: "delete", Type: source.TypePaths}}}
	const text = "version: 1\ninputs: { n: { default: a.b } }\nsteps:\n  - uses: edit\n    with:\n" +
		"      set: { z: 1.10, \"x.${{ inputs.n }}\": \"${{ 1 + 1 }}\", a: { q: '1', b: [+5, null, true] } }\n      delete: [\"${{ inputs.n }}\"]\n"
	s, problems := ReadSteps(source.File{Name: "f", Data: []byte(text)}, []Builtin{edit})
	if s == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	with, err := Evaluate(s.Steps[0].With, expr.Values{Inputs: map[string]string{"n": "a.b"}})
	if err != nil {
		t.Fatal(err)
	}
	mark := string(expr.Mark(0))
	want := map[string]any{
		"set": []Given{
			{Key: "z", Value: json.Number("1.10")},
			{Key: "x." + mark, Marks: []string{"a.b"}, Value: 2},
			{Key: "a", Value: []Given{{Key: "q", Value: "1"}, {Key: "b", Value: []any{5, nil, true}}}},
		},
		"delete": []Given{{Key: mark, Marks: []string{"a.b"}}},
	}
	withoutNodes := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Node" }, cmp.Ignore())
	if diff := cmp.Diff(want, with, withoutNodes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	given := with.(map[string]any)["delete"].([]Given)[0]
	if !given.Whole() || given.Filled("p"+mark) != "pa.b" {
		t.Errorf("whole %v, filled %q", given.Whole(), given.Filled("p"+mark))
	}
}
