package simulate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Mismatch is an expectation that was not met, in the words of the policy file.
type Mismatch struct{ Key, Want, Got string }

// Compare returns what a timeline does not have of what is expected, in the order of the keys.
func Compare(e spec.Expect, t Timeline) []Mismatch {
	var all []Mismatch
	differ := func(key, want, got string) {
		if want != got {
			all = append(all, Mismatch{key, want, got})
		}
	}
	if e.Result != "" {
		differ("result", e.Result, string(t.Result))
	}
	if e.Kind != "" {
		differ("kind", string(e.Kind), string(t.Kind))
	}
	number := func(key string, want *int, got int) {
		if want != nil {
			differ(key, strconv.Itoa(*want), strconv.Itoa(got))
		}
	}
	number("exit-code", e.ExitCode, t.ExitCode)
	for _, a := range e.Attempts {
		number("attempts."+a.Step, &a.N, t.attempts(a.Step))
	}
	if e.Waits != nil {
		differ("waits", list(spans(e.Waits)), list(spans(t.waits())))
	}
	if e.Routes != nil {
		var want []string
		for _, w := range e.Routes {
			want = append(want, w.Is)
		}
		differ("routes", list(want), list(t.routes(want)))
	}
	number("restarts", e.Restarts, t.Restarts)
	yes := func(key string, want *bool, got bool) {
		if want != nil {
			differ(key, strconv.FormatBool(*want), strconv.FormatBool(got))
		}
	}
	yes("rollback", e.Rollback, t.RolledBack)
	yes("rerun", e.Rerun, t.Rerun)
	return all
}

// attempts counts the executions of a step, over all items, or of one item of it.
func (t Timeline) attempts(step string) int {
	n := 0
	for _, m := range t.Moments {
		if slices.Contains(m.names, step) && m.Status != report.StatusSkipped && !m.Group {
			n++
		}
	}
	return n
}

// decisions lists what was done about each failed attempt.
func (t Timeline) decisions() []report.Decision {
	var all []report.Decision
	for _, m := range t.Moments {
		if m.Decision != nil {
			all = append(all, *m.Decision)
		}
	}
	return all
}

func (t Timeline) waits() []time.Duration {
	var waits []time.Duration
	for _, d := range t.decisions() {
		if d.Action == string(policy.Retry) {
			waits = append(waits, d.Delay)
		}
	}
	return waits
}

// routes lists what was done about each failed attempt: as the expectation has it where that is right, else by the
// route and its action.
func (t Timeline) routes(expected []string) []string {
	var got []string
	for i, d := range t.decisions() {
		name := d.Route + " (" + d.Action + ")"
		if d.Route == "" {
			name = d.Action
		}
		if i < len(expected) && (expected[i] == d.Route || expected[i] == d.Action) {
			name = expected[i]
		}
		got = append(got, name)
	}
	return got
}

// list writes a list as the policy file does.
func list(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

// spans writes durations as the policy file does, to the millisecond: 5m, not 5m0s.
func spans(ds []time.Duration) []string {
	var texts []string
	for _, d := range ds {
		text := d.Round(time.Millisecond).String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		texts = append(texts, text)
	}
	return texts
}
