package gitops

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/go-git/go-git/v5/plumbing"
)

// The parts of a pack's index of version 2, gitformat-pack(5).
const (
	indexHeader = 8
	indexFanout = indexHeader + 256*4
	hashSize    = 20
)

// packIndex finds objects in a pack by their names. It is searched where it lies: to read the index of a long history
// into memory would cost more than all the rest of a landing.
type packIndex struct {
	file   *os.File
	fanout [256]uint32 // how many names begin with that byte or a smaller one
}

func openPackIndex(path string) (*packIndex, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	x := &packIndex{file: file}
	var head [indexFanout]byte
	if err = x.read(head[:], 0); err == nil && !bytes.Equal(head[:indexHeader], []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}) {
		err = fmt.Errorf("%s is no pack index of version 2", path)
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	for i := range x.fanout {
		x.fanout[i] = binary.BigEndian.Uint32(head[indexHeader+4*i:])
	}
	return x, nil
}

// namesAtOnce is how many names are read in one go: enough for the one that is looked for to be among them most times.
const namesAtOnce = 128

// find returns where in the pack an object is: plumbing.ErrObjectNotFound where it is not.
//
// Names are as good as random, so the place of one among the others follows from its value. Where somebody made up names
// that are not, halving comes to an end, too.
func (x *packIndex) find(hash plumbing.Hash) (int64, error) {
	low, high := int64(0), int64(x.fanout[hash[0]])
	if hash[0] > 0 {
		low = int64(x.fanout[hash[0]-1])
	}
	value := start(hash[:])
	from, to := value&0xff00_0000, value|0x00ff_ffff // the values at low and high
	var names [namesAtOnce * hashSize]byte
	for try := 0; low < high; try++ {
		guess := (low + high) / 2
		if try < 4 {
			guess = low + (value-from)*(high-low)/(to-from+1)
		}
		first := max(low, min(guess-namesAtOnce/2, high-namesAtOnce))
		read := names[:min(high-first, namesAtOnce)*hashSize]
		if err := x.read(read, indexFanout+first*hashSize); err != nil {
			return 0, err
		}
		count := len(read) / hashSize
		name := func(i int) []byte { return read[i*hashSize:][:hashSize] }
		switch i, found := sort.Find(count, func(i int) int { return bytes.Compare(hash[:], name(i)) }); {
		case found:
			return x.offset(first + int64(i))
		case i == 0:
			high, to = first, max(value, start(name(0)))
		case i == count:
			low, from = first+int64(count), min(value, start(name(count-1)))
		default:
			return 0, plumbing.ErrObjectNotFound
		}
	}
	return 0, plumbing.ErrObjectNotFound
}

// start is the first four bytes of a name.
func start(name []byte) int64 { return int64(binary.BigEndian.Uint32(name)) }

// offset reads the n-th offset: after the names and checksums, and in a table of its own where it needs more than 31 bits.
func (x *packIndex) offset(n int64) (int64, error) {
	count := int64(x.fanout[255])
	short := indexFanout + count*(hashSize+4)
	var b [8]byte
	err := x.read(b[:4], short+4*n)
	at := int64(binary.BigEndian.Uint32(b[:]))
	if err != nil || at < 1<<31 {
		return at, err
	}
	err = x.read(b[:], short+4*count+8*(at-1<<31))
	return int64(binary.BigEndian.Uint64(b[:])), err
}

// read fills p from an offset on.
func (x *packIndex) read(p []byte, offset int64) error {
	_, err := x.file.ReadAt(p, offset)
	if err == io.EOF { // other errors say which file it was
		err = fmt.Errorf("read %s at %d: %w", x.file.Name(), offset, io.ErrUnexpectedEOF)
	}
	return err
}
