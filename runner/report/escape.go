package report

import (
	"fmt"
	"html"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/internal/pattern"
)

// inline makes foreign text safe inside a line of Markdown, a table cell or an HTML tag: it shows as written and starts no
// markup, no HTML, no mention and no cell. Entities alone are enough for what is Markdown, where a backslash is not: it is
// no help in cells and shown inside of HTML. Mentions and references are looked for in what was rendered, without the
// entities: a space of no width parts those from their sign.
func inline(s string) string { return quiet(OneLine(s)) }

// quiet is inline for a piece of a line.
func quiet(s string) string { return references.ReplaceAllString(entities(s), "$1$2&#8203;$3") }

// references are what forges make links of, and tell people of: @name, #1, and GitLab's !1, %1 and &1.
var references = pattern.New(`(&#64;|&#35;)|(!|%|&#38;)([0-9])`)

// entities writes what Markdown or HTML could take for its own as entities.
func entities(s string) string {
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune("<>&\"'@|:\\`*_[]#~$", r) {
			fmt.Fprintf(&out, "&#%d;", r)
		} else {
			out.WriteRune(r)
		}
	}
	return strings.ReplaceAll(out.String(), "www.", "www&#46;")
}

// code shows foreign text as code, where forges look for no references. The tag, unlike backticks, can't be closed from
// inside.
func code(s string) string { return "<code>" + entities(OneLine(s)) + "</code>" }

// phrase is a piece of a sentence.
type phrase struct {
	Text string
	Code bool
}

// prose cuts a sentence into text and the code it has in backquotes, as belay's own advice has. Where they don't pair, it is
// all text.
func prose(s string) []phrase {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return []phrase{{Text: s}}
	}
	var all []phrase
	for i, part := range parts {
		if part != "" {
			all = append(all, phrase{part, i%2 == 1})
		}
	}
	return all
}

// sentence is prose in a line of Markdown.
func sentence(s string) string {
	var out strings.Builder
	for _, p := range prose(OneLine(s)) {
		if p.Code {
			out.WriteString(code(p.Text))
		} else {
			out.WriteString(quiet(p.Text))
		}
	}
	return out.String()
}

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
