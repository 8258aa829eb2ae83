package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner/process"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// builtins are those that the files of testdata/spec use.
func builtins() []spec.Builtin {
	return []spec.Builtin{
		{Name: "land", With: []source.Key{
			{Name: "branch", Type: source.TypeText},
			{Name: "paths", Type: source.TypeWords},
			{Name: "message", Type: source.TypeText},
		}},
		{Name: "edit", With: []source.Key{
			{Name: "file", Type: source.TypeText, Required: true},
			{Name: "set", Type: source.TypeMapping},
		}},
		{Name: "open-pull-request", With: []source.Key{
			{Name: "title", Type: source.TypeText, Required: true},
			{Name: "draft", Type: source.TypeBool},
			{Name: "labels", Type: source.TypeWords},
		}},
	}
}

// compiled returns a schema that a JSON Schema library made of ours, after it held it against the draft's own
// meta-schema. at is a JSON pointer.
func compiled(t *testing.T, s Schema, at string) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	id := s["$id"].(string)
	if err := c.AddResource(id, document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(id + "#" + at)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// verdicts returns what is wrong with a file in the eyes of its schema, nil for nothing, and whether the decoder
// takes it. What the decoder only warns of, it takes.
func verdicts(t *testing.T, steps, policies *jsonschema.Schema, f source.File) (refused error, taken bool) {
	t.Helper()
	root, _ := source.Parse(f)
	if root == nil {
		t.Fatalf("%s is no YAML", f.Name)
	}
	if strings.HasPrefix(f.Name, "policy") || strings.HasPrefix(f.Name, "preset") {
		_, problems := spec.ReadPolicy(f, builtins())
		return policies.Validate(jsonOf(root)), !problems.HasErrors()
	}
	_, problems := spec.ReadSteps(f, builtins())
	return steps.Validate(jsonOf(root)), !problems.HasErrors()
}

func read(t *testing.T, path string) source.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return source.File{Name: filepath.Base(path), Data: data}
}

func TestSchemasTakeEveryCorrectFile(t *testing.T) {
	steps, policies := compiled(t, StepsSchema(builtins()), ""), compiled(t, PolicySchema(builtins()), "")
	paths, _ := filepath.Glob("../../testdata/spec/ok/*.yml")
	if len(paths) == 0 {
		t.Fatal("found no files")
	}
	var files []source.File
	for _, path := range paths {
		files = append(files, read(t, path))
	}
	for _, name := range spec.Presets() {
		preset, _ := spec.Preset(name)
		files = append(files, preset)
	}
	for _, f := range files {
		if refused, _ := verdicts(t, steps, policies, f); refused != nil {
			t.Errorf("%s: %v", f.Name, refused)
		}
	}
}

func TestSchemasRefuseEveryUnknownKey(t *testing.T) {
	steps, policies := compiled(t, StepsSchema(builtins()), ""), compiled(t, PolicySchema(builtins()), "")
	goldens, _ := filepath.Glob("../../testdata/spec/err/*.out")
	found := 0
	for _, golden := range goldens {
		if !bytes.Contains(read(t, golden).Data, []byte("[unknown-key]")) {
			continue
		}
		if strings.HasPrefix(filepath.Base(golden), "child-") {
			continue // what another file says, or takes as its inputs, a schema can't know
		}
		found++
		f := read(t, strings.TrimSuffix(golden, ".out")+".yml")
		if refused, _ := verdicts(t, steps, policies, f); refused == nil {
			t.Errorf("%s: the schema takes it", f.Name)
		}
	}
	if found < 10 {
		t.Errorf("found %d files with an unknown key", found)
	}
}

func TestSchemaAndDecoderAgree(t *testing.T) {
	steps, policies := compiled(t, StepsSchema(builtins()), ""), compiled(t, PolicySchema(builtins()), "")
	routes := func(route string) string { return "version: 1\nroutes: [" + route + "]" }
	one := func(step string) string { return "version: 1\nsteps: [" + step + "]" }
	type row struct {
		name, file, text string
		fine             bool
	}
	rows := []row{
		{"no action", "policy", routes("{ match: network }"), false},
		{"two actions", "policy", routes("{ fail: {}, rollback: {} }"), false},
		{"an action without a value", "policy", routes("{ rollback: }"), true},
		{"an action that needs a key, without a value", "policy", routes("{ run: }"), false},
		{"an action that takes no keys", "policy", routes("{ fail: { max: 1 } }"), false},
		{"an action of the wrong type", "policy", routes("{ retry: 3 }"), false},
		{"the short form of to", "policy", routes("{ to: cleanup }"), true},
		{"the long form of to", "policy", routes("{ to: { step: cleanup } }"), true},
		{"a value out of bounds", "policy", routes("{ retry: { max: 0 } }, { fail: {} }"), false},
		{"a wait without a unit", "policy", routes("{ retry: { initial: 5 } }, { fail: {} }"), false},
		{"a wait of nothing", "policy", routes("{ retry: { initial: 0 } }, { fail: {} }"), true},
		{"a jitter in words", "policy", routes("{ retry: { jitter: full } }, { fail: {} }"), true},
		{"a jitter in other words", "policy", routes("{ retry: { jitter: some } }, { fail: {} }"), false},
		{"a kind for a match", "policy", routes("{ match: git.conflict, fail: {} }"), true},
		{"a list of kinds for a match", "policy", routes("{ match: [git, network, oom], fail: {} }"), true},
		{"a match of nothing", "policy", routes("{ match: , fail: {} }"), false},
		{"a number and a range", "policy", routes(`{ match: { exit-code: [3, "70-79"] }, fail: {} }`), true},
		{"a hint", "policy", routes("{ match: { hint: [retry, rerun] }, fail: {} }"), true},
		{"a hint that no step can give", "policy", routes("{ match: { hint: panic }, fail: {} }"), false},
		{"recovery steps", "policy", routes("{ run: { steps: [{ run: ./undo.sh }], then: rollback } }"), true},
		{"no recovery steps", "policy", routes("{ run: { steps: [] } }"), false},
		{"a recovery step with routes", "policy", routes("{ run: { steps: [{ run: ./undo.sh, on-error: [{ fail: {} }] }] } }"), false},
		{"classify by a kind", "policy", "version: 1\nclassify: [{ match: { kind: network }, kind: mine }]", false},
		{"a way to land", "policy", "version: 1\nland: { integrate: merge, sign: ssh }", true},
		{"a test", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [build, { id: smoke, shell: sh }], fail: { smoke: [timeout, exit:1] }, expect: { result: failed, attempts: { smoke: 1 } } }]", true},
		{"a test whose step is two things", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [{ id: a, run: make, uses: land, with: { branch: main } }], expect: { result: failed } }]", false},
		{"a test that fails in a mapping", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [a], fail: { a: { exit: 1 } }, expect: { result: failed } }]", false},
		{"a test with a wait without a unit", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [a], fail: { a: timeout }, expect: { waits: [5] } }]", false},
		{"a test of what a step leaves", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [a], outputs: { a: { url: x, n: 1 } }, expect: { result: success } }]", true},
		{"a test of a step that leaves a list", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [a], outputs: { a: { url: [x] } }, expect: { result: success } }]", false},
		{"a test of a step that leaves text", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [a], outputs: { a: x }, expect: { result: success } }]", false},
		{"a test without steps", "policy", "version: 1\nroutes: [{ fail: {} }]\ntests: [{ name: a, steps: [], expect: { result: success } }]", false},
		{"version as text", "policy", `version: "1"`, true},
		{"another version", "policy", "version: 2", false},
		{"no version", "policy", "routes: []", false},

		{"a script and a built-in step", "steps", one("{ run: make, uses: land, with: { branch: main } }"), false},
		{"neither", "steps", one("{ name: nothing }"), false},
		{"with on a script", "steps", one("{ run: make, with: { branch: main } }"), false},
		{"a shell on a built-in step", "steps", one("{ uses: land, with: { branch: main }, shell: sh }"), false},
		{"an unknown built-in step", "steps", one("{ uses: lnad }"), false},
		{"a built-in step without what it needs", "steps", one("{ uses: edit }"), false},
		{"an unknown key of with", "steps", one("{ uses: land, with: { branch: main, brnach: x } }"), false},
		{"an expression for a yes or no", "steps", one(`{ uses: open-pull-request, with: { title: x, draft: "${{ attempt > 0 }}" } }`), true},
		{"text for a yes or no", "steps", one("{ uses: open-pull-request, with: { title: x, draft: maybe } }"), false},
		{"an expression in a script", "steps", one(`{ run: "echo ${{ run.id }}" }`), false},
		{"an expression in a probe", "steps", one(`{ run: make, probe: "test ${{ run.id }}" }`), false},
		{"an expression in what cleans up", "steps", one(`{ run: make, before: "rm ${{ run.id }}" }`), false},
		{"numbers in env", "steps", one("{ run: make, env: { A: 1.10, B: true } }"), true},
		{"a list in env", "steps", one("{ run: make, env: { A: [1] } }"), false},
		{"a timeout of nothing", "steps", one("{ run: make, timeout: 0 }"), false},
		{"an unknown shell", "steps", one("{ run: make, shell: zsh }"), false},
		{"a shell by its command", "steps", one(`{ run: make, shell: "perl {0}" }`), true},
		{"an input with nothing to say", "steps", "version: 1\ninputs: { tag: }\nsteps: [{ run: make }]", true},
		{"no steps", "steps", "version: 1\nsteps: []", false},
		{"a list to go over", "steps", one("{ run: make, for-each: [eu, { name: us }] }"), true},
		{"a mapping to go over", "steps", one("{ run: make, for-each: { eu: 1 }, max-parallel: 2, fail-fast: false }"), true},
		{"an expression to go over", "steps", one(`{ run: make, for-each: "${{ split(env.A, ',') }}" }`), true},
		{"text to go over", "steps", one("{ run: make, for-each: eu }"), false},
		{"a number to go over", "steps", one("{ run: make, for-each: 3 }"), false},
		{"too many at a time", "steps", one("{ run: make, for-each: [eu], max-parallel: 101 }"), false},
		{"many at a time of nothing", "steps", one("{ run: make, max-parallel: 2 }"), false},
		{"a file that is named without its folder", "steps", one("{ uses: deploy.yml }"), false},
		{"outputs", "steps", "version: 1\nsteps: [{ id: a, run: make }]\noutputs: { tag: \"${{ steps.a.outputs.tag }}\", n: 3 }", true},
		{"an output that is a list", "steps", "version: 1\nsteps: [{ run: make }]\noutputs: { tags: [a] }", false},
		{"env in defaults", "steps", "version: 1\ndefaults: { env: {} }\nsteps: [{ run: make }]", false},
	}
	for _, s := range process.Shells() {
		if s.Name != "" {
			rows = append(rows, row{"the shell " + s.Name, "steps", one("{ run: make, shell: " + s.Name + " }"), true})
		}
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			refused, taken := verdicts(t, steps, policies, source.File{Name: tt.file, Data: []byte(tt.text)})
			if taken != tt.fine {
				t.Errorf("the decoder takes it: %v, want %v", taken, tt.fine)
			}
			if (refused == nil) != tt.fine {
				t.Errorf("the schema takes it: %v, want %v: %v", refused == nil, tt.fine, refused)
			}
		})
	}
}

func TestExamplesAndDefaultsAreValues(t *testing.T) {
	for _, s := range []Schema{StepsSchema(builtins()), PolicySchema(builtins())} {
		checked := 0
		text, _ := json.Marshal(s)
		var root any
		if err := json.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		walk("", root, func(at string, keywords map[string]any) {
			examples, _ := keywords["examples"].([]any)
			if v, ok := keywords["default"]; ok && !strings.HasSuffix(at, "properties") {
				examples = append(examples, v)
			}
			for _, example := range examples {
				checked++
				if err := compiled(t, s, at).Validate(example); err != nil {
					t.Errorf("%s: %v: %v", at, example, err)
				}
			}
		})
		if checked < 20 {
			t.Errorf("checked %d examples of %s", checked, s["title"])
		}
	}
}

// walk calls f with every mapping in a JSON value and its JSON pointer.
func walk(at string, v any, f func(at string, keywords map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(at, v)
		for key, value := range v {
			walk(at+"/"+key, value, f)
		}
	case []any:
		for i, value := range v {
			walk(fmt.Sprintf("%s/%d", at, i), value, f)
		}
	}
}
