package policy

import (
	"regexp"
	"slices"
)

// Match says which failures a route is for. All keys that are set must agree; of a list one entry is enough.
// The zero value matches every failure.
type Match struct {
	Kinds     []Kind // each stands for itself and everything under it
	ExitCodes []Range
	Signals   []string // with or without SIG, in any case
	Stdout    *regexp.Regexp
	Stderr    *regexp.Regexp
	Hints     []Hint
	If        bool // a condition stands on the route too; Situation.Holds evaluates it
}

// Matches reports whether the failure has everything m asks for. The condition is not looked at.
func (m Match) Matches(f Failure) bool {
	return (len(m.Kinds) == 0 || slices.ContainsFunc(m.Kinds, f.Kind.Under)) &&
		(len(m.ExitCodes) == 0 || slices.ContainsFunc(m.ExitCodes, func(r Range) bool { return r.Contains(f.ExitCode) })) &&
		(len(m.Signals) == 0 || f.Signal != "" && slices.ContainsFunc(m.Signals, func(s string) bool { return SignalName(s) == SignalName(f.Signal) })) &&
		(m.Stdout == nil || m.Stdout.MatchString(f.Stdout)) &&
		(m.Stderr == nil || m.Stderr.MatchString(f.Stderr)) &&
		(len(m.Hints) == 0 || f.Hint != "" && slices.Contains(m.Hints, f.Hint))
}

// Always reports whether m matches every failure, whatever holds.
func (m Match) Always() bool { return Covers(m, Match{}) }

// Names reports whether m names the very kind k. A parent does not name what is under it: `git` is a broad
// net, and who throws it has hardly thought of repeating a conflict unchanged. Nor does a hint or an exit code.
func (m Match) Names(k Kind) bool { return slices.Contains(m.Kinds, k) }
