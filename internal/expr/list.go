package expr

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// List is a checked expression that gives a list or a map: what a for-each goes over.
type List struct {
	source  string
	program *program
}

// Entry is one element of a list, or one entry of a map.
type Entry struct {
	Key   string // of a map; empty in a list
	Value any
}

// ParseList checks s, one expression inside `${{ }}`. The List is of use only when there is no problem.
func ParseList(s string, n Names) (List, []Problem) {
	l := List{source: s}
	open, end, found := nextExpression(s, 0)
	switch {
	case open >= 0 && !found:
		return l, []Problem{*unclosed(s, open)}
	case !found:
		return l, []Problem{{0, len(s), "this is text: write a list as in `[eu, us]`, or an expression that gives one"}}
	case strings.TrimSpace(s[:open]+s[end+len(closing):]) != "":
		return l, []Problem{{0, len(s), "text around an expression makes text of it: write the whole list inside one `${{ }}`"}}
	}
	start := open + len(opening)
	p, problems := compile(s[start:end], n)
	for i := range problems {
		problems[i].Offset += start
	}
	if problems != nil {
		return l, problems
	}
	if kind := p.result.Kind(); !slices.Contains([]reflect.Kind{reflect.Slice, reflect.Array, reflect.Map, reflect.Interface}, kind) {
		return l, []Problem{{start, end - start, noList(reflect.Zero(p.result).Interface())}}
	}
	l.program = p
	return l, nil
}

// Source returns the expression as it was written.
func (l List) Source() string { return l.source }

// Eval returns a list's elements in their order, or a map's entries sorted by key, so that two evaluations agree.
// isMap says which it is.
func (l List) Eval(v Values) (entries []Entry, isMap bool, _ error) {
	if l.program == nil {
		return nil, false, nil
	}
	value, err := l.program.run(v, Status{})
	if err != nil {
		return nil, false, err
	}
	switch r := reflect.ValueOf(value); r.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range r.Len() {
			entries = append(entries, Entry{Value: r.Index(i).Interface()})
		}
	case reflect.Map:
		for it := r.MapRange(); it.Next(); {
			entries = append(entries, Entry{Key: fmt.Sprint(it.Key().Interface()), Value: it.Value().Interface()})
		}
		slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
		isMap = true
	default:
		return nil, false, fmt.Errorf("evaluate %s: %s", l.program, noList(value))
	}
	return entries, isMap, nil
}

// noList says what to write instead of a value of the wrong type.
func noList(value any) string {
	advice := "write a list or a map"
	if _, ok := value.(string); ok {
		advice = "make a list of it with `split(…, ',')`, or with `fromJSON(…)` where it is JSON"
	}
	return fmt.Sprintf("a list or a map is wanted here, and this is %s: %s", typeName(value), advice)
}
