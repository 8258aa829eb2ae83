package source

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/internal/columns"
)

// shownWidth is how much of a line a rendering shows.
const shownWidth = 100

// String is the line every rendering begins with: "file:line:col: message [rule]".
func (d Diagnostic) String() string {
	message := d.Message
	if d.Warning {
		message = "warning: " + message
	}
	return fmt.Sprintf("%s:%d:%d: %s [%s]", d.File, d.Line, d.Col, message, d.Rule)
}

// Render shows the diagnostics, sorted, each with its line and a caret under its place. The lines come from
// files; a diagnostic of any other file is shown without.
func (ds Diagnostics) Render(files ...File) string {
	lines := map[string][]string{}
	for _, f := range files {
		lines[f.Name] = strings.Split(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\n")
	}
	var b strings.Builder
	for _, d := range ds.Sorted() {
		fmt.Fprintln(&b, d)
		if of := lines[d.File]; d.Line >= 1 && d.Line <= len(of) {
			excerpt(&b, d, of[d.Line-1])
		}
	}
	return b.String()
}

// excerpt writes the line and the caret. Before the caret stands white space as wide as the text above it: a
// tab under a tab, two spaces under a wide character.
func excerpt(b *strings.Builder, d Diagnostic, line string) {
	runes := []rune(printable(line))
	at := min(d.Col-1, len(runes))
	from, cut := 0, ""
	if at > shownWidth*3/4 {
		from, cut = at-shownWidth/2, "…"
	}
	shown := cut + string(runes[from:min(from+shownWidth, len(runes))])
	if from+shownWidth < len(runes) {
		shown += "…"
	}
	var pad strings.Builder
	for i, between := range strings.Split(cut+string(runes[from:at]), "\t") {
		if i > 0 {
			pad.WriteByte('\t')
		}
		pad.WriteString(strings.Repeat(" ", columns.Width(between)))
	}
	gutter := fmt.Sprintf("%5d | ", d.Line)
	fmt.Fprintf(b, "%s%s\n", gutter, shown)
	fmt.Fprintf(b, "%s| %s^\n", strings.Repeat(" ", len(gutter)-2), pad.String())
}

// printable keeps what a terminal would act upon off it.
func printable(line string) string {
	return strings.Map(func(c rune) rune {
		if c != '\t' && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\ufeff') {
			return unicode.ReplacementChar
		}
		return c
	}, line)
}
