package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPacketsAreReadAsWritten(t *testing.T) {
	var b bytes.Buffer
	w := NewPacketWriter(&b)
	w.Linef("want %d\n", 1)
	w.Delim()
	w.Linef("%s", strings.Repeat("x", MaxPacketData))
	w.Flush()
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	r := NewPacketReader(&b, 1<<20)
	for _, want := range []struct {
		kind PacketKind
		text string
	}{{DataPacket, "want 1"}, {DelimPacket, ""}, {DataPacket, strings.Repeat("x", MaxPacketData)}, {FlushPacket, ""}} {
		p, err := r.Next()
		if err != nil || p.Kind != want.kind || p.Text() != want.text {
			t.Errorf("read kind %d, %d bytes, error %v; want kind %d, %d bytes", p.Kind, len(p.Data), err, want.kind, len(want.text))
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the last packet the error is %v, want EOF", err)
	}
}

func TestBrokenPacketsAreErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		input string
		limit int64
		want  string
	}{
		"a length that is no number":        {"zzzz", 100, "packet length"},
		"a signed length":                   {"+00a", 100, "packet length"},
		"a length shorter than itself":      {"0003", 100, "packet length"},
		"a length above the protocol's":     {"fff1" + strings.Repeat("x", 0xfff1), 1 << 20, "packet length"},
		"a length longer than what follows": {"0008ab", 100, io.ErrUnexpectedEOF.Error()},
		"half a length":                     {"00", 100, io.ErrUnexpectedEOF.Error()},
		"more than the limit":               {"0008abcd0008abcd", 12, "longer than the 12 bytes"},
		"flushes beyond the limit":          {"000000000000", 8, "longer than the 8 bytes"},
		"nothing where more must come":      {"", 100, io.ErrUnexpectedEOF.Error()},
		"an ERR packet":                     {"000eERR be\x1bgone", 100, "the server says: be"},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewPacketReader(strings.NewReader(tc.input), tc.limit)
			var err error
			for err == nil {
				_, err = r.next()
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q, want it to say %q", err, tc.want)
			}
		})
	}
}

func TestAPacketThatDoesNotFitIsAnError(t *testing.T) {
	w := NewPacketWriter(io.Discard)
	w.Linef("%s", strings.Repeat("x", MaxPacketData+1))
	w.Flush()
	if w.Err() == nil {
		t.Error("the oversized packet was written")
	}
}

func FuzzPacketReader(f *testing.F) {
	f.Add([]byte("0009hello0000"))
	f.Add([]byte("0005\x02000500010002"))
	f.Add([]byte("fff0"))
	f.Fuzz(func(t *testing.T, input []byte) {
		const limit = 1 << 12
		r := NewPacketReader(bytes.NewReader(input), limit)
		read := 0
		for {
			p, err := r.Next()
			if err != nil {
				break
			}
			if read += 4 + len(p.Data); read > limit || read > len(input) {
				t.Fatalf("read %d bytes of %d, limit %d", read, len(input), limit)
			}
		}
		band := &sideband{packets: NewPacketReader(bytes.NewReader(input), limit)}
		if n, err := io.Copy(io.Discard, band); n > limit || err == nil && band.err != io.EOF {
			t.Fatalf("sideband read %d bytes, error %v", n, errors.Join(err, band.err))
		}
		_, _ = readReport(bytes.NewReader(input), limit, nil)
		_, _ = readAdvertisement(bytes.NewReader(input), limit)
		_, _ = readSections(NewPacketReader(bytes.NewReader(input), limit))
	})
}
