package gitops

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// writePackIndex writes an index in which the n-th name, in order, has the offset offset(n).
func writePackIndex(t *testing.T, names []plumbing.Hash, offset func(n int) uint64) string {
	t.Helper()
	slices.SortFunc(names, func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
	out := []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}
	for first := range 256 {
		count := uint32(0)
		for _, name := range names {
			if int(name[0]) <= first {
				count++
			}
		}
		out = binary.BigEndian.AppendUint32(out, count)
	}
	for _, name := range names {
		out = append(out, name[:]...)
	}
	out = append(out, make([]byte, 4*len(names))...)
	var long []byte
	for n := range names {
		at := offset(n)
		if at >= 1<<31 {
			long, at = binary.BigEndian.AppendUint64(long, at), 1<<31|uint64(len(long)/8)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(at))
	}
	path := filepath.Join(t.TempDir(), "test.idx")
	if err := os.WriteFile(path, append(append(out, long...), make([]byte, 40)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNamesAreFoundHoweverTheyLie(t *testing.T) {
	random := func(name *plumbing.Hash) {
		for i := range name {
			name[i] = byte(rand.Uint32())
		}
	}
	for title, change := range map[string]func(n int, name *plumbing.Hash){
		"at random":           func(int, *plumbing.Hash) {},
		"in one row":          func(n int, name *plumbing.Hash) { *name = plumbing.Hash{18: byte(n >> 8), 19: byte(n)} },
		"with one beginning":  func(_ int, name *plumbing.Hash) { copy(name[:], "same") },
		"with one first byte": func(_ int, name *plumbing.Hash) { name[0] = 7 },
		"at both ends of a byte": func(n int, name *plumbing.Hash) {
			copy(name[:], []byte{7, byte(n%2) * 255, byte(n%2) * 255, byte(n%2) * 255})
		},
		"doubled with every step": func(n int, name *plumbing.Hash) {
			*name = plumbing.Hash{}
			name[1+n%3] = 1 << (n / 3 % 8)
			name[19], name[18] = byte(n), byte(n>>8)
		},
	} {
		for _, count := range []int{0, 1, 2, namesAtOnce, namesAtOnce + 1, 3000} {
			names, absent := make([]plumbing.Hash, count), make([]plumbing.Hash, 100)
			for n := range names {
				random(&names[n])
				change(n, &names[n])
			}
			for n := range absent {
				random(&absent[n])
				change(n, &absent[n])
				absent[n][10] ^= 1 // all bytes of a random name
				absent[n][11] = 0xaa
			}
			x, err := openPackIndex(writePackIndex(t, names, func(n int) uint64 { return uint64(n) * 3_000_000 }))
			if err != nil {
				t.Fatal(err)
			}
			for n, name := range names {
				if at, err := x.find(name); at != int64(n)*3_000_000 || err != nil {
					t.Fatalf("%s: number %d of %d is at %d, error %v", title, n, count, at, err)
				}
			}
			for _, name := range append(absent, plumbing.Hash{}, plumbing.NewHash(strings.Repeat("f", 40))) {
				if at, err := x.find(name); !slices.Contains(names, name) && !errors.Is(err, plumbing.ErrObjectNotFound) {
					t.Fatalf("%s: %s is at %d of %d, error %v", title, name, at, count, err)
				}
			}
			_ = x.file.Close() // it was only read
		}
	}
}

func TestAPackIndexThatEndsTooEarlyIsAnError(t *testing.T) {
	names := []plumbing.Hash{{1}, {2}, {3}}
	path := writePackIndex(t, names, func(int) uint64 { return 1 << 40 })
	for _, size := range []int64{indexFanout + 3*(hashSize+8), indexFanout + 3*hashSize, indexFanout + hashSize - 1, indexFanout - 1, 0} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		x, err := openPackIndex(path)
		if err == nil {
			_, err = x.find(names[2])
			_ = x.file.Close() // it was only read
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
}
