package policy

import "fmt"

// Where a new run is started.
const (
	RerunHost = "host" // by the CI host, which is asked for it
	RerunHere = "here" // by belay, in a fresh clone, once this run has ended
)

// RerunAction ends this run as failed and asks for a new identical one (Kargo's "let it fail, then create one
// just like it"). Its count is the lineage's: all the runs that came of one another.
type RerunAction struct {
	Max   int
	Where string // RerunHost, RerunHere, or empty for the host where it can, else here
}

func rerunKeys() []Key {
	return []Key{
		{Name: "max", Type: TypeInt, Default: 1, Min: 1, Max: 100, Means: "how many new runs may follow the first, over all of them"},
		{Name: "where", Type: TypeEnum, Enum: []string{RerunHost, RerunHere}, Means: "who starts the new run: the CI host, or belay in a fresh clone; by default the host where it can"},
	}
}

func makeRerun(v Values) (Action, error) {
	return RerunAction{Max: v["max"].(int), Where: v.word("where")}, nil
}

// Name returns "rerun".
func (a RerunAction) Name() string { return "rerun" }

// Next refuses when the lineage is long enough, or nobody can start the new run.
func (a RerunAction) Next(_ Route, _ Used, s Situation) (Decision, Refusal) {
	where, reason := a.where(s)
	switch {
	case s.Failure.Final:
		reason = finalFailure
	case s.Reruns >= a.Max:
		reason = fmt.Sprintf("used up: %d of %d", s.Reruns, a.Max)
	}
	return Decision{Verb: Rerun, N: s.Reruns + 1, Max: a.Max, Where: where}, Refusal{Reason: reason}
}

func (a RerunAction) where(s Situation) (where, refused string) {
	here := s.RerunHereRefused
	if s.late() {
		here = noTime
	}
	switch {
	case a.Where == RerunHost, a.Where == "" && s.RerunHostRefused == "":
		return RerunHost, s.RerunHostRefused
	case a.Where == "" && here != "":
		return RerunHere, s.RerunHostRefused + "; " + here
	}
	return RerunHere, here
}

// String says how often, and who starts the new run.
func (a RerunAction) String() string {
	where := "by the host, or else here"
	switch a.Where {
	case RerunHost:
		where = "by the host"
	case RerunHere:
		where = "here"
	}
	return fmt.Sprintf("rerun %s, at most %s in all", where, often(a.Max))
}
