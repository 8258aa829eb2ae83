package simulate

import (
	"maps"
	"slices"
	"time"
)

// log is what was played so far, and what of the run's limits is used. Items and files that are run as steps add to
// the one log.
type log struct {
	moments    []Moment
	played     map[string]int // by step: how many of its outcomes are used up
	waited     time.Duration
	retries    int
	executions int
}

func (l *log) show(m Moment) { l.moments = append(l.moments, m) }

// execute counts one execution, and reports whether the limit allowed it; 0 is no limit.
func (l *log) execute(limit int) bool {
	l.executions++
	return limit == 0 || l.executions <= limit
}

// copy returns a log that goes on from here for itself.
func (l *log) copy() *log {
	other := *l
	other.moments, other.played = slices.Clip(l.moments), maps.Clone(l.played)
	return &other
}
