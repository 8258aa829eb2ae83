package expr

import (
	"strings"
	"unicode/utf8"
)

// letters are a text's characters, so that a part of it never begins or ends inside of one. Places in a text are counted
// in characters everywhere: here, by indexOf and by len.
type letters []rune

// letters takes a text apart that is to be cut, and leaves other values as they are. A rune takes up to four times its bytes.
func (b *budget) letters(v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return v, nil
	}
	if err := b.take(4 * len(text)); err != nil {
		return nil, err
	}
	return letters(text), nil
}

// together makes a text again of what was cut.
func together(v any) any {
	if cut, ok := v.(letters); ok {
		return string(cut)
	}
	return v
}

// indexOf is strings.Index, in characters.
func (b *budget) indexOf(text, part string) (int, error) {
	if err := b.take(len(text) + len(part)); err != nil {
		return 0, err
	}
	at := strings.Index(text, part)
	if at < 0 {
		return at, nil
	}
	return utf8.RuneCountInString(text[:at]), nil
}
