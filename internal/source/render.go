package source

import (
	"fmt"
	"strings"
	"unicode"
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
	for _, c := range cut + string(runes[from:at]) {
		if c == '\t' {
			pad.WriteByte('\t')
			continue
		}
		pad.WriteString(strings.Repeat(" ", width(c)))
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

// width returns how many columns a terminal gives a character: two for the East Asian wide ones and for
// pictures, none for marks on the character before (Unicode Standard Annex 11).
func width(c rune) int {
	switch {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(c, wide):
		return 2
	}
	return 1
}

var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}
