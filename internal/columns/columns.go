// Package columns measures text as a terminal shows it: in columns. East Asian wide characters and pictures take two, marks on
// the character before them none, and what is shown as one sign, such as a family or a flag, is measured as one (Unicode
// Standard Annexes 11 and 29).
package columns

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is how many columns a line takes. It holds no tabs and no terminal sequences.
func Width(s string) int { return displaywidth.String(s) }

// Cut shortens a line to at most n columns, with an ellipsis for what is left out. A sign is never cut in its middle.
func Cut(s string, n int) string {
	if n < 1 {
		return ""
	}
	return displaywidth.TruncateString(s, n, "…")
}

// Pad puts spaces after a line until it takes n columns.
func Pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-Width(s))) }
