package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/belay-ci/belay/internal/pattern"
)

// Stray is a key that people bring along from another place or another tool. The zero Stray says nothing.
type Stray struct {
	Ours string // the key of this mapping that stands for it; empty when none does
	Says string // what to do, where Ours does not say it all
}

// unknown reports a key that no key of the mapping is, and returns the one that was meant, "" when nobody knows.
func (d *Decoder) unknown(key *Node, what string, keys []Key) string {
	if d.Told() {
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

var gluedKey = pattern.New(`^([A-Za-z][A-Za-z0-9_-]*)(?::|\s*=\s*)(\S.*)$`)

// gluedColon says what is wrong with text that was to be a key and its value.
func gluedColon(text string) string {
	if m := gluedKey.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("; write `%s: %s`, with a space after the colon", m[1], m[2])
	}
	return ""
}
