package expr

import (
	"slices"
	"strings"
)

// dash stands in for a dash inside a name while expr-lang parses: a letter to Unicode (U+A7F7) that looks like a dash
// and that no name holds. One rune replaces one rune, so expr-lang's positions, which count runes, stay right.
const dash = "ꟷ"

// dashed lists the contexts whose members' names may hold dashes. The others hold numbers, where a-1 means a minus 1.
func dashed() []string { return []string{"inputs", "env", "steps", "error"} }

// joinDashes replaces the dashes inside names by dash.
func joinDashes(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		if !isNameByte(s[i]) {
			end := skipToken(s, i)
			out.WriteString(s[i:end])
			i = end
			continue
		}
		end := nameEnd(s, i, false)
		root := s[i:end]
		afterDot := strings.HasSuffix(strings.TrimRight(s[:i], " \t\r\n"), ".")
		out.WriteString(root)
		i = end
		if !afterDot && slices.Contains(dashed(), root) {
			i = joinMembers(s, i, &out)
		}
	}
	return out.String()
}

// joinMembers writes the members that follow a context, `.name`, `?.name` and `['name']`, and returns where they end.
func joinMembers(s string, i int, out *strings.Builder) int {
	for i < len(s) {
		rest := s[i:]
		dot := 0
		switch {
		case strings.HasPrefix(rest, "."):
			dot = 1
		case strings.HasPrefix(rest, "?."):
			dot = 2
		case len(rest) > 1 && rest[0] == '[' && (rest[1] == '\'' || rest[1] == '"'):
			end := skipQuoted(s, i+1)
			out.WriteString(s[i:end])
			if i = end; i < len(s) && s[i] == ']' {
				out.WriteByte(']')
				i++
				continue
			}
			return i
		default:
			return i
		}
		end := nameEnd(s, i+dot, true)
		out.WriteString(rest[:dot])
		out.WriteString(strings.ReplaceAll(s[i+dot:end], "-", dash))
		if i = end; end == len(s) || len(rest) == dot {
			return i
		}
	}
	return i
}

// nameEnd returns where the name that starts at i ends. A dash belongs to it when dashes is set and a name goes on
// right behind it.
func nameEnd(s string, i int, dashes bool) int {
	start := i
	for i < len(s) {
		inner := dashes && s[i] == '-' && i > start && i+1 < len(s) && (isNameByte(s[i+1]) || s[i+1] == '-')
		if !isNameByte(s[i]) && !inner {
			break
		}
		i++
	}
	return i
}

// isNameByte takes every byte above ASCII for part of a letter; expr-lang decides whether it is one.
func isNameByte(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// splitDashes puts the dashes back.
func splitDashes(s string) string { return strings.ReplaceAll(s, dash, "-") }
