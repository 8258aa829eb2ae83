package reference

import (
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
)

// now returns keys as this version of belay acts on them: without the words that are refused, and with a note where
// a value has no effect yet.
func now(keys []source.Key, later []spec.Later) []source.Key {
	keys = slices.Clone(keys)
	for i, k := range keys {
		idle, instead := []string{}, ""
		for _, l := range later {
			if l.Key != k.Name {
				continue
			}
			instead = l.Instead
			if l.Value != "" {
				idle = append(idle, code(l.Value))
			}
			if l.Value == k.Default {
				keys[i].Default = ""
			}
			keys[i].Enum = slices.DeleteFunc(slices.Clone(keys[i].Enum), func(word string) bool { return word == l.Value })
		}
		switch {
		case instead == "":
		case len(idle) == 0:
			keys[i].Means += "; without effect in this version (" + instead + ")"
		default:
			keys[i].Means += "; without effect in this version: " + strings.Join(idle, ", ") + " (" + instead + ")"
		}
	}
	return keys
}
