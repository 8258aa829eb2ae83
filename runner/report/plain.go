package report

import (
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// escapes are the sequences a terminal takes as orders: CSI (colours, the cursor), OSC (titles, links), and the short
// ones. ECMA-48, 5.4 and 5.6.
var escapes = pattern.New("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Plain is a step's output as text to be read: without colours and other orders to a terminal, each line as its last
// carriage return left it, as a progress bar means it. Lines stay lines.
func Plain(s string) string {
	lines := strings.Split(escapes.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), ""), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		line = line[strings.LastIndexByte(line, '\r')+1:]
		lines[i] = strings.Map(printable, line)
	}
	return strings.Join(lines, "\n")
}

// lastBytes is the end of a text, from the beginning of a line, with a mark where something is left out.
func lastBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if at := strings.IndexByte(s, '\n'); at >= 0 && at < len(s)-1 {
		s = s[at+1:]
	}
	return "…\n" + s
}
