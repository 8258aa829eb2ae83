package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// logLines is how much of the failed step's log a rollback's body shows.
const logLines = 50

// public returns what hides secrets in text that leaves the job. Beside those belay was told of there are those that the
// CI host alone knows, and hides in nothing but its log.
func (c *conductor) public(p progress) func(string) string {
	named := process.SecretEnv(slices.Concat(c.job.Environ, list(c.sharedEnv(p)))...)
	return func(text string) string { return named.String(c.job.Masks.String(text)) }
}

// rollbackTitle names what is undone and why, in one line.
func (c *conductor) rollbackTitle(p progress, l landed, t target) string {
	why := ""
	if p.failed() {
		why = fmt.Sprintf(": %s failed", p.failure.id)
	}
	if t.restore {
		return forge.Title(fmt.Sprintf("Restore %s to %s%s", t.good.Stage, t.good.Commit.Short(), why))
	}
	what := fmt.Sprintf("Revert %q", c.public(p)(l.commits[len(l.commits)-1].Subject))
	if n := len(l.commits); n > 1 {
		what += fmt.Sprintf(" and %d more", n-1)
	}
	return forge.Title(what + why)
}

// rollbackBody says what failed, what is reverted and where to look. Everything foreign in it is masked,
// escaped and cut.
func (c *conductor) rollbackBody(p progress, l landed, t target, made gitops.Reversal, verified *report.Verification) string {
	public := c.public(p)
	var b strings.Builder
	if p.failed() {
		c.failureText(&b, p, l, t)
	} else {
		b.WriteString("Somebody asked for this with `belay rollback`. " + t.does(l) + "\n")
	}
	b.WriteString("\n### What is reverted\n\n")
	reverted := l.commits
	if t.restore {
		reverted = made.Reverted
	}
	for _, commit := range reverted {
		fmt.Fprintf(&b, "- %s %s\n", commit.Hash, forge.Text(public(commit.Subject)))
	}
	if len(made.Structured) > 0 {
		b.WriteString("\n### Reverted key by key\n\nThe lines of these files conflict, their keys do not.\n\n")
	}
	for _, s := range made.Structured {
		fmt.Fprintf(&b, "- %s: %s\n", forge.Code(public(s.Path)), forge.Code(public(strings.Join(s.Keys, ", "))))
	}
	if len(made.Later) > 0 {
		b.WriteString("\n### Later commits on the same files\n\nThey stay. Look whether they need what is reverted.\n\n")
	}
	for _, commit := range made.Later {
		fmt.Fprintf(&b, "- %s %s\n", commit.Hash, forge.Text(public(commit.Subject)))
	}
	b.WriteString(c.verifiedText(p, verified))
	if p.failed() {
		if tail := lastLines(c.tailOf(p), logLines); tail != "" {
			fmt.Fprintf(&b, "\n<details><summary>The last lines of %s</summary>\n\n%s\n</details>\n", forge.Text(p.failure.id), forge.Block(public(tail)))
		}
	}
	b.WriteString("\nMerging it brings the files back to what they were. Closing it keeps the change: belay will not open another one for this run.\n")
	return forge.Cut(b.String(), c.job.Forge.MaxBody())
}

// failureText says which failure a rollback answers.
func (c *conductor) failureText(b *strings.Builder, p progress, l landed, t target) {
	f, public := p.failure.failure, c.public(p)
	fmt.Fprintf(b, "The step **%s** failed after this change had landed on %s. %s\n\n", forge.Text(p.failure.id), forge.Code(l.branch), t.does(l))
	fmt.Fprintf(b, "| | |\n|---|---|\n| kind | %s |\n| message | %s |\n", forge.Code(string(f.Kind)), forge.Text(public(f.Message)))
	if c.run.URL != "" {
		fmt.Fprintf(b, "| run | %s |\n", c.run.URL)
	}
	fmt.Fprintf(b, "| attempts | %d |\n", c.attemptsOf(p))
}

// attemptsOf counts the attempts of the step that failed, or of the item or step inside of it that did.
func (c *conductor) attemptsOf(p progress) int { return len(c.failedRow(p).Attempts) }

// tailOf is the log of its last attempt.
func (c *conductor) tailOf(p progress) string {
	tail := ""
	for _, attempt := range c.failedRow(p).Attempts {
		tail = attempt.Tail
	}
	return tail
}

// failedRow is the last row of what the run failed with.
func (c *conductor) failedRow(p progress) report.Step {
	from := p.failure.from
	if from == (origin{}) {
		from.id = p.failure.id
	}
	for _, row := range slices.Backward(p.rows) {
		if row.ID == from.id && row.Item == from.item && len(row.Attempts) > 0 {
			return row
		}
	}
	return report.Step{}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// advice is what to do next about a failure.
func advice(kind policy.Kind) string {
	info, ok := kind.Info()
	if !ok {
		return ""
	}
	return info.Advice
}
