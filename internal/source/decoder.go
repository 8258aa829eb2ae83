package source

import (
	"fmt"
	"slices"
	"strings"
)

// Decoder turns nodes of a file into values and collects what is wrong with them. It goes on after a problem,
// so that the author sees all of them at once.
type Decoder struct {
	File     string
	Problems Diagnostics
}

// Report notes an error.
func (d *Decoder) Report(at Pos, rule, format string, args ...any) {
	d.Problems = append(d.Problems, Diagnostic{File: d.File, Pos: at, Message: fmt.Sprintf(format, args...), Rule: rule})
}

// Warn notes a warning.
func (d *Decoder) Warn(at Pos, rule, format string, args ...any) {
	d.Report(at, rule, format, args...)
	d.Problems[len(d.Problems)-1].Warning = true
}

// Record reads a mapping by a table of keys: unknown, missing and wrongly typed ones are reported. what names
// the mapping in a message, as in "a step". The Record of what is no mapping is empty.
func (d *Decoder) Record(n *Node, what string, keys []Key) *Record {
	r := &Record{Pos: n.Pos, values: map[string]any{}, nodes: map[string]Entry{}}
	if n.Kind != Mapping {
		d.Report(n.Pos, "type", "%s must be a mapping, not %s", what, n.Kind)
		return r
	}
	for _, e := range n.Entries {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == e.Key.Text })
		if i < 0 {
			d.Report(e.Key.Pos, "unknown-key", "unknown key %q in %s%s", e.Key.Text, what, Known(e.Key.Text, Names(keys)))
			continue
		}
		r.nodes[e.Key.Text] = e
		if v, ok := d.Value(keys[i], e.Value); ok {
			r.values[e.Key.Text] = v
		}
	}
	for _, k := range keys {
		if _, ok := r.nodes[k.Name]; k.Required && !ok {
			d.Report(n.Pos, "missing-key", "%s needs the key %q%s", what, k.Name, example(k))
		}
	}
	return r
}

func example(k Key) string {
	if k.Example == "" {
		return ""
	}
	return fmt.Sprintf(", as in `%s: %s`", k.Name, k.Example)
}

// Names returns the names of keys.
func Names(keys []Key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// Known ends the message about a name that is not known: what was meant perhaps, and the sorted names that are.
func Known(name string, known []string) string {
	list := strings.Join(slices.Sorted(slices.Values(known)), ", ")
	if list == "" {
		return "; there are none here"
	}
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf(", did you mean %q? (expected: %s)", near, list)
	}
	return fmt.Sprintf(" (expected: %s)", list)
}
