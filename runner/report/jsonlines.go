package report

import (
	"encoding/json"
	"fmt"
	"time"
)

// EventsVersion is the version of the JSON Lines. Later ones only add names.
const EventsVersion = 1

// EventInfo is one line of the table of events.
type EventInfo struct {
	Name, Means string
	Event       Event // a zero value: its fields are the event's
}

// Events lists the events in the order in which a run may have them.
func Events() []EventInfo {
	return []EventInfo{
		{"run-started", "The run begins. It comes first.", RunStarted{}},
		{"step-started", "A step begins; it is the n-th of its section.", StepStarted{}},
		{"step-skipped", "A step is passed over; `why` says why.", StepSkipped{}},
		{"attempt-started", "An attempt of the step begins; n is 0 for the first, max how many re-runs the route allows.", AttemptStarted{}},
		{"attempt-ended", "The attempt is over. A failed one carries what the policy decided, and why.", AttemptEnded{}},
		{"waiting", "belay waits before the next attempt, or after a race that was lost.", Waiting{}},
		{"race-lost", "Another writer moved the branch first.", RaceLost{}},
		{"landing-ended", "A land step knows what is on the branch.", LandingEnded{}},
		{"restarted", "The run starts again, on the fresh tip or with the files as they are.", Restarted{}},
		{"step-ended", "The last attempt of the step's visit is over.", StepEnded{}},
		{"rollback-ended", "The rollback knows what it came to.", RollbackEnded{}},
		{"noted", "A line for people, or a warning.", Noted{}},
		{"run-ended", "The run is over. It comes last, and holds the whole report.", RunEnded{}},
	}
}

// EventLine renders an event as a line of JSON: an object with `version`, `event`, `at` and the event's own fields. What
// an earlier line has said in full, a step's attempts above all, is not said again before the last.
func EventLine(e Event, at time.Time) ([]byte, error) {
	name := ""
	for _, known := range Events() {
		if fmt.Sprintf("%T", known.Event) == fmt.Sprintf("%T", e) {
			name = known.Name
		}
	}
	head, err := json.Marshal(struct {
		Version int       `json:"version"`
		Event   string    `json:"event"`
		At      time.Time `json:"at"`
	}{EventsVersion, name, at})
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	body, err := json.Marshal(brief(e))
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	// Both are objects, and the second is not empty: every event has a field that is always written.
	return append(append(append(head[:len(head)-1], ','), body[1:]...), '\n'), nil
}

// brief is an event without what was told before.
func brief(e Event) Event {
	switch e := e.(type) {
	case StepStarted:
		e.Step = withoutAttempts(e.Step)
		return e
	case AttemptStarted:
		e.Step = withoutAttempts(e.Step)
		return e
	case AttemptEnded:
		e.Step = withoutAttempts(e.Step)
		return e
	case Waiting:
		e.Step = withoutAttempts(e.Step)
		return e
	case RaceLost:
		e.Step = withoutAttempts(e.Step)
		return e
	case StepEnded:
		e.Step = withoutAttempts(e.Step)
		return e
	}
	return e
}

func withoutAttempts(s Step) Step {
	s.Attempts = nil
	return s
}
