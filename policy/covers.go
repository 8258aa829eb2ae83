package policy

import (
	"regexp"
	"slices"
)

// Covers reports whether earlier matches every failure that later matches. It is careful: true is certain,
// false only says that it can't be shown by comparing the keys one by one.
func Covers(earlier, later Match) bool {
	return !earlier.If &&
		coversList(earlier.Kinds, later.Kinds, func(parent, k Kind) bool { return k.Under(parent) }) &&
		coversList(joined(earlier.ExitCodes), joined(later.ExitCodes), func(wide, r Range) bool { return wide.From <= r.From && r.To <= wide.To }) &&
		coversList(earlier.Signals, later.Signals, func(a, b string) bool { return SignalName(a) == SignalName(b) }) &&
		coversList(earlier.Hints, later.Hints, func(a, b Hint) bool { return a == b }) &&
		coversPattern(earlier.Stdout, later.Stdout) && coversPattern(earlier.Stderr, later.Stderr)
}

// Unreachable returns the index of the route above routes[i] that takes every failure routes[i] matches and
// never falls through, and false when there is none. A route that can be used up hides nothing.
func Unreachable(routes []Route, i int) (by int, ok bool) {
	for j, r := range routes[:i] {
		if Covers(r.Match, routes[i].Match) && r.ends() {
			return j, true
		}
	}
	return 0, false
}

func (r Route) ends() bool { return r.Action != nil && ends(r.Action.Name()) }

// coversList compares one key of two matches; an empty list is a key that asks for nothing.
func coversList[T any](earlier, later []T, covers func(a, b T) bool) bool {
	if len(earlier) == 0 {
		return true
	}
	return len(later) > 0 && !slices.ContainsFunc(later, func(b T) bool {
		return !slices.ContainsFunc(earlier, func(a T) bool { return covers(a, b) })
	})
}

func coversPattern(earlier, later *regexp.Regexp) bool {
	return earlier == nil || later != nil && earlier.String() == later.String()
}
