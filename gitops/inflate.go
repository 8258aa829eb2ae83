package gitops

import (
	"bufio"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"sync"
)

// inflater reads what is compressed in a file. To make one takes longer than to read a small object.
type inflater struct {
	in      *bufio.Reader
	inflate io.ReadCloser // nil before it is first needed
}

// inflaters are those that are not in use.
type inflaters struct{ pool sync.Pool }

// at returns an inflater that is at an offset of a file. It goes back by put, or to the garbage.
func (i *inflaters) at(file io.ReaderAt, offset int64) *inflater {
	z, ok := i.pool.Get().(*inflater)
	if !ok {
		z = &inflater{in: bufio.NewReader(nil)}
	}
	z.in.Reset(io.NewSectionReader(file, offset, 1<<62))
	return z
}

func (i *inflaters) put(z *inflater) { i.pool.Put(z) }

// stream begins to decompress.
func (z *inflater) stream() (io.ReadCloser, error) {
	if again, ok := z.inflate.(zlib.Resetter); ok {
		return z.inflate, again.Reset(z.in, nil)
	}
	var err error
	z.inflate, err = zlib.NewReader(z.in)
	return z.inflate, err
}

// readExactly reads a stream that must have n bytes, to its end: there the checksum is looked at.
func readExactly(in io.Reader, n int64) ([]byte, error) {
	data := []byte{}
	for int64(len(data)) < n { // the length is only believed as the bytes come
		more := int(min(n-int64(len(data)), 1<<20))
		data = slices.Grow(data, more)
		read, err := io.ReadFull(in, data[len(data):len(data)+more])
		if data = data[:len(data)+read]; err != nil {
			return nil, fmt.Errorf("%d bytes of %d: %w", len(data), n, err)
		}
	}
	var end [1]byte
	switch _, err := io.ReadFull(in, end[:]); err {
	case io.EOF:
		return data, nil
	case nil:
		return nil, fmt.Errorf("more than %d bytes", n)
	default:
		return nil, fmt.Errorf("%d bytes of %d: %w", n, n, err)
	}
}
