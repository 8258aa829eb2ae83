package source

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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

// Stray is a key that people bring along from another place or another tool. The zero Stray says nothing.
type Stray struct {
	Ours string // the key of this mapping that stands for it; empty when none does
	Says string // what to do, where Ours does not say it all
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
	if d.full() && (warning || d.Problems.HasErrors()) {
		return
	}
	d.Problems = append(d.Problems, Diagnostic{File: d.File, Pos: at, Message: fmt.Sprintf(format, args...), Rule: rule, Warning: warning})
}

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

// unknown reports a key that no key of the mapping is, and returns the one that was meant, "" when nobody knows.
func (d *Decoder) unknown(key *Node, what string, keys []Key) string {
	if d.full() && d.Problems.HasErrors() {
		return "" // nobody is told
	}
	names := Names(keys)
	meant, advice := Nearest(key.Text, names), Known(key.Text, names)
	var stray Stray
	if d.Strays != nil && !sameLetters(meant, key.Text) {
		stray = d.Strays(what, key.Text)
	}
	if glued := slices.IndexFunc(names, func(name string) bool { return gluedTo(key.Text, name) }); glued >= 0 {
		meant = names[glued]
		advice = fmt.Sprintf("; write `%s: %s`, with a space after the colon", meant, strings.TrimSpace(key.Text[len(meant)+1:]))
	}
	if ours := slices.IndexFunc(keys, func(k Key) bool { return k.Name == stray.Ours }); ours >= 0 {
		meant, advice = stray.Ours, fmt.Sprintf("; belay calls it %q%s", stray.Ours, example(keys[ours]))
	}
	if stray.Says != "" {
		advice = "; " + stray.Says
	}
	d.Report(key.Pos, "unknown-key", "unknown key %s in %s%s", quotedKey(key.Text, meant), what, advice)
	return meant
}

// sameLetters reports whether two keys differ in nothing but case, - and _.
func sameLetters(a, b string) bool {
	dashes := strings.NewReplacer("-", "", "_", "")
	return strings.EqualFold(dashes.Replace(a), dashes.Replace(b))
}

// quotedKey shows a key that is unknown. A letter that only looks like the one of the key that was meant is shown
// by its number, and a key of no end up to where it stops being of interest.
func quotedKey(key, meant string) string {
	const most = 60
	switch {
	case utf8.RuneCountInString(key) > most:
		return strconv.Quote(string([]rune(key)[:most]) + "…")
	case meant != "":
		return strconv.QuoteToASCII(key)
	}
	return strconv.Quote(key)
}

// gluedTo reports whether text begins with a key, a colon or an equals sign, and no space: to YAML all of it is text.
func gluedTo(text, key string) bool {
	rest, ok := strings.CutPrefix(text, key)
	return ok && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "="))
}

var gluedKey = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*)(?::|\s*=\s*)(\S.*)$`)

// gluedColon says what is wrong with text that was to be a key and its value.
func gluedColon(text string) string {
	if m := gluedKey.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("; write `%s: %s`, with a space after the colon", m[1], m[2])
	}
	return ""
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
