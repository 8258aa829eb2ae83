package process

import (
	"path"
	"runtime"
	"slices"
	"strings"
)

// ownSecrets are belay's own credentials: no step inherits them.
func ownSecrets() []string {
	return []string{
		"BELAY_TOKEN", "BELAY_PR_TOKEN", "INPUT_TOKEN", "INPUT_PR_TOKEN", "INPUT_SSH_KEY", "INPUT_QUEUE_KEY",
		"BELAY_*_KEY", "BELAY_*_PASSPHRASE", "INPUT_SIGNING_KEY", "INPUT_SIGNING_PASSPHRASE",
	}
}

// StepEnv builds a step's complete environment: base without belay's own tokens and keys and without the names
// in drop, then each list of set over it. All lists hold name=value; a name in drop may hold `*`.
// What set names is kept whatever it is called: a step that names a token in its `env` gets it.
// The result is sorted by name and holds each name once. Names ignore case on Windows.
func StepEnv(base, drop []string, set ...[]string) []string {
	hidden := slices.Concat(ownSecrets(), drop)
	env := map[string]string{}
	for _, entry := range base {
		if name := envName(entry); name != "" && !matchesAny(hidden, name) {
			env[foldName(name)] = entry
		}
	}
	for _, entry := range slices.Concat(set...) {
		if name := envName(entry); name != "" {
			env[foldName(name)] = entry
		}
	}
	list := make([]string, 0, len(env))
	for _, entry := range env {
		list = append(list, entry)
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(envName(a), envName(b)) })
	return list
}

// envName returns the name in a name=value entry, empty when it has none. Windows keeps the current folder of
// each drive under names that begin with =.
func envName(entry string) string {
	for i := 1; i < len(entry); i++ {
		if entry[i] == '=' {
			return entry[:i]
		}
	}
	return ""
}

// LookupEnv returns the value of name in env: the last one, as the step sees it.
func LookupEnv(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if found := envName(entry); SameName(found, name) {
			return entry[len(found)+1:]
		}
	}
	return ""
}

// SameName reports whether two names are one variable's. Windows, whose PATH is called Path, tells no case apart.
func SameName(a, b string) bool { return foldName(a) == foldName(b) }

func foldName(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// matchesAny reports whether one of the patterns, in which * stands for any text, covers the name.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(foldName(pattern), foldName(name))
		return ok && err == nil
	})
}
