package expr

import "strings"

const (
	opening = "${{"
	closing = "}}"
)

// nextExpression finds the first `${{` at or after from, and the `}}` that closes it. Braces of maps, and whatever
// stands in string literals and comments, don't close. open is -1 when there is no `${{`; found is false when
// nothing closes it.
func nextExpression(s string, from int) (open, end int, found bool) {
	at := strings.Index(s[from:], opening)
	if at < 0 {
		return -1, 0, false
	}
	open = from + at
	depth := 0
	for i := open + len(opening); i < len(s); {
		switch {
		case depth == 0 && strings.HasPrefix(s[i:], closing):
			return open, i, true
		case s[i] == '{':
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		}
		i = skipToken(s, i)
	}
	return open, 0, false
}

// unclosed is the problem of the `${{` at open, which nothing closes.
func unclosed(s string, open int) *Problem {
	message := "`${{` has no `}}`"
	if strings.Contains(s[open:], closing) {
		message += " that closes it: a quote or a brace is still open before the one that follows"
	}
	return &Problem{open, len(opening), message}
}

// skipToken returns where the string literal or comment that starts at i ends, or else the next byte.
// A line comment also ends before `}}`.
func skipToken(s string, i int) int {
	rest := s[i:]
	switch {
	case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
		return skipQuoted(s, i)
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest[2:], "*/"); end >= 0 {
			return i + 2 + end + 2
		}
		return len(s)
	case strings.HasPrefix(rest, "//"):
		for end := 2; end < len(rest); end++ {
			if rest[end] == '\n' || strings.HasPrefix(rest[end:], closing) {
				return i + end
			}
		}
		return len(s)
	}
	return i + 1
}

// skipQuoted returns where the string literal that starts at i ends. Only raw strings have no backslash escapes.
func skipQuoted(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && quote != '`':
			i++
		}
	}
	return len(s)
}
