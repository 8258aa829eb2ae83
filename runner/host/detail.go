package host

import (
	"strings"

	"github.com/belay-ci/belay/runner/report"
)

// Detail is how much a log says.
type Detail int

// The details. What steps print is not in a quiet log, but for the last lines of what failed.
const (
	Normal Detail = iota
	Quiet
	Verbose
)

// quiet returns the lines for an event where only the end matters: what failed and was not recovered, with its last
// lines, warnings, and the block at the end.
func (l lines) quiet(event report.Event) string {
	switch e := event.(type) {
	case report.StepEnded:
		if e.Step.Conclusion != report.StatusFailure {
			return ""
		}
		return l.tail(e.Step) + l.ended(e.Step)
	case report.Noted:
		if e.Warning {
			return l.plainly(e)
		}
	case report.RunEnded, report.RollbackEnded:
		return l.plainly(e)
	}
	return ""
}

// maxQuietTail is how much of a failed attempt's output a quiet log shows.
const maxQuietTail = 20

// tail is the last lines of a step's last attempt, with a margin, and why it failed.
func (l lines) tail(s report.Step) string {
	if len(s.Attempts) == 0 {
		return ""
	}
	last := s.Attempts[len(s.Attempts)-1]
	all := strings.Split(strings.TrimRight(report.Plain(last.Tail), "\n"), "\n")
	var out strings.Builder
	if all[0] != "" || len(all) > 1 {
		for _, line := range all[max(0, len(all)-maxQuietTail):] {
			out.WriteString(l.paint.dim("  │ ") + line + "\n")
		}
	}
	return out.String() + l.attempt(report.AttemptEnded{Step: s, Attempt: last})
}

// verbose returns what a detailed log says after the lines for an event: who decided what, and why.
func (l lines) verbose(event report.Event) string {
	var all []string
	add := func(name, text string) {
		if text != "" {
			all = append(all, name+": "+text)
		}
	}
	switch e := event.(type) {
	case report.RunStarted:
		add("run", e.Run.ID)
		add("host", e.Run.Host)
		add("repository", e.Run.Repository)
		add("commit", e.Run.Commit)
	case report.AttemptEnded:
		if e.Attempt.Decision != nil {
			all = e.Attempt.Decision.Why()
		}
	case report.LandingEnded:
		add("tip before", e.Landing.Before)
		add("pushes", number(e.Landing.Pushes))
		add("races lost", number(e.Landing.RacesLost))
		for _, c := range e.Landing.Commits {
			add("commit", c.Hash+" "+c.ID)
		}
	case report.StepEnded:
		for _, name := range sorted(e.Step.Outputs) {
			add("output "+name, e.Step.Outputs[name])
		}
	}
	var out strings.Builder
	for _, text := range all {
		out.WriteString(l.line("·", l.paint.dim, "", text))
	}
	return out.String()
}
