package spec

import "github.com/belay-ci/belay/internal/source"

func versionKey() source.Key {
	return source.Key{Name: "version", Type: source.TypeEnum, Enum: []string{"1"}, Required: true, Means: "the version of the file's format", Example: "1"}
}

// StepsKeys are the keys of a steps file.
func StepsKeys() []source.Key {
	return []source.Key{
		versionKey(),
		{Name: "name", Type: source.TypeText, Means: "what the run is called in reports", Example: "promote shop to prod"},
		{Name: "stage", Type: source.TypeText, Means: "the target whose last good commit belay remembers", Example: "prod"},
		{Name: "inputs", Type: source.TypeMapping, Means: "the values a run is given, by name", Example: "{ tag: { required: true } }"},
		{Name: "env", Type: source.TypeMapping, Means: "the environment of every step", Example: "{ APP: shop }"},
		{Name: "defaults", Type: source.TypeMapping, Keys: DefaultsKeys(), Means: "what steps have that do not say otherwise", Example: "{ shell: bash }"},
		{Name: "steps", Type: source.TypeList, Required: true, Keys: StepKeys(), Means: "the steps, run one after another", Example: "[{ run: make }]"},
		{Name: "outputs", Type: source.TypeMapping, Means: "what a step that runs this file leaves to later ones, by name", Example: "{ url: \"${{ steps.deploy.outputs.url }}\" }"},
		{Name: "finally", Type: source.TypeList, Keys: StepKeys(), Means: "steps that run at the end, whatever happened", Example: "[{ run: ./notify.sh }]"},
	}
}

// InputKeys are the keys of one input.
func InputKeys() []source.Key {
	return []source.Key{
		{Name: "required", Type: source.TypeBool, Default: "false", Means: "whether a run without it is refused", Example: "true"},
		{Name: "description", Type: source.TypeText, Means: "what it is for", Example: "the image tag to promote"},
		{Name: "default", Type: source.TypeText, Means: "its value when none is given", Example: "latest"},
	}
}

// DefaultsKeys are the keys of defaults: those of a step that may be set for all of them.
func DefaultsKeys() []source.Key {
	var keys []source.Key
	for _, k := range StepKeys() {
		switch k.Name {
		case "shell", "working-directory", "timeout", "log-limit":
			keys = append(keys, k)
		}
	}
	return keys
}

// StepKeys are the keys of a step. Those of a route in on-error are RouteKeys.
func StepKeys() []source.Key {
	return []source.Key{
		{Name: "id", Type: source.TypeText, Means: "the name by which expressions and routes know the step", Example: "smoke"},
		{Name: "name", Type: source.TypeText, Means: "what the step is called in reports", Example: "Smoke test"},
		{Name: "if", Type: source.TypeText, Default: "success()", Means: "the condition under which the step runs", Example: "inputs.tag != ''"},
		{Name: "run", Type: source.TypeText, Means: "the script to run", Example: "./smoke.sh"},
		{Name: "for-each", Type: source.TypeAny, Means: "a list or a map: the step runs once for each of its items", Example: "[eu, us]"},
		{Name: "max-parallel", Type: source.TypeInt, Min: 1, Max: 100, Default: "1", Means: "how many items run at the same time", Example: "3"},
		{Name: "fail-fast", Type: source.TypeBool, Default: "true", Means: "whether the failure of an item cancels the items that run and skips those that wait", Example: "false"},
		{Name: "uses", Type: source.TypeText, Means: "the built-in step to run, or the path of a steps file from this one", Example: "land"},
		{Name: "with", Type: source.TypeMapping, Means: "what the built-in step is given, or the inputs of the steps file", Example: "{ branch: main }"},
		{Name: "shell", Type: source.TypeText, Means: "what runs the script: bash, sh, python, pwsh, powershell, cmd, or a command with {0} for the script's file", Example: "bash"},
		{Name: "working-directory", Type: source.TypeText, Default: ".", Means: "where the script runs", Example: "services/shop"},
		{Name: "env", Type: source.TypeMapping, Means: "the step's environment, on top of the file's", Example: "{ TAG: \"${{ inputs.tag }}\" }"},
		{Name: "timeout", Type: source.TypeDuration, Positive: true, Means: "how long one execution may take", Example: "5m"},
		{Name: "total-timeout", Type: source.TypeDuration, Positive: true, Means: "how long all executions of the step and the waits between them may take; a restart of the run begins anew", Example: "20m"},
		{Name: "log-limit", Type: source.TypeText, Means: "how much of what one execution prints is shown in the log, in KiB, MiB or GiB; after that only the last lines are", Example: "10MiB"},
		{Name: "continue-on-error", Type: source.TypeBool, Default: "false", Means: "whether the run goes on as if a failure that no route handled had not been", Example: "true"},
		{Name: "idempotent", Type: source.TypeBool, Means: "whether the step may run twice; a retry of one that says false is refused, unless it has a `probe`", Example: "false"},
		{Name: "probe", Type: source.TypeText, Means: "a script that finds out, before the step is executed again, whether its work is done already: exit code 0 says so, and what the script leaves is the step's", Example: "curl -fs https://shop.example/v2"},
		{Name: "before", Type: source.TypeText, Means: "a script that runs before each retry of the step, to clean up", Example: "rm -rf build"},
		{Name: "on-error", Type: source.TypeList, Means: "routes for this step's failures, tried before the policy's", Example: "[{ match: network, retry: { max: 3 } }]"},
	}
}
