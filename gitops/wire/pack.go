package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// ErrMissingBase is the cause where a thin pack builds upon objects the store lacks. Without Thin the same may be had.
var ErrMissingBase = errors.New("it builds upon objects that are not here")

// ReadPack reads the objects of a pack, to the end of r. Deltas may build upon objects of base, which is not
// written to. A pack that breaks off or is unsound is an error.
func ReadPack(r io.Reader, base storer.EncodedObjectStorer) (map[Hash]plumbing.EncodedObject, error) {
	over := overlay{base, map[Hash]plumbing.EncodedObject{}}
	parser, err := packfile.NewParserWithStorage(packfile.NewScanner(r), over)
	if err != nil {
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if _, err := parser.Parse(); err != nil {
		if errors.Is(err, packfile.ErrReferenceDeltaNotFound) || errors.Is(err, plumbing.ErrObjectNotFound) {
			err = fmt.Errorf("%w: %w", ErrMissingBase, err)
		}
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("read what follows the pack: %w", err)
	}
	return over.objects, nil
}

// overlay keeps new objects apart from a store it reads through to, so that a pack that breaks off half-way
// leaves nothing behind.
type overlay struct {
	storer.EncodedObjectStorer
	objects map[Hash]plumbing.EncodedObject
}

func (o overlay) SetEncodedObject(object plumbing.EncodedObject) (Hash, error) {
	hash := object.Hash()
	o.objects[hash] = object
	return hash, nil
}

func (o overlay) EncodedObject(t plumbing.ObjectType, hash Hash) (plumbing.EncodedObject, error) {
	if object, ok := o.objects[hash]; ok && (t == plumbing.AnyObject || t == object.Type()) {
		return object, nil
	}
	return o.EncodedObjectStorer.EncodedObject(t, hash)
}

// packBuffer is how long a pack may be for its length to be known before it is sent. Longer ones are sent in
// chunks, which some old proxies refuse.
const packBuffer = 1 << 20

// packStream is a pack being encoded while it is read.
type packStream struct {
	io.Reader
	length int64 // -1 when not known
	pipe   *io.PipeReader
	done   chan struct{}
}

// encodePack encodes a pack of exactly these objects of source, undeltified. Close must be called: source is
// read until then.
func encodePack(hashes []Hash, source storer.EncodedObjectStorer) (*packStream, error) {
	r, w := io.Pipe()
	s := &packStream{length: -1, pipe: r, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		_, err := packfile.NewEncoder(w, source, false).Encode(hashes, 0)
		w.CloseWithError(err)
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
	_ = s.pipe.Close() // always nil, see io.PipeReader
	<-s.done
	return nil
}
