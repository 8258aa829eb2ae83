package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testKeys() []Key {
	return []Key{
		{Name: "text", Type: TypeText},
		{Name: "enum", Type: TypeEnum, Enum: []string{"red", "green"}},
		{Name: "bool", Type: TypeBool},
		{Name: "int", Type: TypeInt, Min: 1, Max: 10},
		{Name: "number", Type: TypeNumber, Enum: []string{"full"}, Max: 1},
		{Name: "duration", Type: TypeDuration, Max: 3600},
		{Name: "timeout", Type: TypeDuration, Positive: true},
		{Name: "words", Type: TypeWords},
		{Name: "mapping", Type: TypeMapping},
		{Name: "list", Type: TypeList},
		{Name: "any", Type: TypeAny},
		{Name: "must", Type: TypeText, Required: true, Example: "x"},
	}
}

func decode(t *testing.T, text string) (*Record, Diagnostics) {
	t.Helper()
	root, problems := Parse(File{Name: "f", Data: []byte(text)})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := &Decoder{File: "f"}
	return d.Record(root, "a thing", testKeys()), d.Problems
}

func TestValuesComeWithTheirPlace(t *testing.T) {
	rec, problems := decode(t, "must: 1.10\ntext: true\nenum: red\nbool: true\nint: 7\nnumber: 1\nduration: 1m30s\nwords: [a, 1.0]\nany:\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	type values struct {
		Must, Text, Enum Value[string]
		Bool             Value[bool]
		Int              Value[int]
		Number           Value[float64]
		Duration         Value[time.Duration]
		Words            []Value[string]
	}
	var got values
	got.Must, _ = rec.Text("must")
	got.Text, _ = rec.Text("text")
	got.Enum, _ = rec.Text("enum")
	got.Bool, _ = rec.Bool("bool")
	got.Int, _ = rec.Int("int")
	got.Number, _ = rec.Number("number")
	got.Duration, _ = rec.Duration("duration")
	got.Words = rec.Words("words")
	want := values{
		Must: Value[string]{"1.10", Pos{1, 7}}, Text: Value[string]{"true", Pos{2, 7}}, Enum: Value[string]{"red", Pos{3, 7}},
		Bool: Value[bool]{true, Pos{4, 7}}, Int: Value[int]{7, Pos{5, 6}}, Number: Value[float64]{1, Pos{6, 9}},
		Duration: Value[time.Duration]{90 * time.Second, Pos{7, 11}},
		Words:    []Value[string]{{"a", Pos{8, 9}}, {"1.0", Pos{8, 12}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rec.Node("any") == nil || rec.Node("any").Kind != Null {
		t.Error("any value may be nothing")
	}
	if _, ok := rec.Text("absent"); ok || rec.Has("absent") {
		t.Error("an absent key has no value")
	}
	if _, ok := rec.Int("text"); ok {
		t.Error("a text is no int")
	}
}

func TestAWrongValueIsReportedAndNotThere(t *testing.T) {
	for text, want := range map[string]string{
		"enum: gren":          `"enum" can't be "gren", did you mean "green"? (expected: green, red)`,
		"enum: [red]":         `"enum" must be one of red, green, not a list`,
		"bool: yes":           `"bool" must be true or false, not "yes"`,
		"bool: 'true'":        `"bool" must be true or false, not "true" in quotes`,
		"int: 1.5":            `"int" must be a whole number, not "1.5"`,
		"int: 0":              `"int" must be at least 1, not 0`,
		"int: 11":             `"int" must be at most 10, not 11`,
		"int: ten":            `"int" must be a whole number, not "ten"`,
		"number: half":        `"number" must be a number or full, not "half"`,
		"number: 1.5":         `"number" must be at most 1, not 1.5`,
		"duration: 5":         `"duration" needs a unit: 5s for seconds, 5m for minutes`,
		"duration: 5 m":       `"duration" must be a duration such as 90s, 5m or 1h30m, not "5 m"; write 5m`,
		"duration: -5m":       `"duration" can't be negative`,
		"duration: 2h":        `"duration" must be at most 1h0m0s`,
		"duration: 3d":        `"duration" must be a duration such as 90s, 5m or 1h30m, not "3d"; write 72h`,
		"duration: 3000000h":  `"duration" is out of range: 3000000h, where 2562047h is the most`,
		"timeout: 0":          `"timeout" must be more than zero; leave the key out for none`,
		"words: { a: b }":     `"words" must be text or a list of text, not a mapping`,
		"words: [a, ]\ntext:": `"text" has no value; it must be text`,
		"mapping: []":         `"mapping" must be a mapping, not a list`,
		"list: { a: b }":      `"list" must be a list: begin each item with "- "`,
		"list: a":             `"list" must be a list, not "a"`,
		"tetx: a":             `unknown key "tetx" in a thing, did you mean "text"? (expected: any, bool, duration, enum, int, list, mapping, must, number, text, timeout, words)`,
		"q: a":                `unknown key "q" in a thing (expected: any, bool, duration, enum, int, list, mapping, must, number, text, timeout, words)`,
	} {
		rec, problems := decode(t, "must: x\n"+text+"\n")
		if len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%s:\n got %v\nwant %s", text, problems, want)
		}
		if key, _, _ := strings.Cut(text, ":"); key != "words" && rec.Node(key) != nil {
			t.Errorf("%s: the value is there all the same", text)
		}
	}
}

func TestARequiredKeyIsMissedOnce(t *testing.T) {
	if _, problems := decode(t, "{}\n"); len(problems) != 1 || problems[0].Message != "a thing needs the key \"must\", as in `must: x`" {
		t.Errorf("got %v", problems)
	}
	if _, problems := decode(t, "muts: x\n"); len(problems) != 1 || problems[0].Rule != "unknown-key" {
		t.Errorf("a key that is misspelt is not missing as well: %v", problems)
	}
}

func TestTheFirstErrorIsToldHoweverManyWarnings(t *testing.T) {
	d := &Decoder{File: "f"}
	for i := range 3 * maxProblems {
		d.Warn(Pos{i + 1, 1}, "r", "warning %d", i)
	}
	d.Report(Pos{1, 1}, "r", "an error")
	d.Report(Pos{1, 1}, "r", "another")
	if len(d.Problems) != maxProblems+1 || !d.Problems.HasErrors() {
		t.Errorf("there are %d problems", len(d.Problems))
	}
}

func TestNearest(t *testing.T) {
	known := []string{"timeout", "continue-on-error", "run", "uses", "if"}
	for name, want := range map[string]string{
		"tiemout": "timeout", "TIMEOUT": "timeout", "time-out": "timeout", "continue_on_error": "continue-on-error",
		"rnu": "run", "use": "uses", "fi": "if", "": "", "x": "", "entirely": "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("the nearest to %q is %q, want %q", name, got, want)
		}
	}
}

func ExampleDiagnostics_Render() {
	f := File{Name: "steps.yml", Data: []byte("steps:\n  - run: make\n    tiemout: 5m\n")}
	root, problems := Parse(f)
	d := &Decoder{File: f.Name, Problems: problems}
	d.Record(root.Get("steps").Items[0], "a step", []Key{{Name: "run", Type: TypeText}, {Name: "timeout", Type: TypeDuration}})
	fmt.Print(d.Problems.Render(f))
	// Output:
	// steps.yml:3:5: unknown key "tiemout" in a step, did you mean "timeout"? (expected: run, timeout) [unknown-key]
	//     3 |     tiemout: 5m
	//       |     ^
}
