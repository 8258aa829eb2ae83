package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRunsOfOneJobAreToldApart(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(top, "apps", "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, run := range map[string]struct {
		dir, steps string
		inputs     map[string]string
	}{
		"the default file":       {"", "", nil},
		"another file":           {"", "other.yml", nil},
		"another folder's":       {"apps/a", "", nil},
		"an input":               {"", "", map[string]string{"region": "eu"}},
		"another input":          {"", "", map[string]string{"region": "us"}},
		"inline steps":           {"", "version: 1\nsteps: []", nil},
		"other inline steps":     {"", "version: 1\nsteps: [{}]", nil},
		"outside the repository": {"", "/elsewhere/steps.yml", nil},
	} {
		t.Chdir(filepath.Join(top, run.dir))
		key, err := jobKey(top, run.steps, run.inputs)
		if err != nil {
			t.Fatal(err)
		}
		if twin, ok := seen[key]; ok {
			t.Errorf("%s has the key of %s: %s", name, twin, key)
		}
		seen[key] = name
	}
}

func TestARunHasTheSameKeyWhereverItIsWrittenFrom(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(top)
	want := `[".belay/steps.yml",{"a":"1","b":"2"}]`
	for _, steps := range []string{"", ".belay/steps.yml", " ./.belay/steps.yml ", filepath.Join(top, ".belay", "steps.yml")} {
		if key, err := jobKey(top, steps, map[string]string{"b": "2", "a": "1"}); err != nil || key != want {
			t.Errorf("%q: %s, %v", steps, key, err)
		}
	}
}
