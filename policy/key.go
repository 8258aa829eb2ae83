package policy

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key declares one key of an action, as the files spell it. The decoder, the schemas and the reference
// pages read this one declaration.
type Key struct {
	Name     string
	Type     KeyType
	Enum     []string // the words of an enum; on a number, words that may stand in its place
	Default  any      // what an absent key means; nil for nothing
	Means    string   // one phrase for the reference
	Min, Max float64  // bounds of a number, of a duration in seconds; a Max of 0 is no upper bound
	Required bool
	Bare     bool // an action's value that is not a map is the value of this key: `to: cleanup`
}

// KeyType says what a key's value is.
type KeyType string

// The types, each with the Go type of its decoded value.
const (
	TypeString   KeyType = "string"      // string
	TypeInt      KeyType = "int"         // int
	TypeDuration KeyType = "duration"    // time.Duration
	TypeFloat    KeyType = "float"       // float64, or a string from Enum
	TypeBool     KeyType = "bool"        // bool
	TypeEnum     KeyType = "enum"        // string, one of Enum
	TypeStrings  KeyType = "string list" // []string
	TypeStep     KeyType = "step id"     // string
	TypeSteps    KeyType = "steps"       // stays with the decoder, keyed by the route's id
)

// Values are an action's decoded values by key name. An absent key has its default; keys of TypeSteps never appear.
type Values map[string]any

// Check returns nil when v is a decoded value this key may have, else an error that names only the cause.
func (k Key) Check(v any) error {
	number, isNumber := 0.0, false
	ok := false
	switch v := v.(type) {
	case string:
		ok = k.Type == TypeString || k.Type == TypeStep && v != "" || slices.Contains(k.Enum, v)
	case int:
		ok, number, isNumber = k.Type == TypeInt, float64(v), true
	case time.Duration:
		ok, number, isNumber = k.Type == TypeDuration, v.Seconds(), true
	case float64:
		ok, number, isNumber = k.Type == TypeFloat && !math.IsNaN(v), v, true
	case bool:
		ok = k.Type == TypeBool
	case []string:
		ok = k.Type == TypeStrings
	}
	text, isText := v.(string)
	switch {
	case !ok:
		if isText {
			v = strconv.Quote(text)
		}
		return fmt.Errorf("%s is wanted, not %v", k.wants(), v)
	case isNumber && number < k.Min:
		return fmt.Errorf("%v is less than %s", v, k.bound(k.Min))
	case isNumber && k.Max != 0 && number > k.Max:
		return fmt.Errorf("%v is more than %s", v, k.bound(k.Max))
	}
	return nil
}

func (k Key) wants() string {
	words := strings.Join(k.Enum, ", ")
	switch {
	case k.Type == TypeEnum:
		return "one of " + words
	case len(k.Enum) > 0:
		return "a value of type " + string(k.Type) + " or one of " + words
	}
	return "a value of type " + string(k.Type)
}

func (k Key) bound(b float64) string {
	if k.Type == TypeDuration {
		return span(time.Duration(b * float64(time.Second)))
	}
	return strconv.FormatFloat(b, 'g', -1, 64)
}

// complete returns values with the defaults filled in, each of the type its key declares.
func complete(keys []Key, given Values) (Values, error) {
	for name := range given {
		if !slices.ContainsFunc(keys, func(k Key) bool { return k.Name == name }) {
			return nil, fmt.Errorf("set %s: there is no such key", name)
		}
	}
	full := Values{}
	for _, k := range keys {
		v, present := given[k.Name]
		switch {
		case k.Type == TypeSteps:
		case present:
			if err := k.Check(v); err != nil {
				return nil, fmt.Errorf("set %s: %w", k.Name, err)
			}
			full[k.Name] = v
		case k.Required:
			return nil, fmt.Errorf("set %s: a value is required", k.Name)
		case k.Default != nil:
			full[k.Name] = k.Default
		}
	}
	return full, nil
}

// word returns the text value of a key that may be absent.
func (v Values) word(name string) string {
	text, _ := v[name].(string)
	return text
}

// often writes how many times.
func often(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// span writes d as people do: 5m, not 5m0s.
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
