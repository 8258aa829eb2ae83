package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/internal/expr"
)

// Item is one item of a for-each, evaluated.
type Item struct {
	Index int    // its place, from 0
	Key   string // where the group's outputs have it: the key of a map, the index in a list
	Name  string // what reports call it and identities know it by; no two items share one
	Value any    // what `item` gives: in a map, `item.key` and `item.value`
}

// Items evaluates the items, in the order of the list, or of a mapping as written; a map that an expression gives
// is in the order of its keys. An item's name is its key or its text, where that is one short line; of others, its
// index. The error says which items can't be told apart, or that there are more than MaxItems.
func (f *ForEach) Items(v expr.Values) ([]Item, error) {
	entries, isMap, err := f.entries(v)
	if err != nil {
		return nil, err
	}
	if len(entries) > MaxItems {
		return nil, fmt.Errorf("there are %d items, and a for-each goes over at most %d: spread them over jobs with `belay plan --matrix`", len(entries), MaxItems)
	}
	var items []Item
	first := map[string]int{}
	for i, e := range entries {
		item := Item{Index: i, Key: strconv.Itoa(i), Value: e.Value}
		item.Name = nameOf(e.Value, item.Key)
		if isMap {
			item.Key, item.Name = e.Key, nameOf(e.Key, item.Key)
			item.Value = map[string]any{"key": e.Key, "value": e.Value}
		}
		if earlier, twice := first[item.Name]; twice {
			return nil, fmt.Errorf("the items %d and %d, counted from 0, are both called %q: an item is known by its text, so it must differ from the others", earlier, i, item.Name)
		}
		first[item.Name] = i
		items = append(items, item)
	}
	return items, nil
}

// entries evaluates what the items are made of.
func (f *ForEach) entries(v expr.Values) (entries []expr.Entry, isMap bool, _ error) {
	if f.List.Source() != "" {
		return f.List.Eval(v)
	}
	for _, e := range f.Written {
		value, err := Evaluate(e.Value, v)
		if err != nil {
			return nil, false, err
		}
		entries = append(entries, expr.Entry{Key: e.Key, Value: value})
	}
	return entries, f.IsMap, nil
}

// listed returns the names of the items, nil where it takes an expression to tell them.
func (f *ForEach) listed() []string {
	if f.List.Source() != "" {
		return nil
	}
	names := []string{}
	for i, e := range f.Written {
		value := e.Value
		if f.IsMap {
			value = e.Key
		}
		if text, ok := value.(expr.Text); ok {
			if value, ok = text.Literal(); !ok {
				return nil
			}
		}
		names = append(names, nameOf(value, strconv.Itoa(i)))
	}
	return names
}

// Known evaluates the items before anything runs. It fails where they depend on more than the file's inputs.
func (f *ForEach) Known(s *Steps, inputs map[string]string) ([]Item, error) {
	var names expr.Names
	for _, in := range s.Inputs {
		names.Inputs = append(names.Inputs, in.Name)
	}
	names.Allowed = []string{"inputs"}
	if source := f.List.Source(); source != "" {
		if _, problems := expr.ParseList(source, names); problems != nil {
			return nil, errors.New("its items are known only when the run has come to it: " + problems[0].Message)
		}
	}
	for _, e := range f.Written {
		if err := knownBefore(e.Value, names); err != nil {
			return nil, fmt.Errorf("its items are known only when the run has come to it: %w", err)
		}
	}
	return f.Items(expr.Values{Inputs: inputs})
}

// knownBefore returns why a value can't be evaluated with these names alone.
func knownBefore(v any, names expr.Names) error {
	switch v := v.(type) {
	case expr.Text:
		if _, problems := expr.ParseText(v.Source(), names); problems != nil {
			return errors.New(problems[0].Message)
		}
	case []any:
		for _, item := range v {
			if err := knownBefore(item, names); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, item := range v {
			if err := knownBefore(item, names); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxItemName is what a report has room for.
const maxItemName = 100

// nameOf returns a scalar's text where that is one short line, and else the name it is given.
func nameOf(v any, otherwise string) string {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case bool, int, int64:
		text = fmt.Sprint(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	if text == "" || len(text) > maxItemName || strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
		return otherwise
	}
	return text
}
