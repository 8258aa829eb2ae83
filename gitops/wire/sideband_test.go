package wire

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestSidebandKeepsDataAndTextApart(t *testing.T) {
	var b bytes.Buffer
	w := NewPacketWriter(&b)
	data := strings.Repeat("0123456789", 20_000)
	fmt.Fprint(w.Band(2), "hello ")
	w.Linef("") // keeps the connection alive
	fmt.Fprint(w.Band(1), data)
	fmt.Fprint(w.Band(2), "there\n")
	w.Flush()
	band := &sideband{packets: NewPacketReader(&b, 1<<20)}
	got, err := io.ReadAll(band)
	if err != nil || string(got) != data {
		t.Errorf("read %d bytes, error %v; want %d bytes", len(got), err, len(data))
	}
	if text := band.text.String(); text != "hello there" {
		t.Errorf("text %q, want %q", text, "hello there")
	}
}

func TestSidebandFailsWithTheServersWords(t *testing.T) {
	var b bytes.Buffer
	w := NewPacketWriter(&b)
	fmt.Fprint(w.Band(3), "out of \x1b[31mdisk\n")
	_, err := io.ReadAll(&sideband{packets: NewPacketReader(&b, 1<<20)})
	if err == nil || err.Error() != "the server says: out of disk" {
		t.Errorf("error %v", err)
	}
}

func TestAnEndlessSidebandIsCut(t *testing.T) {
	band := &sideband{packets: NewPacketReader(&endless{packet: []byte("000a\x02spam\n")}, 1<<20)}
	if _, err := io.ReadAll(band); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("error %v, want the limit's", err)
	}
	if n := len(band.text.String()); n == 0 || n > maxText {
		t.Errorf("kept %d bytes of text, want at most %d", n, maxText)
	}
}

// endless repeats a packet for ever.
type endless struct {
	packet []byte
	at     int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.packet[e.at%len(e.packet)]
		e.at++
	}
	return len(p), nil
}

func TestServerTextIsMadeSafe(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"colours go":                       {"\x1b[1;31merror:\x1b[0m no\x1b[K", "error: no"},
		"titles and links go":              {"\x1b]0;pwned\x07a\x1b]8;;http://x\x1b\\b", "ab"},
		"short escapes go":                 {"a\x1bcb\x1b(Bc", "abc"},
		"other controls go":                {"a\x00\x08\x7f\u009bb", "ab"},
		"newlines and tabs stay":           {"a\n\tb", "a\n\tb"},
		"carriage returns become lines":    {"10%\r20%\r\ndone", "10%\n20%\ndone"},
		"bytes that are no text are shown": {"a\xffb", "a\uFFFDb"},
		"empty space around goes":          {"  a \n\n", "a"},
		"orders to a CI host are broken":   {"no\n ::add-mask::x\n##[error]y ##[x]", "no\n : :add-mask::x\n## [error]y ## [x]"},
		"colons inside a line stay":        {"std::string ::", "std::string ::"},
		"turned writing goes":              {"a\u202eb\u2066c\u200f", "abc"},
		"hidden ends of lines show":        {"a\u2028::error::b", "a\n: :error::b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean(tc.in); got != tc.want {
				t.Errorf("clean(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
