package expr

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAListIsCheckedBeforeItRuns(t *testing.T) {
	names := Names{Inputs: []string{"regions"}, Allowed: []string{"inputs", "env", "attempt"}}
	for _, c := range []struct{ text, problem string }{
		{"${{ split(inputs.regions, ',') }}", ""},
		{" ${{ fromJSON(inputs.regions) }}\n", ""},
		{"${{ inputs }}", ""},
		{"${{ [1, 2] }}", ""},
		{"${{ {'a': 1} }}", ""},
		{"eu us", "this is text: write a list as in `[eu, us]`, or an expression that gives one"},
		{"", "this is text: write a list as in `[eu, us]`, or an expression that gives one"},
		{"x ${{ inputs }}", "text around an expression makes text of it: write the whole list inside one `${{ }}`"},
		{"${{ inputs }}${{ inputs }}", "text around an expression makes text of it: write the whole list inside one `${{ }}`"},
		{"${{ inputs", "`${{` has no `}}`"},
		{"${{ inputs.regions }}", "a list or a map is wanted here, and this is text: make a list of it with `split(…, ',')`, or with `fromJSON(…)` where it is JSON"},
		{"${{ attempt }}", "a list or a map is wanted here, and this is a number: write a list or a map"},
		{"${{ attempt > 1 }}", "a list or a map is wanted here, and this is true or false: write a list or a map"},
		{"${{ inputs.region }}", "unknown input `region`, did you mean `regions`? (declared: regions)"},
	} {
		_, problems := ParseList(c.text, names)
		got := ""
		if len(problems) > 0 {
			got = problems[0].Message
		}
		if got != c.problem {
			t.Errorf("%q: got %q, want %q", c.text, got, c.problem)
		}
		for _, p := range problems {
			if p.Offset < 0 || p.Offset+p.Length > len(c.text) {
				t.Errorf("%q: the problem %+v is outside of it", c.text, p)
			}
		}
	}
}

func TestAListGivesItsEntriesInOneOrder(t *testing.T) {
	names := Names{Inputs: []string{"json"}, Allowed: []string{"inputs"}}
	for _, c := range []struct {
		text, json string
		want       []Entry
		err        string
	}{
		{"${{ [3, 'a', [1]] }}", "", []Entry{{Value: 3}, {Value: "a"}, {Value: []any{1}}}, ""},
		{"${{ split('a,b', ',') }}", "", []Entry{{Value: "a"}, {Value: "b"}}, ""},
		{"${{ fromJSON(inputs.json) }}", `{"b":1,"c":2,"a":{"x":3}}`, []Entry{{"a", map[string]any{"x": 3.0}}, {"b", 1.0}, {"c", 2.0}}, ""},
		{"${{ inputs }}", "7", []Entry{{"json", "7"}}, ""},
		{"${{ fromJSON(inputs.json) }}", "[]", nil, ""},
		{"${{ fromJSON(inputs.json) }}", "7", nil, "evaluate ${{ fromJSON(inputs.json) }}: a list or a map is wanted here, and this is a number: write a list or a map"},
		{"${{ fromJSON(inputs.json) }}", "null", nil, "evaluate ${{ fromJSON(inputs.json) }}: a list or a map is wanted here, and this is nothing: write a list or a map"},
	} {
		l, problems := ParseList(c.text, names)
		if problems != nil {
			t.Errorf("%q: %v", c.text, problems)
			continue
		}
		got, isMap, err := l.Eval(Values{Inputs: map[string]string{"json": c.json}})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
		if wanted := len(c.want) > 0 && c.want[0].Key != ""; isMap != wanted {
			t.Errorf("%q: a map: %v", c.text, isMap)
		}
		if text := errText(err); text != c.err {
			t.Errorf("%q: got the error %q, want %q", c.text, text, c.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
