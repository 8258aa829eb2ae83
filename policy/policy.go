package policy

import "regexp"

// Policy is a policy file, decoded.
type Policy struct {
	Name     string // the path or preset it came from
	Limits   Limits
	Classify []Classification
	Routes   []Route // tried after the step's own
	Land     Land
	Rollback Rollback
}

// Classification gives failures of a certain look a kind. All keys that are set must agree; of a list one
// entry is enough.
type Classification struct {
	ExitCodes []Range
	Stderr    *regexp.Regexp
	Stdout    *regexp.Regexp
	Signals   []string
	Kind      Kind
}

func (c Classification) matches(f Failure) bool {
	return Match{ExitCodes: c.ExitCodes, Signals: c.Signals, Stdout: c.Stdout, Stderr: c.Stderr}.Matches(f)
}
