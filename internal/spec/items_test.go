package spec

import (
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/google/go-cmp/cmp"
)

// each reads the for-each of a file's first step, which comes with the input `given`.
func each(t *testing.T, value string) (*Steps, *ForEach) {
	t.Helper()
	s := mustSteps(t, "version: 1\ninputs: { given: }\nsteps:\n  - run: make\n    for-each: "+value+"\n")
	return s, s.Steps[0].ForEach
}

func TestItemsHaveAPlaceAKeyAndAName(t *testing.T) {
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		value, given string
		want         []Item
		err          string
	}{
		{value: "[eu, 3, true, 1.50]", want: []Item{{0, "0", "eu", "eu"}, {1, "1", "3", 3}, {2, "2", "true", true}, {3, "3", "1.50", "1.50"}}},
		{value: "[{ a: 1 }, [x], ~, \"\", \"" + long + "\", \"two\\nlines\", \" padded\"]", want: []Item{
			{0, "0", "0", map[string]any{"a": 1}}, {1, "1", "1", []any{"x"}}, {2, "2", "2", nil}, {3, "3", "3", ""},
			{4, "4", "4", long}, {5, "5", "5", "two\nlines"}, {6, "6", "6", " padded"},
		}},
		{value: "{ us: 1, eu: [a] }", want: []Item{
			{0, "us", "us", map[string]any{"key": "us", "value": 1}}, {1, "eu", "eu", map[string]any{"key": "eu", "value": []any{"a"}}},
		}},
		{value: "[\"${{ inputs.given }}\", b]", given: "a", want: []Item{{0, "0", "a", "a"}, {1, "1", "b", "b"}}},
		{value: "${{ split(inputs.given, ',') }}", given: "b,a", want: []Item{{0, "0", "b", "b"}, {1, "1", "a", "a"}}},
		{value: "${{ fromJSON(inputs.given) }}", given: `{"us":1,"eu":"x"}`, want: []Item{
			{0, "eu", "eu", map[string]any{"key": "eu", "value": "x"}}, {1, "us", "us", map[string]any{"key": "us", "value": 1.0}},
		}},
		{value: "${{ fromJSON(inputs.given) }}", given: "[]"},
		{value: "${{ fromJSON(inputs.given) }}", given: "{}"},
		{value: "${{ split(inputs.given, ',') }}", given: "a,b,a", err: `the items 0 and 2, counted from 0, are both called "a"`},
		{value: "[\"${{ inputs.given }}\", a]", given: "a", err: `the items 0 and 1, counted from 0, are both called "a"`},
		{value: "${{ split(inputs.given, ',') }}", given: strings.Repeat("x,", 1000), err: "there are 1001 items, and a for-each goes over at most 1000"},
		{value: "${{ fromJSON(inputs.given) }}", given: "7", err: "a list or a map is wanted here, and this is a number"},
	} {
		_, f := each(t, c.value)
		got, err := f.Items(expr.Values{Inputs: map[string]string{"given": c.given}})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.value, diff)
		}
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got the error %v, want %q", c.value, err, c.err)
		}
	}
}

func TestItemsAreKnownBeforeTheRunByTheInputsAlone(t *testing.T) {
	for _, c := range []struct{ value, err string }{
		{"[eu, us]", ""},
		{"[eu, \"${{ inputs.given }}\", { a: [\"${{ inputs.given }}\"] }]", ""},
		{"${{ split(inputs.given, ',') }}", ""},
		{"${{ split(env.REGIONS, ',') }}", "its items are known only when the run has come to it: `env` does not exist here (these do: inputs)"},
		{"[{ a: [\"${{ run.id }}\"] }]", "its items are known only when the run has come to it: `run` does not exist here (these do: inputs)"},
	} {
		s, f := each(t, c.value)
		_, err := f.Known(s, map[string]string{"given": "x"})
		if got := errText(err); got != c.err {
			t.Errorf("%s: got %q, want %q", c.value, got, c.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
