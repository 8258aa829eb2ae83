package host

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/columns"
	"github.com/belay-ci/belay/runner/report"
)

// lines renders events as lines of a log. Every line starts with a sign and names its step, so that it can be read
// among the steps' own output. The zero value writes without colour.
type lines struct {
	paint  paint
	width  int // columns; 0 for no limit
	detail Detail
}

// render returns the lines for an event, each ending in a newline; empty for events that have nothing to say.
func (l lines) render(event report.Event) string {
	switch l.detail {
	case Quiet:
		return l.quiet(event)
	case Verbose:
		return l.plainly(event) + l.verbose(event)
	}
	return l.plainly(event)
}

// plainly is render with the usual detail.
func (l lines) plainly(event report.Event) string {
	switch e := event.(type) {
	case report.RunStarted:
		return l.started(e.Run)
	case report.StepStarted:
		return l.line("▶", l.paint.bold, fmt.Sprintf("[%d/%d] %s", e.N, e.Of, e.Step.Title()), "")
	case report.StepSkipped:
		return l.line("○", l.paint.dim, fmt.Sprintf("[%d/%d] %s", e.N, e.Of, e.Step.Title()), "skipped: "+e.Step.Why)
	case report.AttemptStarted:
		if e.N == 0 {
			return ""
		}
		return l.line("↻", l.paint.yellow, e.Step.Title(), fmt.Sprintf("attempt %d%s", e.N+1, of(e.Max)))
	case report.AttemptEnded:
		return l.attempt(e)
	case report.Waiting:
		return l.line("…", l.paint.dim, e.Step.Title(), fmt.Sprintf("waits %s: %s", report.Duration(e.Delay), e.Why))
	case report.RaceLost:
		return l.line("⇅", l.paint.yellow, e.Step.Title(), fmt.Sprintf("another writer moved %s to %s first (%d lost so far)", e.Branch, report.Short(e.Tip), e.Lost))
	case report.LandingEnded:
		return l.landing(e.Landing)
	case report.Restarted:
		return l.line("↺", l.paint.yellow, "restart", fmt.Sprintf("%d of %d, from %s, %s", e.N, e.Max, e.From, restartedOn(e.Tip)))
	case report.StepEnded:
		return l.ended(e.Step)
	case report.RollbackEnded:
		return l.rollback(e.Rollback)
	case report.Noted:
		if e.Warning {
			return l.line("!", l.paint.yellow, "", e.Text)
		}
		return l.line("·", l.paint.dim, "", e.Text)
	case report.RunEnded:
		return l.final(e.Report)
	}
	return ""
}

func (l lines) started(run report.Run) string {
	text := run.StepsFile
	if run.Policy != "" {
		text += ", policy " + run.Policy
	}
	if run.Branch != "" {
		text += ", " + run.Branch
	}
	if run.Branch != "" && run.Commit != "" {
		text += " at " + report.Short(run.Commit)
	}
	if run.Root != "" && run.Root != run.ID {
		text += fmt.Sprintf(", new run %d after %s", run.Reruns, run.Root)
	}
	return l.line("●", l.paint.bold, run.Name, text)
}

func (l lines) attempt(e report.AttemptEnded) string {
	if e.Attempt.Status != report.StatusFailure {
		return "" // the step's end says it
	}
	text := e.Attempt.Cause()
	if d := e.Attempt.Decision; d != nil {
		text += " → " + d.String()
	}
	return l.line("✗", l.paint.red, e.Step.Title(), text)
}

func (l lines) ended(s report.Step) string {
	text := report.Duration(s.Ended.Sub(s.Started))
	if n := len(s.Attempts); n > 1 {
		text += fmt.Sprintf(", %d attempts", n)
	}
	switch {
	case s.Conclusion == report.StatusSuccess && s.Outcome == report.StatusFailure:
		return l.line("!", l.paint.yellow, s.Title(), text+", failed and went on: "+s.Why)
	case s.Conclusion == report.StatusSuccess:
		return l.line("✓", l.paint.green, s.Title(), text)
	case s.Conclusion == report.StatusCancelled:
		return l.line("■", l.paint.yellow, s.Title(), text+", cancelled")
	}
	return l.line("✗", l.paint.red, s.Title(), text+", failed")
}

func (l lines) landing(landing report.Landing) string {
	switch landing.Outcome {
	case "landed", "already-landed":
		how := strings.ReplaceAll(landing.Outcome, "-", " ") // "landed", "already landed"
		text := ""
		for _, c := range landing.Commits {
			text += l.line("⇡", l.paint.green, landing.Step, fmt.Sprintf("%s on %s: %s %s", how, landing.Where(), c.Short(), c.Subject))
		}
		for _, s := range landing.Structured {
			text += l.line("⇡", l.paint.green, landing.Step, s.String())
		}
		return text
	case "proposed":
		return l.line("⇡", l.paint.yellow, landing.Step, fmt.Sprintf("%s is protected: pull request #%d asks for the change %s", landing.Where(), landing.Pull.Number, landing.Pull.URL))
	case "empty":
		return l.line("·", l.paint.dim, landing.Step, "nothing to land: no change under its paths")
	case "absorbed":
		return l.line("·", l.paint.dim, landing.Step, landing.Where()+" has the same change already, by others")
	}
	return "" // the failed attempt has said it
}

func (l lines) rollback(b report.Rollback) string {
	text := b.Outcome
	if b.Repository != "" {
		text += " on " + b.Where()
	}
	if b.Message != "" {
		text += ": " + b.Message
	}
	switch b.Outcome {
	case "opened", "adopted", "already", "closed", "superseded", "pushed":
		out := l.line("⟲", l.paint.yellow, "rollback", text)
		if b.URL != "" {
			out += "  " + l.paint.link(report.OneLine(b.URL)) + "\n"
		}
		return out
	}
	return l.line("✗", l.paint.red, "rollback", text)
}

// line writes a sign, a name and a text, wrapped with the text's start as the margin of the lines that follow.
func (l lines) line(sign string, color func(string) string, name, text string) string {
	name, text = report.OneLine(name), report.OneLine(text)
	if name != "" && text != "" {
		text = name + "  " + text
	} else {
		text = name + text
	}
	rows := wrap(text, l.width-2)
	for i, row := range rows {
		if i == 0 {
			// The name alone carries the colour: long messages stay easy to read.
			if rest, ok := strings.CutPrefix(row, name); ok && name != "" {
				row = color(name) + rest
			} else {
				row = color(row)
			}
			rows[i] = color(sign) + " " + row
			continue
		}
		rows[i] = "    " + row
	}
	return strings.Join(rows, "\n") + "\n"
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func sorted(values map[string]string) []string { return slices.Sorted(maps.Keys(values)) }

func of(limit int) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", limit+1)
}

// wrap breaks text at spaces into rows of at most width columns, less four for the margin of every row after the
// first. Words longer than a row, addresses for example, are not broken. A width of 0 or less does not wrap.
func wrap(text string, width int) []string {
	if width <= 0 {
		return []string{text}
	}
	var rows []string
	row, room := "", width
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case row == "":
			row = word
		case columns.Width(row)+1+columns.Width(word) <= room:
			row += " " + word
		default:
			rows = append(rows, row)
			row, room = word, width-2
		}
	}
	return append(rows, row)
}

func restartedOn(tip string) string {
	if tip == "" {
		return "with the files as they are"
	}
	return "on the fresh tip " + report.Short(tip)
}
