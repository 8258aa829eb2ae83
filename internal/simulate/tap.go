package simulate

import (
	"fmt"
	"strings"
)

// Case is one test of a policy, played.
type Case struct {
	Name       string
	File       string // the policy file
	Line       int    // where the case stands in it
	Timeline   Timeline
	Mismatches []Mismatch // none when it passes
}

// TAP renders cases as the Test Anything Protocol has it, version 14 (https://testanything.org/tap-version-14-specification.html).
// A failed one has what differs and its timeline below it.
func TAP(cases []Case) string {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(cases))
	for i, c := range cases {
		verdict := "ok"
		if len(c.Mismatches) > 0 {
			verdict = "not ok"
		}
		fmt.Fprintf(&b, "%s %d - %s\n", verdict, i+1, tapText(c.File+": "+c.Name))
		if len(c.Mismatches) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  ---\n  at: %q\n  diff: |2\n%s  timeline: |2\n%s  ...\n",
			fmt.Sprintf("%s:%d", c.File, c.Line), indented(c.Diff()), indented(Text(c.Timeline)))
	}
	return b.String()
}

// Diff shows what was expected and what came of it, a line each.
func (c Case) Diff() string {
	var b strings.Builder
	for _, m := range c.Mismatches {
		fmt.Fprintf(&b, "- %s: %s\n+ %s: %s\n", m.Key, m.Want, m.Key, m.Got)
	}
	return b.String()
}

// tapText keeps a description from being read as a directive.
func tapText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `#`, `\#`, "\n", " ").Replace(text)
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			line = "    " + line
		}
		b.WriteString(line)
	}
	return b.String()
}
