package policy

import (
	"fmt"
	"strings"
)

// String says which failures m is for, as a plan shows it: "network or transient", "anything".
func (m Match) String() string {
	var all []string
	all = add(all, "", m.Kinds)
	all = add(all, "exit code ", m.ExitCodes)
	all = add(all, "signal ", m.Signals)
	all = add(all, "hint ", m.Hints)
	if m.Stdout != nil {
		all = append(all, fmt.Sprintf("stdout ~ %q", m.Stdout))
	}
	if m.Stderr != nil {
		all = append(all, fmt.Sprintf("stderr ~ %q", m.Stderr))
	}
	if m.If {
		all = append(all, "its `if`")
	}
	if len(all) == 0 {
		return "anything"
	}
	return strings.Join(all, " and ")
}

// add appends one key's list, whose entries are alternatives.
func add[T any](all []string, what string, list []T) []string {
	if len(list) == 0 {
		return all
	}
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprint(v))
	}
	return append(all, what+strings.Join(words, " or "))
}
