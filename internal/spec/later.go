package spec

import "github.com/belay-ci/belay/internal/source"

// Later is a value the format has a place for and this version of belay does not act on. Taking it silently
// would be a promise broken at the worst moment.
type Later struct {
	Key, Value string // an empty value is any
	Instead    string
	Harmless   bool // without it the run does the same: a warning
}

// LaterInLand lists what is for later in a policy's land: nothing is.
func LaterInLand() []Later { return nil }

// notYet reports the values of rec that are for later.
func (r *reader) notYet(rec *source.Record, list []Later) {
	for _, l := range list {
		n := rec.Node(l.Key)
		if n == nil || l.Value != "" && n.Text != l.Value {
			continue
		}
		report := r.Report
		if l.Harmless {
			report = r.Warn
		}
		what := l.Key
		if l.Value != "" {
			what += ": " + l.Value
		}
		report(n.Pos, "value", "`%s` has no effect in this version of belay: %s", what, l.Instead)
	}
}
