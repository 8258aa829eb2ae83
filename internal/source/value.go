package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Value decodes n as the value of a key and reports what is wrong with it. The Go type is the one the key's
// Type says.
func (d *Decoder) Value(k Key, n *Node) (any, bool) {
	if n.Kind == Null && k.Type != TypeAny && k.Type != TypeBody {
		d.Report(n.Pos, "type", "%q has no value; it must be %s", k.Name, wanted(k))
		return nil, false
	}
	switch k.Type {
	case TypeAny, TypeBody:
		return n, true
	case TypeMapping, TypePairs:
		return n, d.is(k, n, n.Kind == Mapping)
	case TypePaths:
		text := func(n *Node) bool { return n.Scalar() && n.Kind != Null }
		return n, d.is(k, n, text(n) || n.Kind == Sequence && !slices.ContainsFunc(n.Items, func(item *Node) bool { return !text(item) }))
	case TypeList:
		return n, d.is(k, n, n.Kind == Sequence)
	case TypeBool:
		return strings.EqualFold(n.Text, "true"), d.is(k, n, n.Kind == Bool)
	case TypeText:
		return n.Text, d.is(k, n, n.Scalar())
	case TypeEnum:
		return n.Text, d.is(k, n, n.Scalar()) && d.among(k, n)
	case TypeInt, TypeNumber:
		return d.number(k, n)
	case TypeDuration:
		return d.duration(k, n)
	}
	return d.words(k, n)
}

// is reports a value of another type than its key's.
func (d *Decoder) is(k Key, n *Node, ok bool) bool {
	switch {
	case ok:
	case k.Type == TypeList && n.Kind == Mapping:
		d.Report(n.Pos, "type", `%q must be a list: begin each item with "- "`, k.Name)
	default:
		d.Report(n.Pos, "type", "%q must be %s, not %s%s", k.Name, wanted(k), shown(n), instead(k, n))
	}
	return ok
}

// instead says what to write in the place of a value of the wrong type, where more than its type can be said.
func instead(k Key, n *Node) string {
	percent, isPercent := strings.CutSuffix(strings.TrimLeft(n.Text, "±+-"), "%")
	part, err := strconv.ParseFloat(percent, 64)
	switch {
	case n.Kind == String && strings.Contains(n.Text, "${{"):
		return "; an expression can't stand here, because the file is read before there is anything to evaluate"
	case k.Type == TypeNumber && isPercent && err == nil:
		return fmt.Sprintf("; write %v", part/100)
	case k.Type == TypeNumber && n.Scalar() && Nearest(n.Text, k.Enum) != "":
		return fmt.Sprintf(", did you mean %q?", Nearest(n.Text, k.Enum))
	case k.Type == TypeDuration && n.Kind == String && meantDuration(n.Text) != "":
		return "; write " + meantDuration(n.Text)
	case k.Example != "" && slices.Contains([]Type{TypeText, TypeWords, TypeMapping, TypeList}, k.Type):
		return fmt.Sprintf("; write it as in `%s: %s`", k.Name, k.Example)
	}
	return ""
}

// among reports a word that is not one of the key's.
func (d *Decoder) among(k Key, n *Node) bool {
	if slices.Contains(k.Enum, n.Text) {
		return true
	}
	d.Report(n.Pos, "value", "%q can't be %q%s", k.Name, n.Text, Known(n.Text, k.Enum))
	return false
}

func (d *Decoder) number(k Key, n *Node) (any, bool) {
	if slices.Contains(k.Enum, n.Text) && n.Scalar() {
		return n.Text, true
	}
	if !d.is(k, n, n.Kind == Int || n.Kind == Float && k.Type == TypeNumber) {
		return nil, false
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if !d.within(k, n, f, err) {
		return nil, false
	}
	if k.Type == TypeNumber {
		return f, true
	}
	i, err := strconv.Atoi(n.Text)
	return i, d.within(k, n, f, err)
}

// within reports a number out of its key's bounds; err says that no bounds could be wide enough.
func (d *Decoder) within(k Key, n *Node, f float64, err error) bool {
	switch {
	case err != nil:
		d.Report(n.Pos, "value", "%q is out of range: %s", k.Name, n.Text)
	case f < k.Min:
		d.Report(n.Pos, "value", "%q must be at least %v, not %s", k.Name, k.Min, n.Text)
	case k.Max == 1 && n.Kind == Int && f >= 5 && f <= 100:
		d.Report(n.Pos, "value", "%q must be at most 1, not %s; %s %% is %v", k.Name, n.Text, n.Text, f/100)
	case k.Max != 0 && f > k.Max:
		d.Report(n.Pos, "value", "%q must be at most %v, not %s", k.Name, k.Max, n.Text)
	default:
		return true
	}
	return false
}

// words reads one text or a list of them.
func (d *Decoder) words(k Key, n *Node) (any, bool) {
	items := n.Items
	if n.Kind != Sequence {
		items = []*Node{n}
	}
	words, ok := []Value[string]{}, true
	for _, item := range items {
		if good := d.is(k, item, item.Scalar() && item.Kind != Null); !good {
			ok = false
			continue
		}
		words = append(words, Value[string]{Is: item.Text, Pos: item.Pos})
	}
	return words, ok
}

// wanted says what a key's value must be.
func wanted(k Key) string {
	words := strings.Join(k.Enum, ", ")
	switch {
	case k.Type == TypeEnum && len(k.Enum) == 1:
		return words
	case k.Type == TypeEnum:
		return "one of " + words
	case k.Type == TypeWords && len(k.Enum) > 0:
		return "one or a list of " + words
	case len(k.Enum) > 0:
		return string(k.Type) + " or " + words
	}
	return string(k.Type)
}

// shown says what a value is, with the value itself where it is short.
func shown(n *Node) string {
	switch {
	case !n.Scalar() || n.Kind == Null || len(n.Text) > 40:
		return n.Kind.String()
	case n.Kind == String && resolve(n.Text) != String:
		return strconv.Quote(n.Text) + " in quotes"
	}
	return strconv.Quote(n.Text)
}
