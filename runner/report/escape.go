package report

import (
	"fmt"
	"html"
	"strings"
	"unicode"
)

// inline makes foreign text safe inside a line of Markdown, a table cell or an HTML tag: it shows as written and starts no
// markup, no HTML, no mention and no cell. It uses entities alone: a backslash stops neither mentions nor automatic links,
// nor cells in every renderer, and is shown inside of HTML.
func inline(s string) string {
	var out strings.Builder
	for _, r := range OneLine(s) {
		if strings.ContainsRune("<>&\"'@|:\\`*_[]#~$", r) {
			fmt.Fprintf(&out, "&#%d;", r)
		} else {
			out.WriteRune(r)
		}
	}
	return strings.ReplaceAll(out.String(), "www.", "www&#46;")
}

// code shows foreign text as code. The tag, unlike backticks, can't be closed from inside.
func code(s string) string { return "<code>" + inline(s) + "</code>" }

// link shows text as a link, or as plain text where the address is not one a browser should follow.
func link(text, url string) string {
	url = OneLine(url)
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return text
	}
	return `<a href="` + html.EscapeString(url) + `">` + text + `</a>`
}

// block shows foreign text of many lines as it is. `<pre>` starts an HTML block that only `</pre>` ends
// (CommonMark 4.6), so blank lines and backticks inside do no harm.
func block(s string) string {
	return "<pre>\n" + html.EscapeString(Plain(s)) + "\n</pre>\n"
}

func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}
