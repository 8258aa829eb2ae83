package gitops

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// indexEntry is one file of an index, gitformat-index(5).
type indexEntry struct {
	stat     [40]byte // times, device, inode, mode, owner, size, as they stand in the file
	hash     plumbing.Hash
	flags    uint16
	extended uint16
	name     string
}

// The entry's flags.
const (
	indexExtended = 0x4000
	indexStage    = 0x3000
	indexName     = 0x0fff // the name's length, or all of these bits
)

func (e indexEntry) mode() filemode.FileMode {
	return filemode.FileMode(binary.BigEndian.Uint32(e.stat[24:]))
}

// entryOf is an entry git knows nothing of but its content: it will look at the file.
func entryOf(name string, mode filemode.FileMode, hash plumbing.Hash) indexEntry {
	e := indexEntry{hash: hash, name: name, flags: uint16(min(len(name), indexName))}
	binary.BigEndian.PutUint32(e.stat[24:], uint32(mode))
	return e
}

// errIndexShape is the cause for an index that only git itself can read: split, sparse, or of a later format.
var errIndexShape = errors.New("the index has a form that is left to git")

// readIndex reads the entries that keep wants of an index file, in order. It reads them one by one: an index may have
// millions.
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
	r := indexReader{Reader: bufio.NewReaderSize(file, 1<<16)}
	entries, err := r.entries(keep)
	if err == nil {
		err = r.extensions(info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	return entries, nil
}

// indexReader counts what was read: entries are padded, and extensions end before a checksum.
type indexReader struct {
	*bufio.Reader
	read int64
}

func (r *indexReader) full(p []byte) error {
	n, err := io.ReadFull(r.Reader, p)
	r.read += int64(n)
	return err
}

func (r *indexReader) skip(n int64) error {
	r.read += n
	_, err := io.CopyN(io.Discard, r.Reader, n)
	return err
}

func (r *indexReader) entries(keep func(name []byte) bool) ([]indexEntry, error) {
	var head [12]byte
	if err := r.full(head[:]); err != nil {
		return nil, err
	}
	version := binary.BigEndian.Uint32(head[4:])
	if string(head[:4]) != "DIRC" || version < 2 || version > 4 {
		return nil, errIndexShape
	}
	var kept []indexEntry
	var name []byte
	for range binary.BigEndian.Uint32(head[8:]) {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		if name, err = r.name(version, e, name); err != nil {
			return nil, err
		}
		if keep(name) {
			e.name = string(name)
			kept = append(kept, e)
		}
	}
	return kept, nil
}

// entry reads what comes before the name.
func (r *indexReader) entry() (indexEntry, error) {
	var e indexEntry
	var fixed [62]byte
	if err := r.full(fixed[:]); err != nil {
		return e, err
	}
	copy(e.stat[:], fixed[:40])
	copy(e.hash[:], fixed[40:60])
	e.flags = binary.BigEndian.Uint16(fixed[60:])
	if e.flags&indexExtended != 0 {
		var more [2]byte
		if err := r.full(more[:]); err != nil {
			return e, err
		}
		e.extended = binary.BigEndian.Uint16(more[:])
	}
	return e, nil
}

// name reads an entry's name into before, which holds the name of the entry before it: version 4 builds upon that.
func (r *indexReader) name(version uint32, e indexEntry, before []byte) ([]byte, error) {
	name := before[:0]
	if version == 4 {
		strip, err := r.varint()
		if err != nil || strip > len(before) {
			return nil, errors.Join(err, errIndexShape)
		}
		name = before[:len(before)-strip]
	}
	text, err := r.ReadSlice(0)
	if err != nil {
		return nil, err
	}
	r.read += int64(len(text))
	name = append(name, text[:len(text)-1]...)
	if version == 4 {
		return name, nil
	}
	return name, r.skip(padding(e, len(name)) - 1)
}

// padding is how many zero bytes follow a name of that length: at least one, up to a multiple of eight.
func padding(e indexEntry, name int) int64 {
	length := 62 + name
	if e.flags&indexExtended != 0 {
		length += 2
	}
	return int64(8 - length%8)
}

// varint reads a number as in pack offsets: every further byte adds one, so that no number is written in two ways.
func (r *indexReader) varint() (int, error) {
	n := 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		r.read++
		if n = n<<7 | int(b&0x7f); b&0x80 == 0 {
			return n, nil
		}
		if n++; n > 1<<20 {
			return 0, errIndexShape
		}
	}
}

// extensions looks for those that change what the entries mean: their names begin with a small letter.
func (r *indexReader) extensions(size int64) error {
	for size-r.read > sha1.Size {
		var head [8]byte
		if err := r.full(head[:]); err != nil {
			return err
		}
		if head[0] >= 'a' && head[0] <= 'z' {
			return errIndexShape
		}
		if err := r.skip(int64(binary.BigEndian.Uint32(head[4:]))); err != nil {
			return err
		}
	}
	return nil
}

// writeIndex writes an index of version 3 with the entries, sorted.
func writeIndex(path string, entries []indexEntry) error {
	slices.SortFunc(entries, func(a, b indexEntry) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.flags&indexStage, b.flags&indexStage))
	})
	var out bytes.Buffer
	out.WriteString("DIRC")
	out.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 3), uint32(len(entries))))
	for _, e := range entries {
		out.Write(e.stat[:])
		out.Write(e.hash[:])
		out.Write(binary.BigEndian.AppendUint16(nil, e.flags))
		if e.flags&indexExtended != 0 {
			out.Write(binary.BigEndian.AppendUint16(nil, e.extended))
		}
		out.WriteString(e.name)
		out.Write(make([]byte, padding(e, len(e.name))))
	}
	sum := sha1.Sum(out.Bytes())
	out.Write(sum[:])
	return os.WriteFile(filepath.Clean(path), out.Bytes(), 0o600)
}
