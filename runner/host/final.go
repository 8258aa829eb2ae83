package host

import (
	"strings"

	"github.com/belay-ci/belay/runner/report"
)

// final is the block at the end of a log: what failed, what belay did about it, what is on the branch now, what to
// do next, and the one link to press.
func (l lines) final(r report.Report) string {
	v := r.Verdict()
	sign, color := "✗", l.paint.red
	switch {
	case r.Result == report.Success && !r.Recovered:
		sign, color = "✓", l.paint.green
	case r.Result != report.Failed:
		sign, color = "!", l.paint.yellow
	}
	var out strings.Builder
	out.WriteString("\n" + l.line(sign, color, v.Headline, "("+report.Duration(r.Run.Ended.Sub(r.Run.Started))+")"))
	l.entry(&out, "failed", plain, v.Failed)
	l.entry(&out, "said", plain, v.Said)
	l.entry(&out, "belay", plain, texts(v.Did)...)
	l.entry(&out, "branch", plain, texts(v.Branch)...)
	if r.Rollback != nil {
		l.entry(&out, "conflict", plain, lineByLine(r.Rollback.Paths)...)
		l.entry(&out, "later", plain, commits(r.Rollback.Later)...)
	}
	if r.Rollback != nil && len(r.Rollback.Commands) > 0 {
		out.WriteString(l.label("by hand"))
		for i, command := range r.Rollback.Commands {
			if i > 0 {
				out.WriteString(l.label(""))
			}
			// Not wrapped: it is to be copied.
			out.WriteString(report.OneLine(command) + "\n")
		}
	}
	l.entry(&out, "next", plain, v.Next...)
	l.entry(&out, "help", l.paint.link, v.Help)
	l.entry(&out, "open", l.paint.link, v.Link)
	return out.String()
}

const labelWidth = 11

func (l lines) label(label string) string {
	return l.paint.dim("  " + label + strings.Repeat(" ", labelWidth-2-len(label)))
}

// entry writes texts beside a label, which stands before the first row only.
func (l lines) entry(out *strings.Builder, label string, color func(string) string, all ...string) {
	for _, text := range all {
		if text == "" {
			continue
		}
		for _, row := range wrap(text, l.width-labelWidth) {
			out.WriteString(l.label(label) + color(row) + "\n")
			label = ""
		}
	}
}

func lineByLine(all []string) []string {
	out := make([]string, len(all))
	for i, text := range all {
		out[i] = report.OneLine(text)
	}
	return out
}

func commits(all []report.Commit) []string {
	out := make([]string, len(all))
	for i, c := range all {
		out[i] = report.OneLine(c.Short() + " " + c.Subject)
	}
	return out
}

func texts(all []report.Line) []string {
	out := make([]string, len(all))
	for i, line := range all {
		out[i] = line.Text
	}
	return out
}
