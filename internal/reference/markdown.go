package reference

import (
	"fmt"
	"strings"
)

// page is a Markdown page in the making.
type page struct{ strings.Builder }

func (p *page) heading(level int, text string) {
	fmt.Fprintf(p, "%s %s\n\n", strings.Repeat("#", level), text)
}

func (p *page) para(format string, args ...any) {
	fmt.Fprintf(p, format+"\n\n", args...)
}

// block is a code block.
func (p *page) block(language, text string) {
	fmt.Fprintf(p, "```%s\n%s\n```\n\n", language, strings.TrimRight(text, "\n"))
}

func (p *page) table(header []string, rows [][]string) {
	p.row(header)
	p.row(strings.Split(strings.Repeat("---,", len(header)-1)+"---", ","))
	for _, cells := range rows {
		p.row(cells)
	}
	p.WriteString("\n")
}

func (p *page) row(cells []string) {
	p.WriteString("|")
	for _, cell := range cells {
		// A pipe ends a cell, inside a code span too (GitHub Flavored Markdown, 4.10).
		cell = strings.ReplaceAll(strings.ReplaceAll(cell, "|", `\|`), "\n", " ")
		p.WriteString(strings.TrimRight(" "+cell, " ") + " |")
	}
	p.WriteString("\n")
}

// code is text as code; nothing where there is none.
func code(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Contains(text, "`"):
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// codes is a list of words as code.
func codes(words []string) string {
	var list []string
	for _, word := range words {
		list = append(list, code(word))
	}
	return strings.Join(list, ", ")
}
