package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/runner/report"
)

type action struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Shell, Run, Uses string
			Env                  map[string]string
		}
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Runs.Steps) != 1 {
		t.Fatalf("action.yml has %d steps", len(a.Runs.Steps))
	}
	return a
}

func TestActionDeclaresTheTables(t *testing.T) {
	a := readAction(t)
	inputs, env := map[string]struct{ Description, Default string }{}, map[string]string{"BELAY_MATRIX": "${{ toJSON(matrix) }}"}
	for _, in := range Inputs() {
		inputs[in.Name] = struct{ Description, Default string }{in.Means, in.Default}
		env[in.Env] = "${{ inputs." + in.Name + " }}"
	}
	if diff := cmp.Diff(inputs, a.Inputs); diff != "" {
		t.Errorf("inputs:\n%s", diff)
	}
	if diff := cmp.Diff(env, a.Runs.Steps[0].Env); diff != "" {
		t.Errorf("env:\n%s", diff)
	}
	outputs := map[string]struct{ Description, Value string }{}
	for _, o := range report.Outputs() {
		outputs[o.Name] = struct{ Description, Value string }{o.Means, "${{ steps.belay.outputs." + o.Name + " }}"}
	}
	if diff := cmp.Diff(outputs, a.Outputs); diff != "" {
		t.Errorf("outputs:\n%s", diff)
	}
}

func TestActionRunsNoExpression(t *testing.T) {
	step := readAction(t).Runs.Steps[0]
	if strings.Contains(step.Run, "${{") {
		t.Error("action.yml has an expression inside run")
	}
	if !strings.HasSuffix(strings.TrimSpace(step.Run), `exec "$belay" "$INPUT_COMMAND"`) {
		t.Error("the script does not end with exec: signals would not reach belay")
	}
}

func TestActionFindsItsBinary(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script needs a POSIX shell")
	}
	script := readAction(t).Runs.Steps[0].Run
	tools := t.TempDir() // what the script may use; no Go among it
	for _, tool := range []string{"sh", "tr", "basename", "touch"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, tool)); err != nil {
			t.Fatal(err)
		}
	}
	fake := "#!/bin/sh\necho \"$0 $* in $(basename \"$PWD\")\"\n"
	tests := []struct {
		name string
		env  []string
		want string // of the output, with the folder written as DIR
	}{
		{"a relative binary_path is taken from the workspace", []string{"INPUT_BINARY_PATH=bin/belay"}, "DIR/bin/belay run in sub"},
		{"an absolute binary_path is taken as it is", []string{"INPUT_BINARY_PATH=DIR/bin/belay"}, "DIR/bin/belay run in sub"},
		{"a version comes from the tool cache", []string{"INPUT_VERSION=1.2.3"}, "DIR/cache/belay/1.2.3/x64/belay run in sub"},
		{"doctor is run in place of run", []string{"INPUT_BINARY_PATH=bin/belay", "INPUT_COMMAND=doctor"}, "DIR/bin/belay doctor in sub"},
		{"no other command is run", []string{"INPUT_BINARY_PATH=bin/belay", "INPUT_COMMAND=run --allow-untrusted"}, "::error title=belay::The input `command` is run or doctor."},
		{"a version that is not there is an error", []string{"INPUT_VERSION=9"}, "::error title=belay::Version 9 is not in the runner's tool cache, and there is no release to download: leave `version` away, or set `binary_path`."},
		{"without Go there is an error", nil, "::error title=belay::There is no Go to build belay with: add actions/setup-go before this step, or set `binary_path`."},
		{"hostile values stay values", []string{"INPUT_BINARY_PATH=$(touch pwned);'\"/belay"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, path := range []string{"bin/belay", "cache/belay/1.2.3/x64/belay", "sub/keep"} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), []byte(fake), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("sh", "-c", script)
			cmd.Dir = dir
			cmd.Env = []string{"PATH=" + tools, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TOOL_CACHE=" + dir + "/cache", "INPUT_VERSION=", "INPUT_BINARY_PATH=", "INPUT_WORKING_DIRECTORY=sub", "INPUT_COMMAND=run"}
			for _, v := range tt.env {
				cmd.Env = append(cmd.Env, strings.ReplaceAll(v, "DIR", dir))
			}
			out, _ := cmd.Output()
			if got := strings.ReplaceAll(strings.TrimSpace(string(out)), dir, "DIR"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Error("an input was run as code")
			}
		})
	}
}

func TestGivenInputs(t *testing.T) {
	env := map[string]string{"INPUT_STEPS": " a.yml\n", "INPUT_PR_TOKEN": "t", "INPUT_POLICY": " ", "INPUT_OTHER": "x"}
	got := Given(func(name string) string { return env[name] })
	if diff := cmp.Diff(map[string]string{"steps": "a.yml", "pr_token": "t"}, got); diff != "" {
		t.Error(diff)
	}
}
