package expr

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/expr-lang/expr/file"
)

var (
	unexpected  = pattern.New(`^unexpected token [A-Za-z]+\("(.*)"\)$`)
	strange     = pattern.New(`^unrecognized character: U\+[0-9A-F]+ '(.)'$`)
	mismatched  = pattern.New(`^invalid operation: (\S+) \(mismatched types (.+) and (.+)\)$`)
	mismatched1 = pattern.New(`^invalid operation: (\S+) \(mismatched type (.+)\)$`)
	noField     = pattern.New(`^type (\S+) has no field (\S+)$`)
	noIndex     = pattern.New(`^type (.+)\[.+\] is undefined$`)
	notBool     = pattern.New(`^non-bool expression \(type (.+)\) used as condition$`)
	badArgument = pattern.New(`^cannot use (\S+) as argument \(type (\S+)\) to call (\S+) *$`)
)

// rephrase says in the words of a steps file what expr-lang says in a parser's.
func rephrase(s string, err *file.Error) string {
	message := splitDashes(err.Message)
	if m := unexpected.FindStringSubmatch(message); m != nil {
		return misplaced(s[:byteOffset(s, err.From)], m[1])
	}
	if m := mismatched.FindStringSubmatch(message); m != nil {
		return mismatch(m[1], m[2], m[3])
	}
	if m := strange.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("`%s` can't stand here; text is put in quotes, ' or \"", m[1])
	}
	if m := mismatched1.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("`%s` can't take %s", m[1], typeWords(m[2]))
	}
	if m := noField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("this is %s, and has no part `%s`", typeWords(m[1]), m[2])
	}
	if m := noIndex.FindStringSubmatch(message); m != nil {
		is := typeWords(m[1])
		if is == "text" {
			is += ", of which a part is cut as in `text[0:7]`"
		}
		return "brackets take a part out of a list or a map, and this is " + is
	}
	if m := notBool.FindStringSubmatch(message); m != nil {
		return noCondition(typeWords(m[1]))
	}
	if m := badArgument.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("`%s` takes %s, and this is %s", m[3], typeWords(m[2]), typeWords(m[1]))
	}
	switch {
	case message == "unexpected token EOF":
		return "the expression ends too early"
	case strings.Contains(message, "exceeds maximum allowed nodes"):
		return "the expression is too complicated: do this in a step"
	}
	return message
}

// misplaced says what is wrong with a word or sign that can't stand behind what is before it.
func misplaced(before, word string) string {
	switch {
	case word == "=":
		return "`=` can't stand here: two values are compared with `==`"
	case word == "&":
		return "`&` can't stand here: for both of two conditions write `&&`"
	case word == "{" && strings.HasSuffix(before, "$"), word == "$":
		return "an expression can't hold another one: write its names without `${{ }}`"
	case word == "contains", word == "startsWith", word == "endsWith":
		return fmt.Sprintf("`%s` stands between its operands: `a %s b`", word, word)
	case strings.HasSuffix(strings.TrimRight(before, " "), "|"):
		return "`|` gives a value on to a function, as in `env.A | upper()`: for one of two conditions write `||`, for a default " + howDefault
	}
	return fmt.Sprintf("`%s` can't stand here", word)
}

// mismatch says what is wrong with the operands of an operator.
func mismatch(operator, left, right string) string {
	const condition = "true or false"
	switch a, b := typeWords(left), typeWords(right); {
	case operator == "&&" || operator == "||" || operator == "and" || operator == "or":
		if a == condition {
			a = b
		}
		message := fmt.Sprintf("`%s` stands between conditions, and one of these is %s: compare it, as in `… == 'true'`", operator, a)
		if operator == "||" && a == "text" {
			message += "; a default is written " + howDefault
		}
		return message
	case operator == "in":
		return fmt.Sprintf("`in` looks for a value in a list, as in `env.A in ['x', 'y']`, and this is %s: text in a text is found with `contains`", b)
	case a == b:
		return fmt.Sprintf("`%s` can't take two values of which each is %s", operator, a)
	case (operator == "==" || operator == "!=") && (a == condition || b == condition):
		return fmt.Sprintf("%s is never equal to %s: inputs, outputs and variables are text, as in `… == 'true'`", a, b)
	case operator == "==" || operator == "!=":
		return fmt.Sprintf("%s is never equal to %s: write the number without quotes, or make one of the text with `int(…)`", a, b)
	default:
		return fmt.Sprintf("`%s` can't take %s and %s: make a number of a text with `int(…)`, or a text of a number with `string(…)`", operator, a, b)
	}
}

// typeWords says what a type is in the words of a steps file, as typeName does for a value.
func typeWords(goType string) string {
	switch {
	case goType == "string":
		return "text"
	case goType == "bool":
		return "true or false"
	case goType == "nil":
		return "nothing"
	case goType == "int", strings.HasPrefix(goType, "float"):
		return "a number"
	case strings.HasPrefix(goType, "[]"), goType == "array":
		return "a list"
	case strings.HasPrefix(goType, "map"), strings.HasPrefix(goType, "struct"):
		return "a map"
	case strings.HasPrefix(goType, "func"):
		return "a function, which is called as in `name()`"
	}
	return goType
}
