package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Text is a checked string with any number of `${{ … }}` in it. The zero Text is the empty string.
type Text struct {
	source string
	parts  []textPart
}

// textPart is an expression, or the plain text between two.
type textPart struct {
	plain   string
	program *program // nil for plain text
}

// ParseText checks s. The Text is of use only when there is no problem.
func ParseText(s string, n Names) (Text, []Problem) {
	t := Text{source: s}
	var problems []Problem
	for rest := 0; rest < len(s); {
		open, end, found := nextExpression(s, rest)
		if !found {
			if open >= 0 {
				problems = append(problems, *unclosed(s, open))
			}
			t.parts = append(t.parts, textPart{plain: s[rest:]})
			break
		}
		if open > rest {
			t.parts = append(t.parts, textPart{plain: s[rest:open]})
		}
		start := open + len(opening)
		p, wrong := compile(s[start:end], n)
		for i := range wrong {
			wrong[i].Offset += start
		}
		problems = append(problems, wrong...)
		t.parts = append(t.parts, textPart{program: p})
		rest = end + len(closing)
	}
	if problems != nil {
		return Text{source: s}, problems
	}
	return t, nil
}

// Source returns the string as it was written.
func (t Text) Source() string { return t.source }

// Literal returns the string and true when it holds no expression.
func (t Text) Literal() (string, bool) {
	for _, part := range t.parts {
		if part.program != nil {
			return "", false
		}
	}
	return t.source, true
}

// Eval returns the string with every expression replaced by its value: lists and maps as JSON, nil as nothing.
func (t Text) Eval(v Values) (string, error) {
	var out strings.Builder
	for _, part := range t.parts {
		if part.program == nil {
			out.WriteString(part.plain)
			continue
		}
		value, err := part.program.run(v, Status{})
		if err != nil {
			return "", err
		}
		s, err := text(value)
		if err != nil {
			return "", fmt.Errorf("evaluate %s: %w", part.program, err)
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// Value returns the value itself when the string is one expression, white space around it aside. Else it returns
// what Eval returns.
func (t Text) Value(v Values) (any, error) {
	var only *program
	for _, part := range t.parts {
		switch {
		case part.program == nil && strings.TrimSpace(part.plain) == "":
		case part.program != nil && only == nil:
			only = part.program
		default:
			return t.Eval(v)
		}
	}
	if only == nil {
		return t.Eval(v)
	}
	return only.run(v, Status{})
}

// Marks returns the string with a character of Unicode's private use area in the place of every expression, the n-th of
// them Mark(n).
func (t Text) Marks() string {
	var out strings.Builder
	n := 0
	for _, part := range t.parts {
		if part.program == nil {
			out.WriteString(part.plain)
			continue
		}
		out.WriteRune(Mark(n))
		n++
	}
	return out.String()
}

// Mark is the character that stands for the n-th expression of a Text.
func Mark(n int) rune { return 0xf0000 + rune(n) }

// Values returns what each expression of the string gives, as it appears inside of a string.
func (t Text) Values(v Values) ([]string, error) {
	var values []string
	for _, part := range t.parts {
		if part.program != nil {
			value, err := Text{parts: []textPart{part}}.Eval(v)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
	}
	return values, nil
}

// text writes a value as it appears inside a string.
func text(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("write as JSON: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
