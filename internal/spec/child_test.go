package spec

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/belay-ci/belay/internal/source"
	"github.com/google/go-cmp/cmp"
)

func TestAChildIsPartOfTheStepThatRunsIt(t *testing.T) {
	tree := fstest.MapFS{
		"ci/deploy.yml": {Data: []byte("version: 1\ninputs: { region: , tag: { default: v1 } }\nsteps: [{ id: go, run: make, on-error: [{ restart: {} }] }, { uses: ../undo.yml }]\noutputs: { url: \"${{ steps.go.outputs.url }}\" }\n")},
		"undo.yml":      {Data: []byte("version: 1\nsteps: [{ run: ./undo.sh }]\n")},
	}
	f := source.File{Name: "work/.belay/steps.yml", Data: []byte(`version: 1
steps:
  - { id: eu, uses: ../ci/deploy.yml, with: { region: eu } }
  - { id: us, uses: ../ci/deploy.yml, with: { region: us, tag: v2 } }
`)}
	s, problems := ReadStepsIn(tree, ".belay/steps.yml", f, nil)
	if len(problems) > 0 {
		t.Fatal(problems.Render(f))
	}
	eu, us := s.Steps[0], s.Steps[1]
	if eu.Child == nil || eu.Child != us.Child {
		t.Fatal("both steps run the one file, which is read once")
	}
	got := []any{eu.Uses, sources(eu.With), sources(us.With), eu.Child.File, eu.Child.Outputs[0].Name, eu.Child.Steps[1].Child.File}
	want := []any{"../ci/deploy.yml", map[string]any{"region": "eu"}, map[string]any{"region": "us", "tag": "v2"}, "work/ci/deploy.yml", "url", "work/undo.yml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var names []string
	for _, f := range s.Files {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"work/ci/deploy.yml", "work/undo.yml"}, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesRunFilesEightDeep(t *testing.T) {
	for _, deep := range []int{MaxDepth, MaxDepth + 1} {
		tree := fstest.MapFS{}
		for i := 1; i <= deep; i++ {
			tree[fmt.Sprint(i, ".yml")] = &fstest.MapFile{Data: fmt.Appendf(nil, "version: 1\nsteps: [{ uses: ./%d.yml }]\n", i+1)}
		}
		tree[fmt.Sprint(deep, ".yml")] = &fstest.MapFile{Data: []byte("version: 1\nsteps: [{ run: make }]\n")}
		f := source.File{Name: "0.yml", Data: []byte("version: 1\nsteps: [{ uses: ./1.yml }]\n")}
		_, problems := ReadStepsIn(tree, "0.yml", f, nil)
		if problems.HasErrors() != (deep > MaxDepth) {
			t.Errorf("%d deep: %v", deep, problems)
		}
	}
}

// TestAFamilyOfFilesIsCheapToRefuse has each of eight files run the next one many times.
func TestAFamilyOfFilesIsCheapToRefuse(t *testing.T) {
	tree := fstest.MapFS{"9.yml": {Data: []byte("version: 1\nsteps: [{ run: make, idempotent: false }]\n")}}
	for i := range 9 {
		text := "version: 1\nsteps:\n"
		for range 500 {
			text += fmt.Sprintf("  - { uses: ./%d.yml, for-each: [a, b], max-parallel: 2, on-error: [{ retry: {} }] }\n", i+1)
		}
		tree[fmt.Sprint(i, ".yml")] = &fstest.MapFile{Data: []byte(text)}
	}
	_, problems := ReadStepsIn(tree, "0.yml", source.File{Name: "0.yml", Data: tree["0.yml"].Data}, nil)
	if !problems.HasErrors() {
		t.Error("more steps than anyone has time for are taken")
	}
}

func TestAFileWithoutARepositoryRunsNoOthers(t *testing.T) {
	_, problems := ReadSteps(source.File{Name: "f", Data: []byte("version: 1\nsteps: [{ uses: ./other.yml }]\n")}, nil)
	if len(problems) != 1 || problems[0].Rule != "child" {
		t.Error(problems)
	}
}
