package forge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/belay-ci/belay/internal/pattern"
)

// Text from steps, commits and branch names goes into titles and bodies that people and machines read. The
// functions here make it inert: it formats nothing, mentions nobody, links and closes no issue, holds no HTML,
// no terminal sequences, and no workflow command for the day a body is printed into a CI log.

// maxTitle is the limit of GitLab and Gitea for a title, in characters; GitHub takes one more.
const maxTitle = 255

// Title makes foreign text fit for a title: one line of at most 255 characters.
func Title(s string) string {
	return shorten(gaps.ReplaceAllString(oneLine(s), gapTitle), maxTitle)
}

// Text makes foreign text fit for the running text of a body: it reads as written, in one line.
func Text(s string) string {
	s = markdown.Replace(oneLine(s))
	s = blockStart.ReplaceAllString(s, `${1}\${2}`)
	return gaps.ReplaceAllString(s, gapBody)
}

// Code makes a name into a code span: a branch, a path, a commit id. It is in one line and empty when s is.
func Code(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// Block makes foreign lines into a code block, which stands by itself and ends with a newline.
func Block(s string) string {
	s = strings.Trim(clean(s), "\n")
	fence := strings.Repeat("`", max(3, longestRun(s, '`')+1))
	return fence + "\n" + s + "\n" + fence + "\n"
}

// Cut shortens a body to at most limit characters, counted as UTF-16 does, the strictest way a forge may count.
// It cuts at the end of a line where one is near, closes a code block that is left open, and says that it cut.
func Cut(body string, limit int) string {
	if width(body) <= limit {
		return body
	}
	note := fmt.Sprintf("\n\n*The rest is cut off: the forge takes at most %d characters.*\n", limit)
	room := limit - width(note) - longestRun(body, '`') - 1
	kept := prefix(body, room)
	if end := strings.LastIndexByte(kept, '\n'); end > len(kept)*3/4 {
		kept = kept[:end]
	}
	if fence := openFence(kept); fence != "" {
		kept += "\n" + fence
	}
	return prefix(kept+note, limit)
}

var (
	terminal   = pattern.New(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])`) // ECMA-48: CSI, OSC, the rest
	newlines   = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")
	command    = pattern.New(`(?m)^([\pZ\t]*:)(:)|(##)(\[)`) // the runner knows ::name at a line's start, ##[name] anywhere
	markdown   = strings.NewReplacer(`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `|`, `\|`, `~`, `\~`, `$`, `\$`, `&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`)
	blockStart = pattern.New(`^(\d{0,9})([-+=.)/])`) // what opens a list, a rule or a heading at a line's start, and GitLab's quick actions

	// A zero-width space keeps a forge from seeing a mention, a reference or a link in what is rendered; a
	// backslash would not, as it is gone by then.
	gaps = pattern.New(`(?i)(@|#)|(gh-)(\d)|(:)(//)|(www)(\.)|([!%]|&(?:amp;)?)(\d)`)
)

const (
	gapTitle = "${1}${2}${4}${6}${8}\u200b${3}${5}${7}${9}"
	gapBody  = "${1}${2}${4}${6}${8}&#8203;${3}${5}${7}${9}"
)

// clean keeps the lines and drops what is not text: broken UTF-8, terminal sequences, control characters, and
// the marks that turn the direction of writing. It breaks workflow commands.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = newlines.Replace(terminal.ReplaceAllString(s, ""))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
	return command.ReplaceAllString(s, "${1}${3}\u200b${2}${4}")
}

// oneLine is clean, with every run of white space made one space.
func oneLine(s string) string {
	return clean(strings.Join(strings.Fields(clean(s)), " ")) // once more: a command may stand at the start only now
}

func shorten(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	return prefix(s, limit-1) + "…"
}

func longestRun(s string, of rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// width is the length in UTF-16 units.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// prefix is the longest start of s that is at most limit wide.
func prefix(s string, limit int) string {
	for i, r := range s {
		if limit -= utf16.RuneLen(r); limit < 0 {
			return s[:i]
		}
	}
	return s
}

// openFence returns the fence of the code block that body leaves open, empty when it leaves none.
func openFence(body string) string {
	open := ""
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		fence := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case len(fence) < 3:
		case open == "":
			open = fence
		case len(fence) >= len(open) && fence == line:
			open = ""
		}
	}
	return open
}
