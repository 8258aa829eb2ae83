package report

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxMarkdown is a little under what GitHub takes: a summary above 1 MiB is dropped whole.
	maxMarkdown = 1<<20 - 4<<10
	// maxTail is how much of a failed attempt's output the summary shows; the log has the rest.
	maxTail = 16 << 10
)

// Markdown renders the report as a summary: how the run ended first, then what is on the branch and what to do, then
// the steps, then the last lines of failed attempts, folded. All foreign text is escaped, but for the summaries that
// steps wrote themselves: they are Markdown, and come last. It stays under 1 MiB: what does not fit is left out from the end, and the
// last line says so.
func Markdown(r Report) string { return MarkdownWithin(r, maxMarkdown) }

// MarkdownWithin is Markdown for a place that has room for limit bytes.
func MarkdownWithin(r Report, limit int) string {
	s := account(r, limit)
	for _, step := range r.Steps {
		if step.Summary != "" {
			s.add(fmt.Sprintf("\n### %s\n\n%s\n", inline(step.Title()), strings.TrimRight(step.Summary, "\n")))
		}
	}
	return s.String()
}

// Note is MarkdownWithin for a comment among other people's, which belay makes with its own token: without what steps
// wrote themselves, since a forge obeys a comment (GitLab's quick actions) and tells whom it mentions.
func Note(r Report, limit int) string {
	s := account(r, limit)
	return s.String()
}

// account is the report without the steps' own summaries.
func account(r Report, limit int) sheet {
	s := sheet{limit: limit}
	v := r.Verdict()
	s.add(fmt.Sprintf("## %s %s\n\n", symbol(r), inline(v.Headline)))
	s.add(button(r, v))
	s.add(verdictTable(v))
	s.add(rollbackDetails(r.rollback()))
	s.table(r.Steps)
	s.add(gantt(r.Steps))
	for _, step := range r.Steps {
		for _, a := range step.Attempts {
			if a.Status == StatusFailure && a.Tail != "" {
				s.add(tail(step, a))
			}
		}
	}
	s.add(origin(r.Run))
	return s
}

// sheet is a text that refuses what would make it too long.
type sheet struct {
	text  []byte
	limit int // bytes, without the note on what is left out
	left  int // blocks left out
}

func (s *sheet) add(block string) {
	if len(s.text)+len(block) > s.limit {
		s.left++
		return
	}
	s.text = append(s.text, block...)
}

func (s *sheet) String() string {
	if s.left == 0 {
		return string(s.text)
	}
	return string(s.text) + fmt.Sprintf("\nLeft out for want of room: %s. The report has all.\n", count(s.left, "part"))
}

func symbol(r Report) string {
	switch {
	case r.Result == Success && r.Recovered:
		return "⚠️"
	case r.Result == Success:
		return "✅"
	case r.Result == Cancelled:
		return "⏹️"
	}
	return "❌"
}

// button is the one link to press, where a person looks first.
func button(r Report, v Verdict) string {
	if v.Link == "" {
		return ""
	}
	return "**" + link(inline(r.linkText()), v.Link) + "**\n\n"
}

// verdictTable is the verdict beside its labels: what failed, what belay did, what is on the branch, what to do. It is HTML,
// since a table of Markdown has a header whether there is something in it or not.
func verdictTable(v Verdict) string {
	var out strings.Builder
	row := func(label string, cells ...string) {
		if cells = slices.DeleteFunc(cells, func(cell string) bool { return cell == "" }); len(cells) == 0 {
			return
		}
		fmt.Fprintf(&out, "<tr><th align=\"left\">%s</th><td>%s</td></tr>\n", label, strings.Join(cells, "<br>"))
	}
	said := ""
	if v.Said != "" {
		said = code(v.Said)
	}
	row("Failed", inline(v.Failed), said)
	row("What belay did", links(v.Did)...)
	row("On the branch now", links(v.Branch)...)
	var next []string
	for _, text := range v.Next {
		next = append(next, sentence(text))
	}
	if v.Help != "" {
		next = append(next, link("About this kind of failure", v.Help))
	}
	row("What to do next", next...)
	if out.Len() == 0 {
		return ""
	}
	return "<table>\n" + out.String() + "</table>\n"
}

func links(lines []Line) []string {
	var all []string
	for _, line := range lines {
		all = append(all, link(inline(line.Text), line.URL))
	}
	return all
}

// rollbackDetails shows what a person needs to finish a rollback by hand, and the pull request's text where there is
// no forge to show it.
func rollbackDetails(b Rollback) string {
	var out strings.Builder
	if len(b.Paths)+len(b.Later) > 0 {
		out.WriteString("\n")
	}
	for _, path := range b.Paths {
		fmt.Fprintf(&out, "- conflict in %s\n", code(path))
	}
	for _, c := range b.Later {
		fmt.Fprintf(&out, "- later commit on the same files: %s\n", commit(c))
	}
	if len(b.Commands) > 0 {
		out.WriteString("\nBy hand:\n\n" + block(strings.Join(b.Commands, "\n")))
	}
	if b.Body != "" && b.URL == "" {
		out.WriteString("\n<details><summary>The pull request's text</summary>\n\n" + block(b.Body) + "\n</details>\n")
	}
	if len(b.Commands) > 0 || b.Body != "" && b.URL == "" {
		out.WriteString("\n")
	}
	return out.String()
}

func commit(c Commit) string { return link(code(c.Short()), c.URL) + " " + inline(c.Subject) }

func (s *sheet) table(steps []Step) {
	if len(steps) == 0 {
		return
	}
	s.add("\n| | Step | Attempt | Time | |\n|---|---|---|---|---|\n")
	for _, step := range steps {
		s.add(rows(step))
	}
}

// rows is one row per attempt, or one for a step that had none.
func rows(step Step) string {
	title := inline(step.Title())
	if step.Restart > 0 {
		title += fmt.Sprintf(" (restart %d)", step.Restart)
	}
	if len(step.Attempts) == 0 {
		return fmt.Sprintf("| %s | %s | | | %s |\n", mark(step.Conclusion), title, inline(step.Why))
	}
	var out strings.Builder
	for i, a := range step.Attempts {
		note := ""
		if a.Status != StatusSuccess {
			note = a.Cause()
		}
		if a.Decision != nil {
			note += " → " + a.Decision.String()
		}
		if i > 0 {
			title = ""
		}
		fmt.Fprintf(&out, "| %s | %s | %d | %s | %s |\n", mark(a.Status), title, i+1, Duration(a.Ended.Sub(a.Started)), inline(note))
	}
	return out.String()
}

func mark(s Status) string {
	switch s {
	case StatusSuccess:
		return "✅"
	case StatusFailure:
		return "❌"
	case StatusCancelled:
		return "⏹️"
	}
	return "➖"
}

func tail(step Step, a Attempt) string {
	text := lastBytes(a.Tail, maxTail)
	return fmt.Sprintf("\n<details><summary>%s, attempt %d: %s</summary>\n\n%s\n</details>\n",
		inline(step.Title()), a.N+1, inline(string(a.Kind)), block(strings.TrimRight(text, "\n")))
}

func origin(run Run) string {
	if run.ID == "" {
		return ""
	}
	parts := []string{"belay run " + code(run.ID)}
	for _, part := range []string{run.StepsFile, run.Policy, run.Repository, run.Branch, Short(run.Commit)} {
		if part != "" {
			parts = append(parts, code(part))
		}
	}
	parts = append(parts, Duration(run.Ended.Sub(run.Started)))
	return "\n<sub>" + strings.Join(parts, " · ") + "</sub>\n"
}
