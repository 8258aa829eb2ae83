package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Title is what people read for the step: its name, else its id, and the for-each item.
func (s Step) Title() string {
	title := s.Name
	if title == "" {
		title = s.ID
	}
	if s.Item != "" {
		title += " [" + s.Item + "]"
	}
	return title
}

// Ref is the step's id, and the for-each item: `smoke[eu]`.
func (s Step) Ref() string {
	if s.Item == "" {
		return s.ID
	}
	return s.ID + "[" + s.Item + "]"
}

// Short is the commit's hash as people read it: its first seven digits.
func (c Commit) Short() string { return Short(c.Hash) }

// Short cuts a hash to its first seven digits.
func Short(hash string) string { return hash[:min(7, len(hash))] }

// Cause says in one line why the attempt failed: its kind, and its message or else how the process ended.
func (a Attempt) Cause() string {
	switch {
	case a.Message != "":
		return OneLine(string(a.Kind) + ": " + a.Message)
	case a.Signal != "":
		return OneLine(string(a.Kind) + ": signal " + a.Signal)
	case a.ExitCode > 0:
		return OneLine(fmt.Sprintf("%s: exit code %d", a.Kind, a.ExitCode))
	}
	return OneLine(string(a.Kind))
}

// String says what the policy chose: "retry 1 of 3 in 5s". A rollback happens once, whatever is counted.
func (d Decision) String() string {
	text := d.Action
	if d.Max > 0 && d.Action != "rollback" {
		text += fmt.Sprintf(" %d of %d", d.N, d.Max)
	}
	if d.Delay > 0 {
		text += " in " + Duration(d.Delay)
	}
	if d.Hinted {
		text += ", as it asked"
	}
	return text
}

// Duration writes d as people read it: 0.4s, 12s, 3m5s, 1h20m.
func Duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "0s"
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + "s"
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Truncate(time.Second).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
}

// OneLine puts foreign text on one line: white space becomes a space, other control characters, terminal escapes
// among them, and the marks that turn the direction of writing go.
func OneLine(s string) string {
	if strings.Contains(s, "\x1b") {
		s = escapes.ReplaceAllString(s, "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// count writes a number with its noun: "1 commit", "2 commits".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "h"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
