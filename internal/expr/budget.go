package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// What bounds an expression. The length and the node count bound parsing and checking; the cost bounds evaluation.
// Cost is counted in bytes of text and elements of lists and maps that an operator or function is given, so it
// bounds time and memory alike. One turn of a predicate costs as much as reading 4 KiB.
const (
	maxLength = 8 << 10
	maxNodes  = 500
	maxCost   = 64 << 20
	turnCost  = 4 << 10
)

var errCost = errors.New("the expression handles too much data: use less of it, or do it in a step")

type budget struct{ left int }

func (b *budget) take(n int) error {
	if n > b.left {
		b.left = 0
		return errCost
	}
	b.left -= n
	return nil
}

// spend gives v back and charges for what it takes to read all of it.
func (b *budget) spend(v any) (any, error) {
	return v, b.takeValue(reflect.ValueOf(v))
}

// turn gives v, a predicate's result, back and charges for one turn.
func (b *budget) turn(v any) (any, error) { return v, b.take(turnCost) }

func (b *budget) takeValue(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return b.take(1)
		}
		return b.takeValue(v.Elem())
	case reflect.String:
		return b.take(1 + v.Len())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := b.takeValue(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if err := errors.Join(b.takeValue(entry.Key()), b.takeValue(entry.Value())); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := b.takeValue(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return b.take(1)
}

// join is expr-lang's join for any list, with GitHub's default separator. It counts its result before it makes it.
func (b *budget) join(list any, separator ...string) (string, error) {
	sep := ","
	switch len(separator) {
	case 0:
	case 1:
		sep = separator[0]
	default:
		return "", errors.New("join takes a list and one separator")
	}
	v := reflect.ValueOf(list)
	if v.Kind() != reflect.Slice {
		return "", fmt.Errorf("join takes a list, not %s", typeName(list))
	}
	parts := make([]string, v.Len())
	for i := range parts {
		part, err := text(v.Index(i).Interface())
		if err != nil {
			return "", err
		}
		if err := b.take(len(part) + len(sep)); err != nil {
			return "", err
		}
		parts[i] = part
	}
	return strings.Join(parts, sep), nil
}

// replace is strings.ReplaceAll. It counts its result before it makes it.
func (b *budget) replace(text, old, new string) (string, error) {
	if err := b.take(len(text) + strings.Count(text, old)*len(new)); err != nil {
		return "", err
	}
	return strings.ReplaceAll(text, old, new), nil
}
