package main

import (
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/starter"
)

// TestWhatInitWritesWorks runs the first steps file under the first policy, and holds the workflow to what action.yml
// declares.
func TestWhatInitWritesWorks(t *testing.T) {
	server := gittest.Serve(t)
	for _, name := range starter.Hosts() {
		files, err := starter.Files(name, "main")
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, f := range files {
			texts[f.Path] = f.Text
			if strings.HasSuffix(f.Path, ".yml") {
				if root, problems := source.Parse(source.File{Name: f.Path, Data: []byte(f.Text)}); root == nil || problems.HasErrors() {
					t.Errorf("%s is no YAML: %v", f.Path, problems)
				}
			}
		}
		if name == "github" {
			checkWorkflow(t, texts[".github/workflows/belay.yml"])
			example{run: true}.try(t, server, texts[".belay/steps.yml"], texts[".belay/policy.yml"])
		}
	}
}
