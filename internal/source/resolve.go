package source

import "github.com/belay-ci/belay/internal/pattern"

var (
	intGrammar   = pattern.New(`^[-+]?(0|[1-9][0-9]*)$`)
	floatGrammar = pattern.New(`^[-+]?(0|[1-9][0-9]*)\.[0-9]+$`)
)

// resolve says what an unquoted scalar is. The rule is YAML 1.2's core schema (YAML 1.2.2, 10.3.2), so `no`,
// `on` and dates are text, narrowed to what reads the same to everyone: a number has no leading zero, no
// exponent, no other base than ten. So `010`, `1e3` and `0x1F` are text as well. A quoted scalar is always text.
func resolve(text string) Kind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	// The patterns need not look at what can't be a number.
	if c := text[0]; c != '-' && c != '+' && (c < '0' || c > '9') || len(text) > 32 {
		return String
	}
	switch {
	case intGrammar.MatchString(text):
		return Int
	case floatGrammar.MatchString(text):
		return Float
	}
	return String
}
