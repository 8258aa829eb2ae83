package spec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

// mustSteps reads a steps file that has nothing wrong with it.
func mustSteps(t *testing.T, text string) *Steps {
	t.Helper()
	f := source.File{Name: "steps.yml", Data: []byte(text)}
	s, problems := ReadSteps(f, testBuiltins())
	if len(problems) > 0 {
		t.Fatal(problems.Render(f))
	}
	return s
}

// shown makes texts and conditions comparable: as they were written.
var shown = cmp.Options{
	cmp.Transformer("text", func(t expr.Text) string { return t.Source() }),
	cmp.Transformer("condition", func(c expr.Condition) string { return c.Source() }),
	cmp.AllowUnexported(Routes{}, target{}),
}

func TestAStepsFileIsDecoded(t *testing.T) {
	got := mustSteps(t, string(read(t, filepath.Join(testdata, "ok", "design.yml")).Data))
	text := func(s string) expr.Text {
		text, _ := expr.ParseText(s, expr.Names{Inputs: []string{"tag"}, Allowed: []string{"inputs"}})
		return text
	}
	want := &Steps{
		File: "steps.yml", Name: "promote shop to prod",
		Inputs: []Input{{Name: "tag", Description: "image tag", Required: true}},
		Env:    []Var{{Name: "APP", Value: text("shop"), Pos: source.Pos{Line: 6, Col: 8}}},
		Steps: []Step{
			{
				ID: "bump", Pos: source.Pos{Line: 9, Col: 5}, Uses: "edit", Shell: "bash", Timeout: 15 * time.Minute, WorkingDirectory: text("."),
				With: map[string]any{"file": text("envs/prod/values.yaml"), "set": map[string]any{"image.tag": text("${{ inputs.tag }}")}},
			},
			{
				ID: "land", Pos: source.Pos{Line: 12, Col: 5}, Uses: "land", Shell: "bash", Timeout: 15 * time.Minute, WorkingDirectory: text("."),
				With: map[string]any{"branch": text("main"), "paths": []any{text("envs/prod")}, "message": text("prod: shop ${{ inputs.tag }}")},
			},
			{
				ID: "smoke", Pos: source.Pos{Line: 15, Col: 5}, Run: "./smoke.sh", Shell: "bash", Timeout: 5 * time.Minute, WorkingDirectory: text("."),
				OnError: Routes{
					List: []policy.Route{{
						ID: "smoke.on-error[0]", Match: policy.Match{Kinds: []policy.Kind{policy.Network, policy.StepTimeout}},
						Action: policy.RetryAction{Max: 3, Backoff: policy.Backoff{Initial: 5 * time.Second, Factor: 2, MaxDelay: 5 * time.Minute, Jitter: 0.25}, Workspace: policy.KeepWorkspace},
					}},
					Recovery: map[string][]Step{}, If: map[string]expr.Condition{},
					pos: map[string]source.Pos{"smoke.on-error[0]": {Line: 19, Col: 9}},
				},
			},
		},
		Finally: []Step{{ID: "finally-1", Pos: source.Pos{Line: 22, Col: 5}, Run: "./notify.sh", Shell: "bash", Timeout: 15 * time.Minute, WorkingDirectory: text(".")}},
	}
	if diff := cmp.Diff(want, got, shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatABuiltinIsGivenKeepsItsShape(t *testing.T) {
	s := mustSteps(t, `version: 1
inputs: { draft: }
steps:
  - uses: edit
    with: { file: 1.10, set: { a.b: 3, c: "3", d: 1.10, e: true, f: ~, g: [x, { h: 010 }], i: "${{ inputs.draft }}" } }
  - uses: open-pull-request
    with: { title: t, draft: "${{ inputs.draft == 'yes' }}", labels: [1.0, no] }
  - uses: open-pull-request
    with: { title: t, draft: true, labels: one }
`)
	want := []map[string]any{
		{"file": "1.10", "set": map[string]any{"a.b": 3, "c": "3", "d": "1.10", "e": true, "f": nil, "g": []any{"x", map[string]any{"h": "010"}}, "i": "${{ inputs.draft }}"}},
		{"title": "t", "draft": "${{ inputs.draft == 'yes' }}", "labels": []any{"1.0", "no"}},
		{"title": "t", "draft": true, "labels": []any{"one"}},
	}
	for i, step := range s.Steps {
		if diff := cmp.Diff(want[i], sources(step.With)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// sources replaces texts by what was written.
func sources(v any) any {
	switch v := v.(type) {
	case expr.Text:
		return v.Source()
	case []any:
		items := []any{}
		for _, item := range v {
			items = append(items, sources(item))
		}
		return items
	case map[string]any:
		entries := map[string]any{}
		for k, item := range v {
			entries[k] = sources(item)
		}
		return entries
	}
	return v
}

func TestDefaultsAreFoldedIntoStepsThatDoNotSayOtherwise(t *testing.T) {
	s := mustSteps(t, `version: 1
defaults: { shell: sh, timeout: 1m, working-directory: sub }
steps:
  - run: a
    on-error: [{ run: { steps: [{ run: undo }] } }]
  - { run: b, shell: python, timeout: 2m, working-directory: other }
finally: [{ run: c }]
`)
	recovery := s.Steps[0].OnError.Recovery["step-1.on-error[0]"]
	for _, c := range []struct {
		step Step
		want string
	}{
		{s.Steps[0], "step-1 sh 1m0s sub"},
		{recovery[0], "step-1-recovery-1 sh 1m0s sub"},
		{s.Steps[1], "step-2 python 2m0s other"},
		{s.Finally[0], "finally-1 sh 1m0s sub"},
	} {
		if got := fmt.Sprintln(c.step.ID, c.step.Shell, c.step.Timeout, c.step.WorkingDirectory.Source()); got != c.want+"\n" {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestEveryStepHasAnIDOfItsOwn(t *testing.T) {
	s := mustSteps(t, `version: 1
steps:
  - run: a
    on-error:
      - { match: x, run: { steps: [{ run: a }, { run: b }] } }
      - { run: { steps: [{ run: c }, { id: mine, run: d }] } }
  - { id: two, run: b }
  - run: c
finally: [{ run: d }, { run: e }]
`)
	var ids []string
	var collect func(steps []Step)
	collect = func(steps []Step) {
		for _, step := range steps {
			ids = append(ids, step.ID)
			for _, route := range step.OnError.List {
				collect(step.OnError.Recovery[route.ID])
			}
		}
	}
	collect(s.Steps)
	collect(s.Finally)
	want := []string{"step-1", "step-1-recovery-1", "step-1-recovery-2", "step-1-recovery-3", "mine", "two", "step-3", "finally-1", "finally-2"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestANameHasAtMostAHundredCharacters(t *testing.T) {
	for place, file := range map[string]string{
		"a step's id":     "version: 1\nsteps:\n  - id: %s\n    run: make\n",
		"an input's name": "version: 1\ninputs: { %s: {} }\nsteps:\n  - run: make\n",
		"a stage":         "version: 1\nstage: %s\nsteps:\n  - run: make\n",
	} {
		t.Run(place, func(t *testing.T) {
			mustSteps(t, fmt.Sprintf(file, strings.Repeat("a", 100)))
			f := source.File{Name: "steps.yml", Data: fmt.Appendf(nil, file, strings.Repeat("a", 101))}
			if _, problems := ReadSteps(f, testBuiltins()); len(problems) != 1 {
				t.Errorf("one more character: want one problem, got\n%s", problems.Render(f))
			}
		})
	}
}
