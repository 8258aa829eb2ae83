package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/runner"
	"github.com/spf13/cobra"
)

// Where belay looks when nobody says otherwise.
const (
	defaultSteps  = ".belay/steps.yml"
	defaultPolicy = ".belay/policy.yml"
)

// fileFlags are the flags of every command that reads the two files.
type fileFlags struct{ steps, policy string }

func (f *fileFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.steps, "steps", "", "the steps file, or its YAML (default "+defaultSteps+")")
	cmd.Flags().StringVar(&f.policy, "policy", "", "the policy file, its YAML, or a preset: "+strings.Join(spec.Presets(), ", ")+
		" (default "+defaultPolicy+", else the preset "+spec.DefaultPreset+")")
	_ = cmd.MarkFlagFilename("steps", "yml", "yaml")
	_ = cmd.RegisterFlagCompletionFunc("policy", cobra.FixedCompletions(spec.Presets(), cobra.ShellCompDirectiveDefault))
}

// files is what the two files say, and what is wrong with them.
type files struct {
	steps      *spec.Steps
	stepsFile  source.File
	policy     *spec.Policy
	policyFile source.File
	others     []source.File // the steps files that steps run
	problems   source.Diagnostics
}

// read reads and checks both files as they are here.
func (f fileFlags) read() (files, error) { return f.readFrom(here{}, here{}) }

// readFrom reads and checks both files, and those that steps run. All their mistakes come back at once; an error is a
// file that can't be read.
func (f fileFlags) readFrom(steps, policy origin) (files, error) {
	stepsFile, err := load(steps, f.steps, "steps", defaultSteps)
	if err != nil {
		return files{}, badInput("read steps file: %w; say which with --steps, or have belay init write a first one", err)
	}
	policyFile, err := f.policySource(policy)
	if err != nil {
		return files{}, badInput("read policy: %w; a preset is one of %s", err, strings.Join(spec.Presets(), ", "))
	}
	read, err := files{stepsFile: stepsFile, policyFile: policyFile}.withSteps(steps)
	if err != nil {
		return files{}, badInput("read steps file: %w", err)
	}
	if read, err = read.withPolicy(policy); err != nil {
		return files{}, badInput("read policy: %w", err)
	}
	if read.steps != nil && read.policy != nil {
		read.problems = append(read.problems, spec.Check(read.steps, read.policy)...)
	}
	read.problems = read.problems.Sorted()
	return read, nil
}

// withSteps decodes the steps file, and the files its steps run.
func (f files) withSteps(from origin) (files, error) {
	around, err := from.around(f.stepsFile)
	if err != nil {
		return files{}, err
	}
	defer around.close()
	steps, problems := spec.ReadStepsIn(around.files, around.at, f.stepsFile, runner.Builtins())
	f.steps, f.problems = steps, append(f.problems, problems...)
	if steps != nil {
		f.others = append(f.others, steps.Files...)
	}
	return f, nil
}

// withPolicy decodes the policy, and the files its recovery steps run.
func (f files) withPolicy(from origin) (files, error) {
	around, err := from.around(f.policyFile)
	if err != nil {
		return files{}, err
	}
	defer around.close()
	policy, problems := spec.ReadPolicyIn(around.files, around.at, f.policyFile, runner.Builtins())
	f.policy, f.problems = policy, append(f.problems, problems...)
	if policy != nil {
		f.others = append(f.others, policy.Files...)
	}
	return f, nil
}

// policySource finds the policy: a path, inline YAML, a preset's name, the default file, the default preset.
func (f fileFlags) policySource(from origin) (source.File, error) {
	// A block of a workflow gives a name with a line break at its end.
	value := strings.TrimSpace(f.policy)
	if value == "" {
		file, err := load(from, "", "policy", defaultPolicy)
		if errors.Is(err, fs.ErrNotExist) {
			preset, _ := spec.Preset(spec.DefaultPreset)
			return preset, nil
		}
		return file, err
	}
	if preset, ok := spec.Preset(value); ok {
		return preset, nil
	}
	return load(from, f.policy, "policy", defaultPolicy)
}

// load opens a file. A value of more than one line is the file's text itself, as the action's inputs allow;
// its diagnostics name the input.
func load(from origin, value, input, fallback string) (source.File, error) {
	if inline(value) {
		return source.File{Name: "input " + input, Data: []byte(value)}, nil
	}
	path := strings.TrimSpace(value)
	if path == "" {
		path = fallback
	}
	return from.open(path)
}

// report prints what is wrong with the files, see app.report.
func (f files) report(a app) error {
	return a.report(f.problems, append(f.others, f.stepsFile, f.policyFile)...)
}

// report prints the diagnostics, each with its line and a caret, and ends the program with exit code 2 when
// one of them is an error.
func (a app) report(problems source.Diagnostics, read ...source.File) error {
	if len(problems) == 0 {
		return nil
	}
	if _, err := fmt.Fprint(a.stderr, problems.Render(read...)); err != nil {
		return err
	}
	if problems.HasErrors() {
		return exitError{code: 2}
	}
	return nil
}

// title is what the run is called.
func (f files) title() string {
	if f.steps.Name != "" {
		return f.steps.Name
	}
	return f.stepsFile.Name
}

// inputs checks the given inputs against the declared ones and fills in the defaults.
func inputs(declared []spec.Input, given []string) (map[string]string, error) {
	values, problems := givenInputs(declared, given)
	for _, in := range declared {
		if _, ok := values[in.Name]; ok {
			continue
		}
		if in.Required && !in.HasDefault {
			problems = append(problems, fmt.Errorf("input %q is required: give it with --input %s=…", in.Name, in.Name))
		}
		values[in.Name] = in.Default
	}
	if len(problems) > 0 {
		return nil, badInput("%w", errors.Join(problems...))
	}
	return values, nil
}

// givenInputs reads name=value pairs, and says which of them can't be.
func givenInputs(declared []spec.Input, given []string) (map[string]string, []error) {
	values := map[string]string{}
	var problems []error
	for _, kv := range given {
		name, value, ok := strings.Cut(kv, "=")
		switch known := hasInput(declared, name); {
		case !ok:
			problems = append(problems, fmt.Errorf("input %q: write it as name=value", kv))
		case !known:
			problems = append(problems, fmt.Errorf("input %q is not declared in the steps file; it declares %s", name, inputNames(declared)))
		default:
			values[name] = value
		}
	}
	return values, problems
}

func hasInput(declared []spec.Input, name string) bool {
	for _, in := range declared {
		if in.Name == name {
			return true
		}
	}
	return false
}

func inputNames(declared []spec.Input) string {
	if len(declared) == 0 {
		return "none"
	}
	var names []string
	for _, in := range declared {
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}
