package source

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// document is a file's text and where its lines begin. Line endings are \n.
type document struct {
	text  string
	lines []int // the offset of each line's first byte
	memo  struct{ at, line, col int }
}

func newDocument(text string) *document {
	d := &document{text: text, lines: make([]int, 1, 1+strings.Count(text, "\n"))}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	d.memo.line, d.memo.col = 1, 1
	return d
}

// pos returns the place of the character that the byte at offset at belongs to. It goes on from the last place asked for where it can: a
// line of a million characters with a hundred thousand values would otherwise be counted from its start each time.
func (d *document) pos(at int) Pos {
	for at < len(d.text) && !utf8.RuneStart(d.text[at]) {
		at--
	}
	m := &d.memo
	line := sort.SearchInts(d.lines, at+1)
	from, col := d.lines[line-1], 1
	if m.line == line && m.at <= at && m.at >= from {
		from, col = m.at, m.col
	}
	m.at, m.line, m.col = at, line, col+utf8.RuneCountInString(d.text[from:at])
	return Pos{Line: m.line, Col: m.col}
}
