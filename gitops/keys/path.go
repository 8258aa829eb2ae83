package keys

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Path names a value of a document. The zero Path is the document as a whole.
type Path struct {
	steps []step
	text  string
}

// step is one step of a path.
type step struct {
	kind stepKind
	key  string // of byKey, and of byValue the key whose value chooses; empty for the item itself
	want string // of byValue, and of byIndex the number as written
}

type stepKind int

const (
	byKey stepKind = iota
	byIndex
	byValue
)

// PathError says what is wrong with a path, and at which byte of it.
type PathError struct {
	Offset  int
	Message string
}

func (e *PathError) Error() string { return e.Message }

// ParsePath reads a path. Its errors are *PathError. An expression may stand in a key, a value or an index as a single
// character of Unicode's private use area, which Fill replaces.
func ParsePath(text string) (Path, error) {
	p := Path{text: text}
	if text == "." {
		return p, nil
	}
	r := pathReader{text: text}
	for first := true; r.at < len(text); first = false {
		var s step
		var err error
		switch c := text[r.at]; {
		case c == '[':
			r.at++
			s, err = r.selector()
		case c == '.' && !first:
			r.at++
			s, err = r.key()
		case first:
			s, err = r.key()
		default:
			err = r.wrong(r.at, "a dot or a bracket must stand before %q", text[r.at:])
		}
		if err != nil {
			return Path{}, err
		}
		p.steps = append(p.steps, s)
	}
	if len(p.steps) == 0 {
		return Path{}, r.wrong(0, "a path is missing, as in image.tag")
	}
	return p, nil
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// Fill replaces what stands for expressions. What an expression gives is part of a key or a value, whatever characters
// it holds: it can't lead the path elsewhere.
func (p Path) Fill(replace func(string) string) (Path, error) {
	filled := Path{text: replace(p.text), steps: make([]step, len(p.steps))}
	for i, s := range p.steps {
		s.key, s.want = replace(s.key), replace(s.want)
		if _, err := strconv.Atoi(s.want); s.kind == byIndex && err != nil {
			return Path{}, fmt.Errorf("the index [%s] of %s is no whole number", s.want, filled.text)
		}
		filled.steps[i] = s
	}
	return filled, nil
}

// parent returns the path without its last step, and that step.
func (p Path) parent() (Path, step) {
	last := len(p.steps) - 1
	return Path{steps: p.steps[:last], text: p.text}, p.steps[last]
}

// pathReader goes through a path once.
type pathReader struct {
	text string
	at   int
}

func (r *pathReader) wrong(at int, format string, args ...any) error {
	return &PathError{Offset: at, Message: fmt.Sprintf(format, args...)}
}

func (r *pathReader) key() (step, error) {
	from := r.at
	key, quoted, err := r.word(".[]")
	if err == nil && key == "" && !quoted {
		err = r.wrong(from, "a key is missing here")
	}
	return step{kind: byKey, key: key}, err
}

// selector reads what stands in brackets, and the closing one.
func (r *pathReader) selector() (step, error) {
	from := r.at
	word, quoted, err := r.selectorKey()
	if err != nil {
		return step{}, err
	}
	s := step{kind: byIndex, want: word}
	if r.at < len(r.text) && r.text[r.at] == '=' {
		r.at++
		s = step{kind: byValue, key: word}
		if word == "." && !quoted {
			s.key = ""
		} else if word == "" && !quoted {
			return step{}, r.wrong(from, "a key is missing before the =, as in [name=shop]")
		}
		if s.want, _, err = r.word("]"); err != nil {
			return step{}, err
		}
	} else if !quoted && !index(word) || quoted {
		return step{}, r.wrong(from, "in brackets stands a number, as in [0], or what an item has, as in [name=shop]; a key with dots goes in quotes instead")
	}
	if r.at >= len(r.text) || r.text[r.at] != ']' {
		return step{}, r.wrong(from-1, "this bracket is never closed")
	}
	r.at++
	return s, nil
}

// selectorKey reads up to the = or the end of a selector.
func (r *pathReader) selectorKey() (string, bool, error) { return r.word("=]") }

// index reports whether text is a whole number, or what an expression will make one.
func index(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil || strings.ContainsFunc(text, private)
}

func private(c rune) bool { return unicode.Is(unicode.Co, c) }

// word reads text in quotes, or up to one of the ends.
func (r *pathReader) word(ends string) (word string, quoted bool, err error) {
	if r.at < len(r.text) && (r.text[r.at] == '"' || r.text[r.at] == '\'') {
		word, err = r.quoted()
		return word, true, err
	}
	from := r.at
	for r.at < len(r.text) && !strings.ContainsRune(ends, rune(r.text[r.at])) {
		switch c := r.text[r.at]; {
		case c == '"' || c == '\'':
			return "", false, r.wrong(r.at, "put the whole key in quotes, or none of it")
		case c <= ' ' && ends != "]":
			return "", false, r.wrong(r.at, "a key with white space in it must be in quotes")
		case c == '.' && ends == "=]" && r.at > from:
			return "", false, r.wrong(r.at, "a key with dots in it must be in quotes")
		}
		r.at++
	}
	return r.text[from:r.at], false, nil
}

func (r *pathReader) quoted() (string, error) {
	open, quote := r.at, r.text[r.at]
	var b strings.Builder
	for r.at++; r.at < len(r.text); r.at++ {
		next := byte(0)
		if r.at+1 < len(r.text) {
			next = r.text[r.at+1]
		}
		switch c := r.text[r.at]; {
		case c == '\\' && quote == '"' && (next == '"' || next == '\\'), c == quote && quote == '\'' && next == quote:
			r.at++
			b.WriteByte(next)
		case c == quote:
			r.at++
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", r.wrong(open, "this quote is never closed")
}

// quoteKey writes a key as a path has it.
func quoteKey(key string) string {
	if key != "" && !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`.[]"'=`, c) }) {
		return key
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
}
