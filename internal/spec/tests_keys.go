package spec

import "github.com/belay-ci/belay/internal/source"

// Hosts lists where a run may be played.
func Hosts() []string { return []string{"local", "github", "gitlab", "jenkins"} }

// TestKeys are the keys of one case of `tests`.
func TestKeys() []source.Key {
	return []source.Key{
		{Name: "name", Type: source.TypeText, Required: true, Means: "what the case shows", Example: "a hiccup is retried"},
		{Name: "steps", Type: source.TypeAny, Default: "steps.yml", Means: "a steps file, as a path from the policy's folder, or a list of steps: an id alone is a step, and `run` may be left out", Example: "[build, { id: land, uses: land }]"},
		{Name: "inputs", Type: source.TypeMapping, Means: "the run's inputs, by name", Example: "{ tag: v1 }"},
		{Name: "host", Type: source.TypeEnum, Enum: Hosts(), Default: "local", Means: "where the run takes place; only a CI host can be asked for a rerun", Example: "github"},
		{Name: "fail", Type: source.TypeMapping, Means: "how the executions of a step end, one after another; after the last of them it succeeds; deploy[eu] is one item of a step, promote/check a step in the file that promote runs", Example: "{ smoke: [timeout, exit:1, ok] }"},
		{Name: "outputs", Type: source.TypeMapping, Means: "what steps leave when they succeed, by step and name", Example: "{ list: { regions: '[\"eu\", \"us\"]' } }"},
		{Name: "expect", Type: source.TypeMapping, Required: true, Keys: ExpectKeys(), Means: "what must come of it; what is not named is not looked at", Example: "{ result: success }"},
	}
}

// ExpectKeys are the keys of a case's `expect`.
func ExpectKeys() []source.Key {
	return []source.Key{
		{Name: "result", Type: source.TypeEnum, Enum: []string{"success", "failed"}, Means: "how the run ends", Example: "success"},
		{Name: "kind", Type: source.TypeText, Means: "the kind the run fails with", Example: "git.conflict"},
		{Name: "exit-code", Type: source.TypeInt, Max: 255, Means: "the exit code of `belay run`", Example: "3"},
		{Name: "attempts", Type: source.TypeMapping, Means: "how often a step is executed, by its id, restarts included", Example: "{ smoke: 3 }"},
		{Name: "waits", Type: source.TypeList, Means: "all waits before retries in their order, each in the middle of its jitter", Example: "[5s, 10s]"},
		{Name: "routes", Type: source.TypeWords, Means: "what was done about each failed attempt, in order: the id of a route or the name of an action", Example: "[retry, retry, rollback]"},
		{Name: "restarts", Type: source.TypeInt, Max: 100_000, Means: "how often the run starts again", Example: "1"},
		{Name: "rollback", Type: source.TypeBool, Means: "whether what the run landed is rolled back", Example: "true"},
		{Name: "rerun", Type: source.TypeBool, Means: "whether a new run is asked for", Example: "true"},
	}
}
