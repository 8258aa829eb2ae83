package expr

import (
	"fmt"
	"reflect"
	"strings"
)

// Condition is a checked `if:`. The zero Condition is the one an absent `if:` stands for: success().
type Condition struct {
	source  string
	program *program
}

// ParseCondition checks s, one expression with or without `${{ }}` around it. The Condition is of use only when there
// is no problem.
func ParseCondition(s string, n Names) (Condition, []Problem) {
	c := Condition{source: s}
	start, end, problem := conditionBounds(s)
	if problem != nil {
		return c, []Problem{*problem}
	}
	p, problems := compile(s[start:end], n)
	for i := range problems {
		problems[i].Offset += start
	}
	if problems != nil {
		return c, problems
	}
	if kind := p.result.Kind(); kind != reflect.Bool && kind != reflect.Interface {
		text := strings.TrimSpace(s[start:end])
		return c, []Problem{{start + strings.Index(s[start:end], text), len(text), noCondition(typeName(reflect.Zero(p.result).Interface()))}}
	}
	c.program = p
	return c, nil
}

// conditionBounds finds the expression in s. GitHub takes text around `${{ }}` for a condition that always holds;
// nobody means that, so it is a problem here.
func conditionBounds(s string) (start, end int, _ *Problem) {
	open, closed, found := nextExpression(s, 0)
	switch {
	case found && strings.TrimSpace(s[:open]+s[closed+len(closing):]) == "":
		return open + len(opening), closed, nil
	case found:
		return 0, 0, &Problem{0, len(s), "write the whole condition inside one `${{ }}`, or leave `${{ }}` away"}
	case open >= 0:
		return 0, 0, unclosed(s, open)
	}
	return 0, len(s), nil
}

// noCondition says what to write instead of a value, of a type in words, that is no condition.
func noCondition(is string) string {
	advice := "compare it"
	if is == "text" {
		advice += ", as in `… == 'true'`"
	}
	return fmt.Sprintf("a condition is true or false, and this is %s: %s", is, advice)
}

// Source returns the condition as it was written.
func (c Condition) Source() string { return c.source }

// AsksStatus reports whether the condition calls a status function, and so speaks for itself on success().
func (c Condition) AsksStatus() bool { return c.program != nil && c.program.status }

// Holds evaluates the condition. Unless it calls a status function, success() has to hold too, as on GitHub, and is
// looked at first.
func (c Condition) Holds(v Values, s Status) (bool, error) {
	if !c.AsksStatus() && (s.Failed || s.Cancelled) {
		return false, nil
	}
	if c.program == nil {
		return true, nil
	}
	value, err := c.program.run(v, s)
	if err != nil {
		return false, err
	}
	holds, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("evaluate %s: %s", c.program, noCondition(typeName(value)))
	}
	return holds, nil
}
