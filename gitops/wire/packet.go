package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxPacketData is the most bytes one pkt-line carries (gitprotocol-common(5)).
const MaxPacketData = 65516

// PacketKind tells the packets that carry data from those that only mark a place.
type PacketKind int

// The kinds of packets, see gitprotocol-v2(5).
const (
	DataPacket        PacketKind = iota
	FlushPacket                  // 0000 ends a message
	DelimPacket                  // 0001 separates sections
	ResponseEndPacket            // 0002 ends a response of a stateless connection
)

// Packet is one pkt-line. Data is valid until the next packet is read.
type Packet struct {
	Kind PacketKind
	Data []byte
}

// Text is the packet's data as a line, without its newline.
func (p Packet) Text() string { return strings.TrimSuffix(string(p.Data), "\n") }

// PacketReader reads pkt-lines.
type PacketReader struct {
	r           *bufio.Reader
	limit, left int64
	buf         [4 + MaxPacketData]byte
}

// NewPacketReader reads pkt-lines from r, at most limit bytes of them.
func NewPacketReader(r io.Reader, limit int64) *PacketReader {
	return &PacketReader{r: bufio.NewReader(r), limit: limit, left: limit}
}

// Next reads a packet. The error is io.EOF at the end of the input between packets, io.ErrUnexpectedEOF inside
// one, and a plain one for malformed lengths and for input beyond the limit.
func (r *PacketReader) Next() (Packet, error) {
	digits := r.buf[:4]
	if _, err := io.ReadFull(r.r, digits); err != nil {
		return Packet{}, err
	}
	length, err := strconv.ParseUint(string(digits), 16, 16)
	if err != nil || length == 3 || length > uint64(len(r.buf)) {
		return Packet{}, fmt.Errorf("malformed answer: packet length %q", digits)
	}
	if length < 3 {
		length = 4
	}
	if r.left -= int64(length); r.left < 0 {
		return Packet{}, fmt.Errorf("the answer is longer than the %d bytes belay reads", r.limit)
	}
	switch string(digits) {
	case "0000":
		return Packet{Kind: FlushPacket}, nil
	case "0001":
		return Packet{Kind: DelimPacket}, nil
	case "0002":
		return Packet{Kind: ResponseEndPacket}, nil
	}
	data := r.buf[4:length]
	if _, err := io.ReadFull(r.r, data); err != nil {
		return Packet{}, unexpected(err)
	}
	return Packet{Kind: DataPacket, Data: data}, nil
}

// next is Next where the message must go on: the end of the input is an error, and so is an ERR packet, which a
// server may send in place of any other (gitprotocol-pack(5), "pkt-line Format").
func (r *PacketReader) next() (Packet, error) {
	p, err := r.Next()
	if err != nil {
		return p, unexpected(err)
	}
	if words, ok := bytes.CutPrefix(p.Data, []byte("ERR ")); ok {
		return p, &RemoteError{Text: clean(string(words))}
	}
	return p, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// PacketWriter writes pkt-lines. The first error sticks and is told by Err.
type PacketWriter struct {
	w   io.Writer
	err error
}

// NewPacketWriter writes pkt-lines to w, unbuffered.
func NewPacketWriter(w io.Writer) *PacketWriter { return &PacketWriter{w: w} }

// Linef writes a packet of formatted text. Text of more than MaxPacketData bytes is an error.
func (w *PacketWriter) Linef(format string, args ...any) { w.data(fmt.Appendf(nil, format, args...)) }

// Flush writes a flush packet.
func (w *PacketWriter) Flush() { w.write("0000") }

// Delim writes a delimiter packet.
func (w *PacketWriter) Delim() { w.write("0001") }

// Err is the first error there was.
func (w *PacketWriter) Err() error { return w.err }

// Band writes data as packets of a side-band-64k stream: band 1 is data, 2 text for people, 3 a fatal error.
func (w *PacketWriter) Band(band byte) io.Writer { return bandWriter{w, band} }

type bandWriter struct {
	w    *PacketWriter
	band byte
}

func (b bandWriter) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) && b.w.err == nil {
		n := min(len(data)-written, MaxPacketData-1)
		b.w.data(append([]byte{b.band}, data[written:written+n]...))
		written += n
	}
	return written, b.w.err
}

func (w *PacketWriter) data(data []byte) {
	if len(data) > MaxPacketData && w.err == nil {
		w.err = fmt.Errorf("write packet: %d bytes do not fit", len(data))
	}
	w.write(fmt.Sprintf("%04x%s", 4+len(data), data))
}

func (w *PacketWriter) write(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.w, s)
	}
}
