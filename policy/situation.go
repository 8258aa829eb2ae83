package policy

import "time"

// Situation is all that a decision depends on, besides the routes and their counters.
type Situation struct {
	Failure Failure
	Elapsed time.Duration // since the visit of the step began
	// TotalTimeout bounds the visit: its executions and the waits between them. 0 is no bound.
	TotalTimeout time.Duration
	// Left is the time until the deadline less the reserve, as Limits.Left returns it. It counts unless NoDeadline is set.
	Left       time.Duration
	NoDeadline bool
	Draw       float64 // a random number in [0, 1), for jitter

	RetriesLeft    int // of limits.retries; negative for no limit
	ExecutionsLeft int // of limits.executions; negative for no limit
	Reruns         int // runs of this lineage before this one

	Cancelled  bool // the run is being cancelled: no route is tried
	Landed     bool // a land of this run landed
	RolledBack bool // this run was rolled back already, or it was tried
	IsRollback bool // this run is itself a rollback
	// Group says that a for-each group failed. Its items, which were decided on one by one without Group, took
	// their retries then; every other action is the group's.
	Group bool

	RetryRefused     string // why the step can't be run again, as a clause; empty when it can
	RestartRefused   string // why the run can't start again, as a clause; empty when it can
	BringBackRefused string // why files can't be brought back to what the step found, as a clause; empty when they can
	RefreshRefused   string // why the workspace can't be brought to the fresh tip, as a clause; empty when it can
	RerunHostRefused string // why the CI host can't be asked for a new run; empty when it can
	RerunHereRefused string // why belay can't start a new run itself; empty when it can

	// Repeats names a step that may run only once, has run, and would run again if the run started again from a
	// step; empty from is the first. Without it, or where it says "", there is none.
	Repeats func(from string) string
	// Later reports whether a step comes after the failed one. Without it every step a route names is taken
	// for one that fits the action.
	Later func(step string) bool
	// Holds evaluates the `if` of a route. Without it no condition holds.
	Holds func(route string) bool
}

const (
	finalFailure   = "the step said that trying again is of no use"
	noTime         = "no time is left before the deadline"
	unknownLanding = "nobody knows whether the change landed"
)

// RollbackRefused says why nothing can be rolled back now, as a clause; it is empty when a rollback is due.
// It is for the runner too, when a rollback is to follow recovery steps.
func (s Situation) RollbackRefused() string {
	switch {
	case s.IsRollback:
		return "this run is itself a rollback"
	case s.RolledBack:
		return "this run was rolled back already"
	case s.Failure.Kind == GitUnknown:
		return unknownLanding
	case !s.Landed:
		return "this run landed nothing"
	}
	return ""
}

// againRefused says why nothing may be done over in this run.
func (s Situation) againRefused() string {
	switch {
	case s.Failure.Final:
		return finalFailure
	case s.late():
		return noTime
	case s.Failure.Kind == RunBudget || s.ExecutionsLeft == 0:
		return "the run's executions are used up"
	}
	return ""
}

// late reports whether the time for trying again is over; the reserve is left for rollback and finally.
func (s Situation) late() bool {
	return s.Failure.Kind == RunDeadline || !s.NoDeadline && s.Left <= 0
}

// successRefused says why the failure can't be taken for handled. A landing nobody knows about counts as
// success only where the user wrote that very kind into the route.
func successRefused(r Route, s Situation) string {
	if s.Failure.Kind == GitUnknown && !r.Match.Names(GitUnknown) {
		return unknownLanding
	}
	return ""
}
