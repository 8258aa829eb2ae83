package report

import (
	"fmt"

	"github.com/belay-ci/belay/policy"
)

// Rerun is the new run that the policy asked for, and what came of it.
type Rerun struct {
	Where   string `json:"where"`            // policy.RerunHost or policy.RerunHere
	N       int    `json:"n"`                // it is the N-th of at most Max, over the whole lineage
	Max     int    `json:"max"`              // at least 1
	Lineage string `json:"lineage"`          // what it has to be given, see policy.ParseLineage
	Started bool   `json:"started"`          // the host took the request, or belay goes on with it here
	URL     string `json:"url,omitzero"`     // its page, or one on which it will be seen; empty when none is known
	Message string `json:"message,omitzero"` // why it was not started
}

// did is what came of asking, in one line.
func (r Rerun) did() Line {
	switch {
	case !r.Started:
		return Line{Text: OneLine(fmt.Sprintf("wants a new run with the same inputs (%d of %d) and could not start it: %s", r.N, r.Max, r.Message))}
	case r.Where == policy.RerunHere:
		return Line{Text: fmt.Sprintf("starts a new run with the same inputs (%d of %d), here in a fresh clone", r.N, r.Max)}
	}
	return Line{Text: fmt.Sprintf("asked for a new run with the same inputs (%d of %d)", r.N, r.Max), URL: r.URL}
}

// rerun returns the new run that was asked for, the zero Rerun when none was.
func (r Report) rerun() Rerun {
	if r.Rerun == nil {
		return Rerun{}
	}
	return *r.Rerun
}
