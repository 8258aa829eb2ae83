package wire

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

const (
	// unpackLimit is from how many objects on a server keeps a pack as it came. Of a smaller one it takes the objects out, and
	// compresses them itself (receive.unpackLimit, git-config(1)).
	unpackLimit = 100
	// smallObject is how many bytes a compressor is not worth its memory for: in such a pack they are sent as they are.
	smallObject = 4 << 10
)

// packEncoder writes a pack, gitformat-pack(5): whole objects, each a zlib stream of its own.
type packEncoder struct {
	w    io.Writer
	few  bool         // the server takes the objects out
	zlib *zlib.Writer // nil until something is compressed
}

// encodeObjects writes a pack of exactly these objects of source to w.
func encodeObjects(w io.Writer, hashes []Hash, source storer.EncodedObjectStorer) error {
	sum := sha1.New()
	e := packEncoder{w: io.MultiWriter(w, sum), few: len(hashes) < unpackLimit}
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(hashes)))
	if _, err := e.w.Write(head); err != nil {
		return err
	}
	for _, hash := range hashes {
		object, err := source.EncodedObject(plumbing.AnyObject, hash)
		if err == nil {
			err = e.object(object)
		}
		if err != nil {
			return fmt.Errorf("object %s: %w", hash, err)
		}
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

func (e *packEncoder) object(o plumbing.EncodedObject) error {
	if _, err := e.w.Write(objectHead(o.Type(), o.Size())); err != nil {
		return err
	}
	content, err := o.Reader()
	if err != nil {
		return err
	}
	if e.few && o.Size() <= smallObject {
		err = e.store(content, o.Size())
	} else {
		err = e.compress(content, o.Size())
	}
	return errors.Join(err, content.Close())
}

// objectHead is the type and the size: four bits of it in the first byte, seven in each that follows.
func objectHead(kind plumbing.ObjectType, size int64) []byte {
	head := []byte{byte(kind)<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	return head
}

// store writes a zlib stream of one block that is not compressed (RFC 1950; RFC 1951, 3.2.4).
func (e *packEncoder) store(content io.Reader, size int64) error {
	const header, last = "\x78\x01", 1
	block := binary.LittleEndian.AppendUint16(append([]byte(header), last), uint16(size))
	block = binary.LittleEndian.AppendUint16(block, ^uint16(size))
	at := len(block)
	block = append(block, make([]byte, size+1)...)
	n, err := io.ReadFull(content, block[at:]) // a byte more than there is
	switch {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case int64(n) != size:
		return wrongSize(int64(n), size)
	}
	block = block[:at+n]
	_, err = e.w.Write(binary.BigEndian.AppendUint32(block, adler32.Checksum(block[at:])))
	return err
}

func (e *packEncoder) compress(content io.Reader, size int64) error {
	if e.zlib == nil {
		e.zlib = zlib.NewWriter(e.w)
	} else {
		e.zlib.Reset(e.w)
	}
	n, err := io.Copy(e.zlib, content)
	if err == nil && n != size {
		err = wrongSize(n, size)
	}
	return errors.Join(err, e.zlib.Close())
}

func wrongSize(n, size int64) error {
	return fmt.Errorf("it has %d bytes, and should have %d", n, size)
}

// packBuffer is how many bytes of objects a pack may have for its length to be known before it is sent. Longer ones are sent in
// chunks, which some old proxies refuse.
const packBuffer = 1 << 20

// packStream is a pack on its way. What does not fit into memory is encoded while it is read.
type packStream struct {
	io.Reader
	length int64 // -1 when not known
	pipe   *io.PipeReader
	done   chan struct{}
}

// encodePack encodes a pack of exactly these objects of source. Close must be called: source may be read until then.
func encodePack(hashes []Hash, source storer.EncodedObjectStorer) (*packStream, error) {
	fits, err := fitsInMemory(hashes, source)
	if err != nil {
		return nil, fmt.Errorf("encode pack: %w", err)
	}
	if !fits {
		return streamPack(hashes, source)
	}
	var pack bytes.Buffer
	if err := encodeObjects(&pack, hashes, source); err != nil {
		return nil, fmt.Errorf("encode pack: %w", err)
	}
	return &packStream{Reader: &pack, length: int64(pack.Len())}, nil
}

// fitsInMemory reports whether the objects come to no more than packBuffer bytes.
func fitsInMemory(hashes []Hash, source storer.EncodedObjectStorer) (bool, error) {
	left := int64(packBuffer)
	for _, hash := range hashes {
		object, err := source.EncodedObject(plumbing.AnyObject, hash)
		if err != nil {
			return false, fmt.Errorf("object %s: %w", hash, err)
		}
		if left -= object.Size(); left < 0 {
			return false, nil
		}
	}
	return true, nil
}

// streamPack encodes a pack while it is read. Where compressed it is short after all, its length is known.
func streamPack(hashes []Hash, source storer.EncodedObjectStorer) (*packStream, error) {
	r, w := io.Pipe()
	s := &packStream{length: -1, pipe: r, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		w.CloseWithError(encodeObjects(w, hashes, source))
	}()
	buffered := bufio.NewReaderSize(r, packBuffer)
	s.Reader = buffered
	switch head, err := buffered.Peek(packBuffer); err {
	case nil:
	case io.EOF:
		s.length = int64(len(head))
	default:
		_ = s.Close()
		return nil, fmt.Errorf("encode pack: %w", err)
	}
	return s, nil
}

func (s *packStream) Close() error {
	if s.pipe != nil {
		_ = s.pipe.Close() // always nil, see io.PipeReader
		<-s.done
	}
	return nil
}
