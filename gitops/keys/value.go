package keys

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/belay-ci/belay/internal/source"
)

// Mapping is a mapping to be written, in its order.
type Mapping []Entry

// Entry is one key of a mapping and its value.
type Entry struct {
	Key   string
	Value any
}

// value is what a node means, apart from how it is written.
type value struct {
	kind    valueKind
	text    string // of a scalar, and the name of an alias
	props   string // its anchor and tag
	items   []value
	entries []entry
}

type entry struct {
	key   string
	value value
}

type valueKind int

// The kinds of a value. An unsure one is unquoted text that some readers take for text and others for more: yes, 0x1F,
// 1e3, 2026-01-01.
const (
	null valueKind = iota
	boolean
	number
	words
	unsure
	alias
	list
	mapping
)

func (v value) scalar() bool { return v.kind < list }

// empty reports whether v is a collection with nothing in it.
func (v value) empty() bool { return !v.scalar() && len(v.items) == 0 && len(v.entries) == 0 }

// get returns the index of a key.
func (v value) get(key string) int {
	return slices.IndexFunc(v.entries, func(e entry) bool { return e.key == key })
}

func same(a, b value) bool {
	return a.kind == b.kind && a.text == b.text && a.props == b.props && slices.EqualFunc(a.items, b.items, same) &&
		slices.EqualFunc(a.entries, b.entries, func(x, y entry) bool { return x.key == y.key && same(x.value, y.value) })
}

// meaning returns what a node means.
func meaning(n *source.Node) value {
	v := value{text: n.Text, props: n.Extent.Props}
	switch style := n.Extent.Style; {
	case n.Kind == source.Mapping:
		v.kind, v.entries = mapping, make([]entry, len(n.Entries))
		for i, e := range n.Entries {
			v.entries[i] = entry{e.Key.Text, meaning(e.Value)}
		}
	case n.Kind == source.Sequence:
		v.kind, v.items = list, make([]value, len(n.Items))
		for i, item := range n.Items {
			v.items[i] = meaning(item)
		}
	case style == source.Alias:
		v.kind = alias
	case n.Kind == source.Null:
		v.text = ""
	case n.Kind == source.Bool:
		v.kind, v.text = boolean, strings.ToLower(n.Text)
	case n.Kind == source.Int || n.Kind == source.Float:
		v.kind = number
	case style == source.Plain && ambiguous(n.Text):
		v.kind = unsure
	default:
		v.kind = words
	}
	return v
}

// valueOf returns what a value of Go's means: nil, a bool, a number, text, a list, a map or a Mapping.
func valueOf(given any) (value, error) {
	switch g := given.(type) {
	case nil:
		return value{}, nil
	case bool:
		return value{kind: boolean, text: strconv.FormatBool(g)}, nil
	case int:
		return value{kind: number, text: strconv.Itoa(g)}, nil
	case int64:
		return value{kind: number, text: strconv.FormatInt(g, 10)}, nil
	case float64:
		return numeral(strconv.FormatFloat(g, 'f', -1, 64))
	case json.Number:
		return numeral(string(g))
	case string:
		return value{kind: words, text: g}, nil
	case []any:
		v := value{kind: list, items: make([]value, len(g))}
		for i, item := range g {
			var err error
			if v.items[i], err = valueOf(item); err != nil {
				return value{}, err
			}
		}
		return v, nil
	case map[string]any:
		m := make(Mapping, 0, len(g))
		for _, key := range slices.Sorted(maps.Keys(g)) {
			m = append(m, Entry{key, g[key]})
		}
		return valueOf(m)
	case Mapping:
		v := value{kind: mapping, entries: make([]entry, len(g))}
		for i, e := range g {
			of, err := valueOf(e.Value)
			if err != nil {
				return value{}, err
			}
			v.entries[i] = entry{e.Key, of}
		}
		return v, nil
	}
	return value{}, fmt.Errorf("a value of type %T can't be written", given)
}

var numeralGrammar = pattern.New(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// numeral is a number that everybody reads as the same one.
func numeral(text string) (value, error) {
	if !numeralGrammar.MatchString(text) {
		return value{}, fmt.Errorf("the number %s can't be written", text)
	}
	return value{kind: number, text: text}, nil
}

var (
	// What some reader of YAML 1.1 or 1.2 takes for a number in any base, with underscores, exponents or colons, or for
	// a date (yaml.org/type; YAML 1.2.2, 10.3.2). go-yaml, which reads manifests for Kubernetes, knows 0X1F, too.
	numberLike = pattern.New(`^[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?` +
		`|([0-9][0-9_]*)?\.?[0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$|^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([Tt \t].*)?$`)
	wordLike = pattern.New(`^(?i:y|n|yes|no|on|off|true|false|null|~|=|<<)$`)
)

// ambiguous reports whether unquoted text may be taken for something else than text.
func ambiguous(text string) bool {
	// go-yaml drops underscores wherever they stand: 1e1_0 is a number.
	return numberLike.MatchString(text) || wordLike.MatchString(text) || numberLike.MatchString(strings.ReplaceAll(text, "_", ""))
}
