package wire

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// entry is an object of a pack made by hand: whole, or as a difference to an entry before it or to an object by its name.
type entry struct {
	kind plumbing.ObjectType
	base Hash // of a REFDeltaObject
	back int  // of an OFSDeltaObject: how many entries before it the base is
	data string
	lies int // bytes more than there are, by what its header says
}

// packOf makes a pack.
func packOf(entries ...entry) []byte {
	var b bytes.Buffer
	b.WriteString("PACK\x00\x00\x00\x02")
	_ = binary.Write(&b, binary.BigEndian, uint32(len(entries))) // to memory
	var offsets []int
	for i, e := range entries {
		offsets = append(offsets, b.Len())
		size := len(e.data) + e.lies
		first := byte(e.kind)<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			b.WriteByte(first | 0x80)
			first = byte(size & 0x7f)
		}
		b.WriteByte(first)
		switch e.kind {
		case plumbing.REFDeltaObject:
			b.Write(e.base[:])
		case plumbing.OFSDeltaObject:
			back := offsets[i] - offsets[i-e.back]
			number := []byte{byte(back & 0x7f)}
			for back >>= 7; back > 0; back >>= 7 {
				back--
				number = append(number, 0x80|byte(back&0x7f))
			}
			slices.Reverse(number)
			b.Write(number)
		}
		z := zlib.NewWriter(&b)
		_, _ = z.Write([]byte(e.data)) // to memory
		_ = z.Close()
	}
	sum := sha1.Sum(b.Bytes())
	return append(b.Bytes(), sum[:]...)
}

// adding is a difference that puts text after its base.
func adding(base, text string) string {
	d := binary.AppendUvarint(nil, uint64(len(base)))
	d = binary.AppendUvarint(d, uint64(len(base)+len(text)))
	d = append(d, 0x90, byte(len(base))) // copy from the start
	d = append(d, byte(len(text)))
	return string(append(d, text...))
}

func TestWhatIsHeldOfAPack(t *testing.T) {
	const commit, tree, whole, ofs, ref = plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.OFSDeltaObject, plumbing.REFDeltaObject
	named := func(kind plumbing.ObjectType, text string) Hash { return plumbing.ComputeHash(kind, []byte(text)) }
	long, most := strings.Repeat("x", 60), &Hold{Trees: true, File: 100, Files: 150}
	tests := map[string]struct {
		hold *Hold
		pack []byte
		thin bool // onto a store with the blob "below" and a long one
		want []Hash
		left bool
		err  error
	}{
		"commits alone":                    {&Hold{}, packOf(entry{kind: commit, data: "c"}, entry{kind: whole, data: "b"}, entry{kind: tree, data: "t"}), false, []Hash{named(commit, "c")}, true, nil},
		"all":                              {most, packOf(entry{kind: commit, data: "c"}, entry{kind: whole, data: "b"}, entry{kind: tree, data: "t"}), false, []Hash{named(commit, "c"), named(whole, "b"), named(tree, "t")}, false, nil},
		"a difference to what came before": {most, packOf(entry{kind: commit, data: "base"}, entry{kind: ofs, back: 1, data: adding("base", "+")}), false, []Hash{named(commit, "base"), named(commit, "base+")}, false, nil},
		"a difference to a difference":     {most, packOf(entry{kind: tree, data: "base"}, entry{kind: ofs, back: 1, data: adding("base", "+")}, entry{kind: ofs, back: 1, data: adding("base+", "+")}), false, []Hash{named(tree, "base"), named(tree, "base+"), named(tree, "base++")}, false, nil},
		"a difference to what comes later": {most, packOf(entry{kind: ref, base: named(commit, "base"), data: adding("base", "+")}, entry{kind: commit, data: "base"}), false, []Hash{named(commit, "base"), named(commit, "base+")}, false, nil},
		"two differences in the wrong order": {most, packOf(entry{kind: ref, base: named(tree, "base+"), data: adding("base+", "+")}, entry{kind: ref, base: named(tree, "base"), data: adding("base", "+")}, entry{kind: tree, data: "base"}),
			false, []Hash{named(tree, "base"), named(tree, "base+"), named(tree, "base++")}, false, nil},
		"a file that is too long":          {most, packOf(entry{kind: whole, data: long + long}, entry{kind: whole, data: "b"}), false, []Hash{named(whole, "b")}, true, nil},
		"a difference to one":              {most, packOf(entry{kind: whole, data: long + long}, entry{kind: ofs, back: 1, data: adding(long+long, "+")}), false, nil, true, nil},
		"a difference that makes one":      {most, packOf(entry{kind: whole, data: long}, entry{kind: ofs, back: 1, data: adding(long, long)}), false, []Hash{named(whole, long)}, true, nil},
		"files that are too long together": {most, packOf(entry{kind: whole, data: long}, entry{kind: whole, data: long + "2"}, entry{kind: whole, data: long + "3"}, entry{kind: tree, data: "t"}), false, []Hash{named(whole, long), named(whole, long+"2"), named(tree, "t")}, true, nil},
		"the same file twice":              {most, packOf(entry{kind: whole, data: long}, entry{kind: whole, data: long}, entry{kind: whole, data: long + "2"}), false, []Hash{named(whole, long), named(whole, long+"2")}, false, nil},
		"too many commits":                 {&Hold{Commits: 1}, packOf(entry{kind: commit, data: "c"}, entry{kind: commit, data: "d"}), false, nil, false, ErrTooMany},
		"thin":                             {most, packOf(entry{kind: ref, base: named(whole, "below"), data: adding("below", "+")}), true, []Hash{named(whole, "below+")}, false, nil},
		"thin, onto a long file":           {most, packOf(entry{kind: ref, base: named(whole, long+long), data: adding(long+long, "+")}), true, nil, true, nil},
		"thin, onto what is nowhere":       {most, packOf(entry{kind: ref, base: named(whole, "nowhere"), data: adding("nowhere", "+")}), true, nil, false, ErrMissingBase},
		"a file that is shorter than said": {most, packOf(entry{kind: whole, data: "b", lies: 2}), false, nil, false, packfile.ErrMalformedPackFile},
		"a file that is longer than said":  {most, packOf(entry{kind: whole, data: "bbb", lies: -2}), false, nil, false, packfile.ErrInflatedSizeMismatch},
		"what git knows nothing of":        {&Hold{}, packOf(entry{kind: 5, data: "?"}), false, nil, false, packfile.ErrMalformedPackFile},
		"a tag":                            {most, packOf(entry{kind: plumbing.TagObject, data: "a"}), false, nil, true, nil},
		"a difference to what was left":    {most, packOf(entry{kind: ref, base: named(whole, "nowhere"), data: adding("nowhere", "+")}), false, nil, true, nil},
	}
	store := memory.NewStorage()
	put(t, store, whole, "below")
	put(t, store, whole, long+long)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found, left, err := test.hold.read(bytes.NewReader(test.pack), below(FetchRequest{Thin: test.thin}, store))
			if !errors.Is(err, test.err) || left != test.left {
				t.Errorf("error %v, want %v; left out: %t", err, test.err, left)
			}
			if len(found) != len(test.want) {
				t.Errorf("%d objects: %v", len(found), slices.Collect(maps.Keys(found)))
			}
			for _, hash := range test.want {
				if found[hash] == nil || found[hash].Hash() != hash {
					t.Errorf("%s is not among them", hash)
				}
			}
			for end := range len(test.pack) - 1 {
				if _, _, err := test.hold.read(bytes.NewReader(test.pack[:end]), nil); err == nil {
					t.Fatalf("a pack that breaks off after %d bytes of %d is taken", end, len(test.pack))
				}
			}
		})
	}
}

// What go-git reads of a pack is what is held where there is room for all. A pack that is refused all the same is one that git
// refuses, too: go-git takes an object that is shorter than its header says, and any type.
func FuzzHold(f *testing.F) {
	for _, pack := range [][]byte{
		packOf(entry{kind: plumbing.CommitObject, data: "base"}, entry{kind: plumbing.OFSDeltaObject, back: 1, data: adding("base", "+")}),
		packOf(entry{kind: plumbing.BlobObject, data: "b"}, entry{kind: plumbing.TreeObject, data: "t"}),
		packOf(entry{kind: plumbing.BlobObject, data: "b"}, entry{kind: plumbing.BlobObject, data: "short", lies: 2}),
		packOf(entry{kind: plumbing.BlobObject, data: "b"}, entry{kind: 5, data: "?"}),
	} {
		f.Add(byte(2), pack[12:len(pack)-sha1.Size])
	}
	f.Fuzz(func(t *testing.T, count byte, body []byte) {
		pack := append([]byte{'P', 'A', 'C', 'K', 0, 0, 0, 2, 0, 0, 0, count}, body...)
		sum := sha1.Sum(pack)
		pack = append(pack, sum[:]...)
		_, _, _ = (Hold{Commits: 1}).read(bytes.NewReader(pack), nil)
		want, err := ReadPack(bytes.NewReader(pack), memory.NewStorage())
		if err != nil {
			return
		}
		got, _, err := Hold{Trees: true, File: 1 << 30, Files: 1 << 30}.read(bytes.NewReader(pack), nil)
		if err != nil {
			if gitTakes(t, pack) {
				t.Errorf("git and go-git read it: %v", err)
			}
			return
		}
		for hash, object := range want {
			if object.Type() != plumbing.TagObject && got[hash] == nil {
				t.Errorf("%s is missing, a %s", hash, object.Type())
			}
		}
	})
}

// gitTakes reports whether git takes a pack as one that is whole.
func gitTakes(t *testing.T, pack []byte) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.pack")
	if err := os.WriteFile(file, pack, 0o600); err != nil {
		t.Fatal(err)
	}
	err := exec.Command("git", "index-pack", file).Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return err == nil
}
