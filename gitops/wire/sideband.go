package wire

import (
	"io"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/internal/pattern"
)

// sideband takes a side-band-64k stream apart: it reads as the data of band 1, keeps the text of band 2, and
// fails with the words of band 3. A flush packet is its end.
type sideband struct {
	packets *PacketReader
	text    tail
	data    []byte
	err     error // why reading ended; io.EOF when it ended well
}

func (s *sideband) Read(p []byte) (int, error) {
	for len(s.data) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.data, s.err = s.next()
	}
	n := copy(p, s.data)
	s.data = s.data[n:]
	return n, nil
}

func (s *sideband) next() ([]byte, error) {
	packet, err := s.packets.next()
	switch {
	case err != nil:
		return nil, err
	case packet.Kind != DataPacket:
		return nil, io.EOF
	case len(packet.Data) == 0: // what some servers send to keep the connection alive
		return nil, nil
	}
	switch payload := packet.Data[1:]; packet.Data[0] {
	case 1:
		return payload, nil
	case 3:
		return nil, &RemoteError{Text: clean(string(payload))}
	default:
		s.text.add(payload)
		return nil, nil
	}
}

// maxText is how much of a server's text is kept: its end, where the reason for a refusal stands.
const maxText = 64 << 10

// tail keeps the end of a text.
type tail struct{ kept []byte }

func (t *tail) add(text []byte) {
	t.kept = append(t.kept, text...)
	if len(t.kept) > 2*maxText {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-maxText:]...)
	}
}

func (t *tail) String() string {
	text := clean(string(t.kept))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[len(text)-maxText:], "")
	}
	return text
}

// escapes are the control sequences of terminals (ECMA-48): those that start with CSI, with OSC, and the short ones.
var escapes = pattern.New(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|\x1b[ -/]*[0-~]`)

// commands are what a CI host takes for orders where they stand in a log: GitHub's "::name::" at the beginning of a line,
// and its older "##[name]" anywhere.
var commands = pattern.New(`(?m)^[\t\v\f \x{85}\x{A0}]*::|##\[`)

// clean makes a server's text safe to print: no terminal sequences, no control characters but tab and newline, none that
// turn the direction of writing, nothing a CI host would obey, valid UTF-8, and no empty space around it.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = escapes.ReplaceAllString(text, "")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028', r == '\u2029': // lines and paragraphs that end where nobody sees it
			return '\n'
		case unicode.IsControl(r) && r != '\n' && r != '\t', unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
	text = commands.Regexp().ReplaceAllStringFunc(text, func(order string) string {
		return order[:len(order)-1] + " " + order[len(order)-1:]
	})
	return strings.TrimSpace(text)
}
