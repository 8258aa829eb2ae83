package spec

import (
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// PolicyKeys are the keys of a policy file.
func PolicyKeys() []source.Key {
	return []source.Key{
		versionKey(),
		{Name: "limits", Type: source.TypeMapping, Keys: LimitsKeys(), Means: "bounds of the whole run", Example: "{ deadline: 50m, reserve: 3m }"},
		{Name: "classify", Type: source.TypeList, Keys: ClassifyKeys(), Means: "which failures get which kind", Example: "[{ match: { exit-code: 75 }, kind: transient }]"},
		{Name: "routes", Type: source.TypeList, Keys: RouteKeys(), Means: "what to do about which failure, tried from the top after the step's own on-error", Example: "[{ match: network, retry: { max: 3 } }, { rollback: {} }]"},
		{Name: "land", Type: source.TypeMapping, Keys: LandKeys(), Means: "how land steps meet other writers", Example: "{ max: 20, deadline: 10m }"},
		{Name: "rollback", Type: source.TypeMapping, Keys: RollbackKeys(), Means: "how a rollback undoes what the run landed", Example: "{ labels: [belay-rollback], draft: true }"},
		{Name: "tests", Type: source.TypeList, Keys: TestKeys(), Means: "cases that `belay test` plays and compares", Example: "[{ name: it is retried, fail: { smoke: timeout }, expect: { result: success } }]"},
	}
}

// LimitsKeys are the keys of limits.
func LimitsKeys() []source.Key {
	return []source.Key{
		{Name: "deadline", Type: source.TypeDuration, Default: "0", Means: "how long the run may take; 0 for no limit", Example: "50m"},
		{Name: "reserve", Type: source.TypeDuration, Default: "0", Means: "the part of the deadline kept for rollback and finally", Example: "3m"},
		{Name: "retries", Type: source.TypeInt, Default: "0", Max: 100_000, Means: "how many retries the run may make over all steps; 0 for no limit", Example: "20"},
		{Name: "executions", Type: source.TypeInt, Default: "0", Max: 100_000, Means: "how many times steps may be executed, first executions included; 0 for no limit", Example: "100"},
	}
}

// ClassifyKeys are the keys of one line of classify. Its match takes ClassifyMatchKeys.
func ClassifyKeys() []source.Key {
	return []source.Key{
		{Name: "match", Type: source.TypeMapping, Required: true, Keys: ClassifyMatchKeys(), Means: "the failures that get the kind", Example: "{ exit-code: 75 }"},
		{Name: "kind", Type: source.TypeText, Required: true, Means: "the kind they get", Example: "transient"},
	}
}

// ClassifyMatchKeys are the keys by which classify knows a failure: those of a route's match that are known
// before a failure has a kind.
func ClassifyMatchKeys() []source.Key {
	var keys []source.Key
	for _, k := range MatchKeys() {
		switch k.Name {
		case "exit-code", "signal", "stdout", "stderr":
			keys = append(keys, k)
		}
	}
	return keys
}

// RouteKeys are the keys of a route: match, and the actions, of which a route has one.
func RouteKeys() []source.Key {
	keys := []source.Key{{
		Name: "match", Type: source.TypeAny, Keys: MatchKeys(), Example: "[network, step.timeout]",
		Means: "the failures the route is for, all without it; text or a list is the same as `kind`",
	}}
	for _, a := range policy.Actions() {
		keys = append(keys, source.Key{Name: a.Name, Type: source.TypeAny, Keys: ActionKeys(a), Means: a.Means, Example: a.Example})
	}
	return keys
}

// MatchKeys are the keys of a match. They all have to agree; of a list one entry is enough.
func MatchKeys() []source.Key {
	var hints []string
	for _, h := range policy.Hints() {
		hints = append(hints, string(h))
	}
	return []source.Key{
		{Name: "kind", Type: source.TypeWords, Means: "kinds; each stands for itself and everything under it", Example: "[network, git]"},
		{Name: "exit-code", Type: source.TypeWords, Means: "exit codes and ranges of them", Example: `[75, "100-110"]`},
		{Name: "signal", Type: source.TypeWords, Means: "the signals that killed the step", Example: "KILL"},
		{Name: "stdout", Type: source.TypeText, Means: "a regular expression (RE2) found in the last 64 KiB of standard output", Example: "'(?i)rate limit'"},
		{Name: "stderr", Type: source.TypeText, Means: "a regular expression (RE2) found in the last 64 KiB of standard error", Example: "'connection reset'"},
		{Name: "hint", Type: source.TypeWords, Enum: hints, Means: "the step's own advice", Example: "retry"},
		{Name: "if", Type: source.TypeText, Means: "a condition", Example: "${{ attempt < 2 }}"},
	}
}

// ActionKeys are the keys of an action, in this package's terms.
func ActionKeys(a policy.ActionInfo) []source.Key {
	types := map[policy.KeyType]source.Type{
		policy.TypeString: source.TypeText, policy.TypeInt: source.TypeInt, policy.TypeDuration: source.TypeDuration,
		policy.TypeFloat: source.TypeNumber, policy.TypeBool: source.TypeBool, policy.TypeEnum: source.TypeEnum,
		policy.TypeStrings: source.TypeWords, policy.TypeStep: source.TypeText, policy.TypeSteps: source.TypeList,
	}
	keys := []source.Key{}
	for _, k := range a.Keys {
		keys = append(keys, source.Key{
			Name: k.Name, Type: types[k.Type], Enum: k.Enum, Default: written(k.Default), Required: k.Required,
			Min: k.Min, Max: k.Max, Means: k.Means,
		})
	}
	return keys
}

// IntegrateWays are the ways to get commits onto a tip.
func IntegrateWays() []string {
	return []string{"rebase", "merge", "rebase-or-merge", "rebase-or-fail"}
}

// SignWays are what can be said of signing.
func SignWays() []string { return []string{"gpg", "ssh", "none"} }

// LandKeys are the keys of land.
func LandKeys() []source.Key {
	d := policy.DefaultLand()
	return []source.Key{
		{Name: "integrate", Type: source.TypeEnum, Enum: IntegrateWays(), Default: d.Integrate, Means: "how own commits get onto the tip: replayed; joined by a merge commit; replayed unless a signature would get lost, and then merged, or failed with git.signature"},
		{Name: "sign", Type: source.TypeEnum, Enum: SignWays(), Means: "which kind of signing key belay must have been given; none to sign nothing. Without it, belay signs what it makes where it has a key"},
		{Name: "via", Type: source.TypeEnum, Enum: []string{policy.ByPush, policy.ByAPI}, Default: d.Via, Means: "who makes the commits: belay; or GitHub, through its API, which signs them and calls them verified where belay's token is an app's, as the job's own is"},
		{Name: "max", Type: source.TypeInt, Max: 1000, Default: written(d.Max), Means: "how many lost races before it gives up with git.race; 0 for no limit"},
		{Name: "initial", Type: source.TypeDuration, Default: written(d.Initial), Means: "the longest wait after the first lost race"},
		{Name: "max-delay", Type: source.TypeDuration, Default: written(d.MaxDelay), Means: "the longest wait"},
		{Name: "jitter", Type: source.TypeNumber, Enum: []string{"full"}, Max: 1, Default: d.Jitter.String(), Means: "how far a wait strays to either side; full draws it between nothing and the whole"},
		{Name: "deadline", Type: source.TypeDuration, Default: written(d.Deadline), Means: "how long one landing may take; 0 for no limit"},
		{Name: "contention", Type: source.TypeEnum, Enum: []string{string(policy.Optimistic), string(policy.Combine)}, Default: string(d.Contention), Means: "what a run does that lost a race: try again, or also leave its commits to whoever pushes next; `combine` needs a key that the runs share, see the input `queue_key`"},
		{Name: "structured-merge", Type: source.TypeBool, Default: written(d.StructuredMerge), Means: "whether YAML and JSON are merged by key where lines conflict"},
	}
}

// RollbackKeys are the keys of rollback.
func RollbackKeys() []source.Key {
	d := policy.DefaultRollback()
	return []source.Key{
		{Name: "to", Type: source.TypeEnum, Enum: []string{"previous", "last-good"}, Default: d.To, Means: "undo this run's commits, or go back to the stage's last good tree"},
		{Name: "via", Type: source.TypeEnum, Enum: []string{"pull-request", "push"}, Default: d.Via, Means: "open a pull request, or land the revert itself"},
		{Name: "labels", Type: source.TypeWords, Default: written(d.Labels), Means: "the pull request's labels"},
		{Name: "draft", Type: source.TypeBool, Default: written(d.Draft), Means: "whether it is opened as a draft"},
		{Name: "auto-merge", Type: source.TypeBool, Default: written(d.AutoMerge), Means: "whether the forge's auto-merge is turned on, if what is to be verified passes"},
		{Name: "verify", Type: source.TypeList, Means: "steps that run on the reverted files before the pull request opens; its text says how they ended", Example: "[{ run: make test }]"},
		{Name: "max-age", Type: source.TypeDuration, Default: written(d.MaxAge), Means: "the age past which landed commits are not reverted; 0 for no limit"},
	}
}
