package expr

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a place where all contexts exist.
func everything() Names {
	var allowed []string
	for _, c := range Contexts() {
		allowed = append(allowed, c.Name)
	}
	return Names{
		Inputs:  []string{"tag", "dry-run"},
		Steps:   []string{"bump", "build-image", "a-1"},
		Allowed: allowed,
		Fields:  map[string][]string{"run": {"id", "url"}},
	}
}

func values() Values {
	return Values{
		Inputs: map[string]string{"tag": "v1", "dry-run": "true"},
		Env:    map[string]string{"APP": "shop"},
		Steps: map[string]StepValue{
			"bump":        {Outputs: map[string]string{"list": `["a","b"]`, "image-tag": "v2"}, Outcome: "failure", Conclusion: "success"},
			"build-image": {Outputs: map[string]string{"digest": "sha256:00"}, Outcome: "success", Conclusion: "success"},
			"a-1":         {Outputs: map[string]string{"b-2-c": "deep"}},
		},
		Error:   map[string]any{"kind": "git.race", "exit-code": 7},
		Run:     map[string]any{"id": "42"},
		Attempt: 2,
		Item:    map[string]any{"name": "eu", "index": "mine"},
		Index:   3,
	}
}

func TestTextEvaluates(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a text without an expression is itself", "plain $ {{ }} text", "plain $ {{ }} text"},
		{"expressions stand among text", "prod: ${{ env.APP }} ${{inputs.tag}}!", "prod: shop v1!"},
		{"braces in a string literal don't close", "${{ '}}' + \"}}\" + `}}` }}", "}}}}}}"},
		{"an escaped quote doesn't end a literal", `${{ 'it\'s }}' }}`, "it's }}"},
		{"a map's braces don't close", `${{ {"a": {"b": 1}}.a.b }}`, "1"},
		{"a quote in a comment opens nothing", "${{ 1 /* don't }} */ }}", "1"},
		{"a line comment ends with the expression", "${{ 1 // it's one }}", "1"},
		{"an opening can be written", "${{ '${{' }}", "${{"},
		{"a dash belongs to the name of an output", "${{ steps.bump.outputs.image-tag }}", "v2"},
		{"a dash belongs to the id of a step", "${{ steps.build-image.outputs.digest }}", "sha256:00"},
		{"a name may go on with digits behind a dash", "${{ steps.a-1.outputs.b-2-c }}", "deep"},
		{"dashes go on behind brackets", "${{ steps['a-1'].outputs.b-2-c + steps[\"build-image\"].outcome }}", "deepsuccess"},
		{"dashes work for inputs and the error", "${{ inputs.dry-run + string(error.exit-code) }}", "true7"},
		{"a dash with space around subtracts", "${{ attempt - 1 }} ${{ attempt-1 }} ${{ item.index-1 }}", "1 1 2"},
		{"a dash in a literal stays", "${{ 'steps.a-b' + 'x-y' }}", "steps.a-bx-y"},
		{"text before a dash keeps positions in other scripts", "${{ 'né' + steps.bump.outputs.image-tag }}", "név2"},
		{"an environment name that is not set is empty", "[${{ env.NONE }}]", "[]"},
		{"an output that was not written is empty", "[${{ steps.bump.outputs.none }}]", "[]"},
		{"nil is nothing", "[${{ git.none }}]", "[]"},
		{"numbers are written plainly", "${{ 1e6 }} ${{ 0.5 }} ${{ 3 }} ${{ true }}", "1000000 0.5 3 true"},
		{"lists and maps become JSON, unescaped", `${{ ["a<b", 1] }}${{ {"k": nil} }}`, `["a<b",1]{"k":null}`},
		{"item.index is the position, whatever the item holds", "${{ item.name }} ${{ item.index }}", "eu 3"},
		{"a whole context can be given on", "${{ toJSON(steps['a-1'].outputs) }}", "{\n  \"b-2-c\": \"deep\"\n}"},
		{"join takes any list", "${{ join(fromJSON(steps.bump.outputs.list)) }} ${{ join([1, true, nil], '-') }}", "a,b 1-true-"},
		{"pipes work", "${{ inputs.tag | upper() | replace('V', 'v.') }}", "v.1"},
		{"predicates work", "${{ filter(fromJSON(steps.bump.outputs.list), # != 'a') }}", `["b"]`},
		{"patterns work", "${{ inputs.tag matches '^v[0-9]+$' && env.APP contains 'ho' }}", "true"},
		{"a text is cut between characters", "${{ '日本語'[0:2] }} ${{ 'né'[-1:] }} ${{ 'é'[:9] }} ${{ env.APP[1:3] }}", "日本 é é ho"},
		{"places in a text are characters everywhere", "${{ 'clé=é'[0:indexOf('clé=é', '=')] }} ${{ 'né!'[:len('né!')-1] }} ${{ indexOf('é', 'x') }}", "clé né -1"},
		{"a text that an item holds is cut the same", "${{ fromJSON('{\"a\": \"né\"}').a[1:] }}", "é"},
		{"a list is cut as before", "${{ [1, 2, 3][1:] }} ${{ split('a,b,c', ',')[:2] }}", `[2,3] ["a","b"]`},
		{"a default that is empty is no mistake", "[${{ steps.bump.outputs.none ?? '' }}]", "[]"},
		{"what may be nil has a default", "${{ get(inputs, 'x') ?? 'a' }}${{ (attempt > 9 ? env.APP : nil) ?? 'b' }}${{ item.none ?? 'c' }}", "abc"},
		{"coalescing reaches through nil", "${{ git.branch?.name ?? 'none' }}", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, problems := ParseText(tt.text, everything())
			if problems != nil {
				t.Fatalf("ParseText: %v", problems)
			}
			got, err := text.Eval(values())
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTextValue(t *testing.T) {
	tests := []struct {
		name, text string
		want       any
	}{
		{"one expression gives the value itself", "${{ fromJSON(steps.bump.outputs.list) }}", []any{"a", "b"}},
		{"white space around it is dropped", "${{ attempt }}\n", 2},
		{"with text around it is text", "n${{ attempt }}", "n2"},
		{"two expressions are text", "${{ attempt }}${{ attempt }}", "22"},
		{"no expression is text", " plain ", " plain "},
		{"nothing is text", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, problems := ParseText(tt.text, everything())
			if problems != nil {
				t.Fatalf("ParseText: %v", problems)
			}
			got, err := text.Value(values())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTextLiteral(t *testing.T) {
	if s, ok := mustText(t, "plain").Literal(); s != "plain" || !ok {
		t.Errorf("Literal() = %q, %v", s, ok)
	}
	if _, ok := mustText(t, "a ${{ attempt }}").Literal(); ok {
		t.Error("a text with an expression is taken for a literal")
	}
	if s := mustText(t, "a ${{ attempt }}").Source(); s != "a ${{ attempt }}" {
		t.Errorf("Source() = %q", s)
	}
}

// problem is a Problem with the words it points at.
type problem struct{ At, Message string }

func TestTextProblems(t *testing.T) {
	const idle = "`??` gives a default for `nil`, and what is before it is text, empty where it is not set: write `env.A != '' ? env.A : 'default'`"
	tests := []struct {
		name, text string
		want       []problem
	}{
		{"a name that is no context", "x ${{ github.ref }}", []problem{{"github", "unknown name `github`: here `github.ref` is `git.branch`, without refs/heads/"}}},
		{"a misspelled context", "${{ input.tag }}", []problem{{"input", "unknown name `input`, did you mean `inputs`? (here: attempt, env, error, git, host, inputs, item, run, steps)"}}},
		{"an unknown input", "${{ inputs.tga }}", []problem{{"tga", "unknown input `tga`, did you mean `tag`? (declared: dry-run, tag)"}}},
		{"an unknown step", "${{ steps.bum.outputs.x }}", []problem{{"bum", "unknown step `bum`, did you mean `bump`? (run before this: a-1, build-image, bump)"}}},
		{"an unknown step with a dash", "é${{ steps.build-imag.outputs.x }}", []problem{{"build-imag", "unknown step `build-imag`, did you mean `build-image`? (run before this: a-1, build-image, bump)"}}},
		{"an unknown part of a step", "${{ steps.bump.output.x }}", []problem{{"output", "unknown part of a step `output`, did you mean `outputs`? (of a step: conclusion, outcome, outputs)"}}},
		{"an unknown field", "${{ run.uri }}", []problem{{"uri", "unknown field `uri`, did you mean `url`? (of run: id, url)"}}},
		{"a computed input name", "${{ inputs[env.X] }}", []problem{{"X", "the name of the input must be written out, so that it can be checked before anything runs"}}},
		{"all wrong names at once", "${{ a + b }} ${{ c }}", []problem{
			{"a", "unknown name `a` (here: attempt, env, error, git, host, inputs, item, run, steps); text is put in quotes"},
			{"b", "unknown name `b` (here: attempt, env, error, git, host, inputs, item, run, steps); text is put in quotes"},
			{"c", "unknown name `c` (here: attempt, env, error, git, host, inputs, item, run, steps); text is put in quotes"},
		}},
		{"an expression that never ends", "a ${{ b", []problem{{"${{", "`${{` has no `}}`"}}},
		{"an expression closed inside a literal only", "${{ 'b }}", []problem{{"${{", "`${{` has no `}}` that closes it: a quote or a brace is still open before the one that follows"}}},
		{"an empty expression", "${{  }}", []problem{{"  ", "the expression is empty"}}},
		{"a syntax error", "é ${{ 1 + ) }}", []problem{{")", "`)` can't stand here"}}},
		{"an end too early", "${{ 1 + }}", []problem{{" ", "the expression ends too early"}}},
		{"GitHub's contains()", "${{ contains(env.A, 'b') }}", []problem{{"contains", "`contains` stands between its operands: `a contains b`"}}},
		{"a type error", "${{ inputs.tag == 1 }}", []problem{{"==", "text is never equal to a number: write the number without quotes, or make one of the text with `int(…)`"}}},
		{"the whole environment", "${{ $env }}", []problem{{"$env", "unknown name `$env`, did you mean `env`? (here: attempt, env, error, git, host, inputs, item, run, steps)"}}},
		{"a status function outside `if:`", "${{ failure() }}", []problem{{"failure", "`failure()` can be called in the `if` of a step only"}}},
		{"a function as a value", "${{ join }}", []problem{{"join", "unknown name `join`: it is a function, and called as in `join(…)`"}}},
		{"a variable", "${{ let x = 1; x }}", []problem{
			{"x", "there are no variables and no `;` here: write one expression"},
		}},
		{"GitHub's name of what has one here", "${{ github.sha }}", []problem{{"github", "unknown name `github`: here `github.sha` is `git.commit`"}}},
		{"a secret", "${{ secrets.KEY }}", []problem{{"secrets", "unknown name `secrets`: a secret reaches belay through the environment of its job, and is then `env.NAME`"}}},
		{"a variable's name", "${{ $HOME + CI_SHA }}", []problem{
			{"$HOME", "unknown name `$HOME`: a variable is `env.HOME`"},
			{"CI_SHA", "unknown name `CI_SHA`: a variable is `env.CI_SHA`"},
		}},
		{"GitHub's format()", "${{ format('{0}', env.A) }}", []problem{{"format", "unknown function `format`: texts are joined with `+`"}}},
		{"an expression in an expression", "${{ inputs.${{ env.A }} }}", []problem{{"{", "an expression can't hold another one: write its names without `${{ }}`"}}},
		{"a single equals sign", "${{ env.A = 'x' }}", []problem{{"=", "`=` can't stand here: two values are compared with `==`"}}},
		{"curly quotes", "${{ env.A == “x” }}", []problem{{"“", "`“` can't stand here; text is put in quotes, ' or \""}}},
		{"text in a text", "${{ env.A in 'a,b' }}", []problem{{"in", "`in` looks for a value in a list, as in `env.A in ['x', 'y']`, and this is text: text in a text is found with `contains`"}}},
		{"a sum of text and a number", "${{ env.A + 1 }}", []problem{{"+", "`+` can't take text and a number: make a number of a text with `int(…)`, or a text of a number with `string(…)`"}}},
		{"a default of GitHub's", "${{ inputs.tag || 'latest' }}", []problem{{"||", "`||` stands between conditions, and one of these is text: compare it, as in `… == 'true'`; a default is written `env.A != '' ? env.A : 'default'`"}}},
		{"a default for what is never nil", "${{ inputs.tag ?? 'latest' }}${{ env?.A ?? steps.bump.outputs.tag }}", []problem{
			{"??", idle}, {"??", idle},
		}},
		{"a default in the words of others", "${{ default(env.A, 'x') }}", []problem{{"default", "unknown function `default`: a default is written `env.A != '' ? env.A : 'default'`"}}},
		{"an index into text", "${{ inputs.tag[0] }}", []problem{{"[", "brackets take a part out of a list or a map, and this is text, of which a part is cut as in `text[0:7]`"}}},
		{"an index into a number", "${{ attempt[0] }}", []problem{{"[", "brackets take a part out of a list or a map, and this is a number"}}},
		{"a method", "${{ git.head.String() }}", []problem{{"String", "values have no methods; a function is given the value, as in `upper(env.APP)`"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := ParseText(tt.text, everything())
			var got []problem
			for _, p := range problems {
				got = append(got, problem{tt.text[p.Offset : p.Offset+p.Length], p.Message})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFieldsHaveTypes(t *testing.T) {
	names := everything()
	names.Fields = Fields()
	for text, want := range map[string]string{
		"run.id.short":                "this is text, and has no part `short`",
		"error.exit-code == '7'":      "a number is never equal to text: write the number without quotes, or make one of the text with `int(…)`",
		"git.branch && true":          "`&&` stands between conditions, and one of these is text: compare it, as in `… == 'true'`",
		"error.exit-code == 7":        "",
		"error.kind == nil":           "",
		"error.details.lock.id":       "",
		"error?.kind ?? 'none'":       "",
		"host['name'] + run.id":       "",
		"toJSON(git) + toJSON(error)": "",
	} {
		got := ""
		if _, problems := ParseText("${{ "+text+" }}", names); problems != nil {
			got = problems[0].Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestTheTypedFieldsAreThoseOfTheContexts(t *testing.T) {
	got := map[string][]string{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[typedScope]()) {
		if len(f.Index) == 1 && f.Type.Kind() == reflect.Struct && !f.Anonymous {
			for i := range f.Type.NumField() {
				context := f.Tag.Get("expr")
				got[context] = append(got[context], f.Type.Field(i).Tag.Get("expr"))
			}
		}
	}
	if diff := cmp.Diff(Fields(), got); diff != "" {
		t.Error(diff)
	}
}

func TestForbiddenFunctionsAreUnknown(t *testing.T) {
	for _, text := range []string{"repeat('x', 9)", "now()", "reduce([1], #acc)", "uniq([1])", "keys(env)", "env()"} {
		_, problems := ParseText("${{ "+text+" }}", everything())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, "unknown function") {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestEveryListedFunctionCompiles(t *testing.T) {
	calls := map[string]string{
		"join": "join([1])", "replace": "replace('a', 'b', 'c')", "split": "split('a', 'b')", "trimPrefix": "trimPrefix('a', 'b')",
		"trimSuffix": "trimSuffix('a', 'b')", "hasPrefix": "hasPrefix('a', 'b')", "hasSuffix": "hasSuffix('a', 'b')", "indexOf": "indexOf('a', 'b')",
		"abs": "abs(1)", "ceil": "ceil(1)", "floor": "floor(1)", "round": "round(1)", "min": "min(1, 2)", "max": "max(1, 2)", "sum": "sum([1])",
		"fromJSON": "fromJSON('1')", "toBase64": "toBase64('a')", "fromBase64": "fromBase64('YQ==')", "int": "int('1')", "float": "float('1')",
		"first": "first([1])", "last": "last([1])", "get": "get([1], 0)", "sort": "sort([1])", "reverse": "reverse([1])", "status": "status('bump')",
		"success": "success()", "failure": "failure()", "cancelled": "cancelled()", "always": "always()",
		"map": "map([1], #)", "filter": "filter([1], true)", "find": "find([1], true)", "count": "count([1], true)", "all": "all([1], true)",
		"any": "any([1], true)", "none": "none([1], true)", "one": "one([1], true)",
	}
	names := everything()
	names.Status = true
	for _, f := range Functions() {
		call := calls[f.Name]
		if call == "" {
			call = f.Name + "('a')"
		}
		text, problems := ParseText("${{ "+call+" }}", names)
		if problems != nil {
			t.Errorf("%s: %v", call, problems)
			continue
		}
		if _, err := text.Eval(values()); err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestContextsDependOnThePlace(t *testing.T) {
	_, problems := ParseText("${{ item.index }} ${{ error.kind }}", Names{Allowed: []string{"env", "inputs"}})
	want := []Problem{
		{4, 4, "`item` exists only in a step with `for-each`, and not in its `if`, which is asked once for all items (here there are: env, inputs)"},
		{22, 5, "`error` exists only where a failure is handled: in the `match` of a route, in recovery steps and in finally (here there are: env, inputs)"},
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

func TestEvaluationFailsWithWords(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a number that is none", "${{ int(env.APP) }}", "evaluate ${{ int(env.APP) }}: invalid operation: int(shop)"},
		{"a member of nothing", "${{ git.a.b }}", "evaluate ${{ git.a.b }}: cannot fetch b from <nil>"},
		{"an index out of range", "${{ [1][attempt] }}", "evaluate ${{ [1][attempt] }}: index out of range: 2 (array length is 1)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mustText(t, tt.text).Eval(values())
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func mustText(t *testing.T, s string) Text {
	t.Helper()
	text, problems := ParseText(s, everything())
	if problems != nil {
		t.Fatalf("ParseText(%q): %v", s, problems)
	}
	return text
}
