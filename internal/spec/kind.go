package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// roots returns the first words of kinds.
func roots(kinds []string) []string {
	var words []string
	for _, k := range kinds {
		word, _, _ := strings.Cut(k, ".")
		words = append(words, word)
	}
	return words
}

// kind reports a kind that can't be.
func (r *reader) kind(k policy.Kind, at source.Pos) bool {
	var known []string
	for _, info := range policy.Kinds() {
		if info.Kind.Under(k) {
			return true // one of belay's, or what several of them are under
		}
		known = append(known, string(info.Kind))
	}
	root, _, _ := strings.Cut(string(k), ".")
	family := slices.DeleteFunc(slices.Clone(known), func(other string) bool { return !policy.Kind(other).Under(policy.Kind(root)) })
	near := source.Nearest(string(k), known)
	switch {
	case !k.Valid():
		r.Report(at, "kind", "a kind is a dotted lower-case name such as git.conflict: not %q%s", string(k), kindAdvice(string(k), known))
		return false
	case k.Reserved():
		r.Report(at, "kind", "belay has no kind %q%s", string(k), source.Known(string(k), family))
		return false
	case slices.Contains(r.classified, k):
	case near != "" && source.Nearest(root, roots(known)) != "":
		r.Warn(at, "kind", "%q is a kind of your own, and close to belay's %q; is that what you mean?", string(k), near)
	case lastWord(k, known) != "":
		r.Warn(at, "kind", "%q is a kind of your own, which only a step or `classify` can give; belay's is %q", string(k), lastWord(k, known))
	}
	return true
}

// lastWord returns the kind of belay's that k is the end of, as timeout is of step.timeout, or that k would be with a
// dot, as step_timeout; "" when there is none.
func lastWord(k policy.Kind, known []string) string {
	text := strings.ReplaceAll(strings.ReplaceAll(string(k), "_", "."), "-", ".")
	for _, other := range known {
		dotted := strings.ReplaceAll(other, "-", ".")
		if text == dotted || strings.HasSuffix(dotted, "."+text) {
			return other
		}
	}
	return ""
}

// kindAdvice says what was meant perhaps by what can be no kind.
func kindAdvice(text string, known []string) string {
	lower := strings.ToLower(text)
	above, star := strings.CutSuffix(text, ".*")
	_, err := policy.ParseRange(text)
	switch {
	case strings.Contains(text, opening):
		return "; it is used as it is, and an expression can't stand here"
	case star:
		return fmt.Sprintf("; %s stands for everything under it", above)
	case text == "*":
		return "; leave it out to match every failure"
	case err == nil:
		return fmt.Sprintf("; an exit code is matched as in `match: { exit-code: %s }`", text)
	case slices.Contains(known, lower):
		return fmt.Sprintf("; write %s", lower)
	case strings.HasPrefix(text, "!"):
		return "; to leave one out, give it a route of its own, above"
	case strings.Contains(text, ","):
		return "; several are a list, as in [network, git]"
	case policy.Kind(strings.ReplaceAll(lower, " ", "-")).Valid():
		return "; write " + strings.ReplaceAll(lower, " ", "-")
	}
	return ""
}
