package simulate

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/walk"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// Text renders the timeline for people: a line for each execution, under it what is done about a failure and which
// routes were passed over, and at the end how the run ends.
func Text(t Timeline) string {
	width := 0
	for _, m := range t.Moments {
		width = max(width, len(m.title()))
	}
	var b strings.Builder
	for _, m := range t.Moments {
		fmt.Fprintf(&b, "%8s  %-*s  %s\n", report.Duration(m.At), width, m.title(), m.text())
		for _, line := range m.about() {
			fmt.Fprintf(&b, "%8s  %-*s    %s\n", "", width, "", line)
		}
	}
	fmt.Fprintf(&b, "\n%s: exit code %d\n", t.end(), t.ExitCode)
	fmt.Fprintf(&b, "%s, %s, %s; %s of waiting, %s in all\n", count(t.Executions, "execution", "executions"),
		count(t.Retries, "retry", "retries"), count(t.Restarts, "restart", "restarts"), report.Duration(t.Waited), report.Duration(t.Took))
	return b.String()
}

func (m Moment) title() string {
	if m.Section == "" || m.Section == walk.Main {
		return m.name()
	}
	return m.name() + " (" + m.Section + ")"
}

// text says how the execution ended.
func (m Moment) text() string {
	if m.Status == report.StatusSkipped {
		return "skipped: " + m.Why
	}
	if m.Step == "" {
		return m.Why
	}
	text := m.Outcome
	if m.Attempt > 0 {
		text = fmt.Sprintf("attempt %d: %s", m.Attempt+1, text)
	}
	if m.Kind != "" && !strings.HasPrefix(m.Outcome, string(m.Kind)) {
		text += " (" + string(m.Kind) + ")"
	}
	if m.Took > 0 {
		text += " after " + report.Duration(m.Took)
	}
	if m.Landed {
		text += ", landed"
	}
	return text
}

// about says what is done about a failure, and before it what is not.
func (m Moment) about() []string {
	d := m.Decision
	if d == nil {
		return nil
	}
	var lines []string
	for _, p := range d.Passed {
		lines = append(lines, fmt.Sprintf("not %s by %s: %s", p.Action, p.Route, p.Reason))
	}
	if d.Route == "" {
		return append(lines, "→ fail: no route is left")
	}
	what := "→ " + d.Action
	if d.Max > 0 && d.Action != string(policy.RollBack) {
		what += fmt.Sprintf(" %d of %d", d.N, d.Max)
	}
	switch {
	case m.To == "":
	case d.Action == string(policy.GoTo):
		what += " " + m.To
	default:
		what += " from " + m.To
	}
	what += " by " + d.Route
	if d.Action == string(policy.Retry) {
		what += ", in " + report.Duration(d.Delay)
	}
	if d.Hinted {
		what += " as it asked"
	}
	return append(lines, what)
}

func (t Timeline) end() string {
	text := string(t.Result)
	if t.Result == report.Failed {
		text += fmt.Sprintf(" in %s with %s", t.Step, t.Kind)
	}
	for _, also := range []struct {
		is   bool
		text string
	}{
		{t.Recovered, "recovered"},
		{t.RolledBack, "rolled back"},
		{t.Rerun, "a new run is asked for"},
		{t.ExitCode == report.ExitUnknown, "nobody knows whether it landed"},
	} {
		if also.is {
			text += ", " + also.text
		}
	}
	return text
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
