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
	// Strays knows what to write instead of a key that a mapping does not have. The mapping is named as Record is
	// told. It may be nil.
	Strays func(what, key string) Stray
}

// Report notes an error.
func (d *Decoder) Report(at Pos, rule, format string, args ...any) {
	d.note(false, at, rule, format, args)
}

// Warn notes a warning.
func (d *Decoder) Warn(at Pos, rule, format string, args ...any) {
	d.note(true, at, rule, format, args)
}

func (d *Decoder) note(warning bool, at Pos, rule, format string, args []any) {
	// Past the limit nothing is told, unless it is the first error.
	if d.Told() || d.full() && warning {
		return
	}
	d.Problems = append(d.Problems, Diagnostic{File: d.File, Pos: at, Message: fmt.Sprintf(format, args...), Rule: rule, Warning: warning})
}

// Told reports whether so much is wrong that nothing more is told. What would be said need not be found out then: to look
// for what was meant by thousands of names takes long.
func (d *Decoder) Told() bool { return d.full() && d.Problems.HasErrors() }

func (d *Decoder) full() bool { return len(d.Problems) >= maxProblems }

// Record reads a mapping by a table of keys: unknown, missing and wrongly typed ones are reported. what names
// the mapping in a message, as in "a step". The Record of what is no mapping is empty.
func (d *Decoder) Record(n *Node, what string, keys []Key) *Record {
	r := &Record{Pos: n.Pos, values: map[string]any{}, nodes: map[string]Entry{}}
	if n.Kind != Mapping {
		d.Report(n.Pos, "type", "%s must be a mapping, not %s%s", what, n.Kind, gluedColon(n.Text))
		return r
	}
	for _, e := range n.Entries {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == e.Key.Text })
		if i < 0 {
			r.Unknown = append(r.Unknown, e.Key.Text)
			r.meant = append(r.meant, d.unknown(e.Key, what, keys))
			continue
		}
		r.nodes[e.Key.Text] = e
		if v, ok := d.Value(keys[i], e.Value); ok {
			r.values[e.Key.Text] = v
		}
	}
	for _, k := range keys {
		// A key that is misspelt is not missing as well.
		if k.Required && !r.Has(k.Name) && !r.Meant(k.Name) {
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
