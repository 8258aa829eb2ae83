package gitops

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// indexBuffer is how much of an index is in memory at once. It is more than a path may have.
const indexBuffer = 128 << 10

// readIndex reads the entries that keep wants of an index file, in order. An index may have millions: they are looked at
// where they lie in the buffer, and only what is kept is copied.
func readIndex(path string, keep func(name []byte) bool) ([]indexEntry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r := indexReader{in: file, size: info.Size(), buffer: make([]byte, indexBuffer)}
	entries, err := r.entries(keep)
	if err != nil {
		return nil, fmt.Errorf("read %s at byte %d: %w", path, r.at, err)
	}
	return entries, nil
}

// indexReader is at the first byte of an index that is not understood yet.
type indexReader struct {
	in       io.ReadSeeker
	size, at int64
	buffer   []byte
	window   []byte // the bytes of the buffer that come next
	version  uint32
	name     []byte // version 4: of the entry before, which the next one builds upon
}

// next returns the next n bytes, and stays where it is. They are good until more is read.
func (r *indexReader) next(n int) ([]byte, error) {
	if n > len(r.window) {
		if err := r.fill(n); err != nil {
			return nil, err
		}
	}
	return r.window[:n], nil
}

// fill reads until the window has n bytes, and more where the buffer has room.
func (r *indexReader) fill(n int) error {
	if n > len(r.buffer) {
		return errIndexShape
	}
	left := copy(r.buffer, r.window)
	read, err := io.ReadAtLeast(r.in, r.buffer[left:], n-left)
	r.window = r.buffer[:left+read]
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// skip moves on by n bytes, without reading what is not in the buffer yet.
func (r *indexReader) skip(n int64) error {
	r.at += n
	if n <= int64(len(r.window)) {
		r.window = r.window[n:]
		return nil
	}
	r.window = nil
	_, err := r.in.Seek(r.at, io.SeekStart)
	return err
}

func (r *indexReader) entries(keep func(name []byte) bool) ([]indexEntry, error) {
	head, err := r.next(12)
	if err != nil {
		return nil, err
	}
	r.version = binary.BigEndian.Uint32(head[4:])
	if string(head[:4]) != "DIRC" || r.version < 2 || r.version > 4 {
		return nil, errIndexShape
	}
	count := binary.BigEndian.Uint32(head[8:])
	if err := r.skip(12); err != nil {
		return nil, err
	}
	var kept []indexEntry
	for range count {
		raw, name, err := r.entry()
		if err != nil {
			return nil, err
		}
		if keep(name) {
			if bytes.IndexByte(name, 0) >= 0 {
				return nil, errIndexShape
			}
			kept = append(kept, readEntry(raw, name))
		}
		if err := r.skip(int64(len(raw))); err != nil {
			return nil, err
		}
	}
	return kept, r.extensions()
}

// entry returns the bytes of the next entry, and its name.
func (r *indexReader) entry() (raw, name []byte, err error) {
	if raw, err = r.next(entrySize); err != nil {
		return nil, nil, err
	}
	flags := binary.BigEndian.Uint16(raw[entrySize-2:])
	start, shared := nameAt(flags), 0
	if r.version == 4 {
		if start, shared, err = r.shared(start); err != nil {
			return nil, nil, err
		}
	}
	length := int(flags&indexName) - shared
	if flags&indexName == indexName {
		length, err = r.toNUL(start)
	}
	if err != nil || length < 0 {
		return nil, nil, cmp.Or(err, errIndexShape)
	}
	size := start + length + 1
	if r.version < 4 {
		size = start + length + padding(start+length)
	}
	if raw, err = r.next(size); err != nil {
		return nil, nil, err
	}
	if name = raw[start : start+length]; raw[start+length] != 0 {
		return nil, nil, errIndexShape
	}
	if r.version == 4 {
		r.name = append(r.name[:shared], name...)
		name = r.name
	}
	return raw, name, nil
}

// shared reads how much of the name before a name begins with, in version 4: the number of bytes to take off its end
// stands before the rest, which begins at start then.
func (r *indexReader) shared(at int) (start, shared int, err error) {
	p, err := r.next(at + 4) // there is more than that in any index, if only the checksum
	if err != nil {
		return 0, 0, err
	}
	strip, n := varint(p[at:])
	if n == 0 || strip > int64(len(r.name)) {
		return 0, 0, errIndexShape
	}
	return at + n, len(r.name) - int(strip), nil
}

// toNUL is the length of a name that is too long for the flags.
func (r *indexReader) toNUL(start int) (int, error) {
	for n := start; ; n = len(r.window) + 1 {
		if _, err := r.next(n); err != nil {
			return 0, err
		}
		if i := bytes.IndexByte(r.window[start:], 0); i >= 0 {
			return i, nil
		}
	}
}

// varint reads a number as in gitformat-pack(5), "offset encoding", and how many bytes it has: 0 where it does not end or
// is too large. Every further byte adds one, so that no number is written in two ways.
func varint(p []byte) (number int64, size int) {
	for i, b := range p {
		if number = number<<7 | int64(b&0x7f); b&0x80 == 0 {
			return number, i + 1
		}
		if number++; number >= 1<<55 {
			break
		}
	}
	return 0, 0
}

// extensions looks for those that change what the entries mean: their names begin with a small letter.
func (r *indexReader) extensions() error {
	for r.size-r.at > sha1.Size {
		head, err := r.next(8)
		if err != nil {
			return err
		}
		if head[0] >= 'a' && head[0] <= 'z' {
			return errIndexShape
		}
		if err := r.skip(8 + int64(binary.BigEndian.Uint32(head[4:]))); err != nil {
			return err
		}
	}
	if r.size-r.at < sha1.Size {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// readEntry is an entry of the index, out of its buffer.
func readEntry(raw, name []byte) indexEntry {
	e := indexEntry{flags: binary.BigEndian.Uint16(raw[entrySize-2:]), name: string(name)}
	copy(e.stat[:], raw)
	copy(e.hash[:], raw[len(e.stat):])
	if e.flags&indexExtended != 0 {
		e.extended = binary.BigEndian.Uint16(raw[entrySize:])
	}
	return e
}
