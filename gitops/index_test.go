package gitops

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/internal/gittest"
)

const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// indexed makes a repository whose index is of that version and holds what the lines for update-index say.
func indexed(t testing.TB, version, lines string) (dir, index string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir = t.TempDir()
	gittest.Git(t, dir, "init", "--quiet")
	if out, err := gittest.GitIn(dir)(lines, "update-index", "--index-version", version, "--index-info"); err != nil {
		t.Fatal(err, out)
	}
	return dir, filepath.Join(dir, ".git", "index")
}

// readSimply reads an index that is in memory, straight from gitformat-index(5).
func readSimply(index []byte) (entries []indexEntry, err error) {
	defer func() {
		if recover() != nil { // what is missing is out of range
			err = io.ErrUnexpectedEOF
		}
	}()
	take := func(n int) []byte {
		p := index[:n]
		index = index[n:]
		return p
	}
	signature, version, count := string(take(4)), binary.BigEndian.Uint32(take(4)), binary.BigEndian.Uint32(take(4))
	if signature != "DIRC" || version < 2 || version > 4 {
		return nil, errIndexShape
	}
	name := ""
	for range count {
		e := indexEntry{stat: [40]byte(take(40)), hash: [20]byte(take(20)), flags: binary.BigEndian.Uint16(take(2))}
		length := 62
		if e.flags&indexExtended != 0 {
			e.extended = binary.BigEndian.Uint16(take(2))
			length += 2
		}
		before := ""
		if version == 4 {
			strip, n := varint(index[:4])
			if take(n); n == 0 {
				return nil, errIndexShape
			}
			before = name[:len(name)-int(strip)]
		}
		own := int(e.flags&indexName) - len(before)
		if e.flags&indexName == indexName {
			own = bytes.IndexByte(index, 0)
		}
		text := take(own)
		if index[0] != 0 || bytes.IndexByte(text, 0) >= 0 {
			return nil, errIndexShape
		}
		if take(1); version < 4 {
			take((8 - (length+own+1)%8) % 8)
		}
		name = before + string(text)
		e.name = name
		entries = append(entries, e)
	}
	for len(index) > 20 {
		if head := take(8); head[0] >= 'a' && head[0] <= 'z' {
			return nil, errIndexShape
		} else {
			take(int(binary.BigEndian.Uint32(head[4:])))
		}
	}
	take(20)
	return entries, nil
}

func anyName([]byte) bool { return true }

// readThrough reads an index through a buffer of that size.
func readThrough(index []byte, buffer int) ([]indexEntry, error) {
	r := indexReader{in: bytes.NewReader(index), size: int64(len(index)), buffer: make([]byte, buffer)}
	return r.entries(anyName)
}

// indexShapes are lines for update-index, and commands after it.
var indexShapes = map[string]struct {
	lines string
	then  [][]string
}{
	"empty":              {"", nil},
	"one file":           {"100644 " + emptyBlob + "\ta\n", nil},
	"names of any size":  {namesUpTo(90), nil},
	"executables, links": {"100755 " + emptyBlob + "\ta\n120000 " + emptyBlob + "\tb/c\n160000 " + strings.Repeat("1", 40) + "\tsub\n", nil},
	"a conflict": {"100644 " + emptyBlob + " 1\ta\n100644 " + emptyBlob + " 2\ta\n100644 " + emptyBlob + " 3\ta\n" +
		"100644 " + emptyBlob + "\tb\n", nil},
	"no work tree files":   {namesUpTo(20), [][]string{{"update-index", "--skip-worktree", "n/aaa"}}},
	"assumed unchanged":    {namesUpTo(20), [][]string{{"update-index", "--assume-unchanged", "n/aaa"}}},
	"intent to add":        {namesUpTo(20), [][]string{{"add", "--intent-to-add", "new"}}},
	"with extensions":      {namesUpTo(20), [][]string{{"add", "new"}, {"write-tree", "--missing-ok"}, {"update-index", "--force-untracked-cache"}}},
	"a name of 4094 bytes": {namesUpTo(9) + longNames(4094), nil},
	"a name of 4095 bytes": {namesUpTo(9) + longNames(4095), nil},
	"a name of 4096 bytes": {namesUpTo(9) + longNames(4096), nil},
	"names of 9000 bytes":  {namesUpTo(9) + longNames(9000, 9001, 9002, 9003, 9004, 9005, 9006, 9007) + namesUpTo(9), nil},
}

func namesUpTo(n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "100644 %s\tn/%s\n", emptyBlob, strings.Repeat("a", i+1))
	}
	return lines.String()
}

func longNames(sizes ...int) string {
	var lines strings.Builder
	for _, size := range sizes {
		fmt.Fprintf(&lines, "100644 %s\t%s\n", emptyBlob, strings.Repeat("long/folder/", size/12+1)[:size-1]+"x")
	}
	return lines.String()
}

func TestAnIndexIsReadAsGitReadsIt(t *testing.T) {
	for name, shape := range indexShapes {
		for _, version := range []string{"2", "4"} { // git writes 3 instead of 2 where an entry needs it
			t.Run(name+", version "+version, func(t *testing.T) {
				dir, file := indexed(t, version, shape.lines)
				gittest.Write(t, dir, map[string]string{"new": "x\n"})
				for _, args := range shape.then {
					gittest.Git(t, dir, args...)
				}
				entries, err := readIndex(file, anyName)
				if err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				longest := 0
				for _, e := range entries {
					fmt.Fprintf(&got, "%06o %s %d\t%s\x00", uint32(e.mode()), e.hash, e.flags&indexStage>>12, e.name)
					longest = max(longest, len(e.name))
				}
				if want := gittest.Git(t, dir, "ls-files", "--stage", "-z"); want != got.String() {
					t.Errorf("git reads\n%q, not\n%q", want, got.String())
				}
				whole, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				want, err := readSimply(whole)
				if err != nil {
					t.Fatal(err)
				}
				for more := range 100 { // every border between two reads
					got, err := readThrough(whole, longest+80+more)
					if err != nil || !slices.Equal(want, got) {
						t.Fatalf("in a buffer of %d bytes: error %v, %s", longest+80+more, err, cmp.Diff(want, got, cmp.AllowUnexported(indexEntry{})))
					}
				}
			})
		}
	}
}

func TestOnlyWhatIsWantedOfAnIndexIsKept(t *testing.T) {
	_, file := indexed(t, "4", "100644 "+emptyBlob+"\tb/.gitattributes\n100644 "+emptyBlob+"\tb/x.gitattributes\n100644 "+emptyBlob+"\tenv\n"+
		"100644 "+emptyBlob+"\tenvironment\n100644 "+emptyBlob+"\tEnv/prod.yml\n100644 "+emptyBlob+"\t.gitmodules\n100644 "+emptyBlob+"\tx/env\n")
	list, _ := few([]string{"env"})
	entries, err := readIndex(file, list.keep)
	var got []string
	for _, e := range entries {
		got = append(got, e.name)
	}
	if diff := cmp.Diff([]string{".gitmodules", "Env/prod.yml", "b/.gitattributes", "env"}, got); diff != "" || err != nil {
		t.Errorf("error %v, %s", err, diff)
	}
}

func TestAnIndexThatEndsTooEarlyIsAnError(t *testing.T) {
	for _, version := range []string{"2", "4"} {
		dir, file := indexed(t, version, namesUpTo(20))
		gittest.Git(t, dir, "update-index", "--skip-worktree", "n/aaa")
		gittest.Git(t, dir, "write-tree", "--missing-ok") // into an extension
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			if n == bytes.Index(whole, []byte("TREE"))+20 {
				continue // so that the extension looks like a checksum
			}
			if err := os.WriteFile(file, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			entries, err := readIndex(file, anyName)
			if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), file+" at byte ") {
				t.Fatalf("version %s, %d of %d bytes: %d entries, error %v", version, n, len(whole), len(entries), err)
			}
		}
	}
}

func TestAnIndexOfAnotherShapeIsLeftToGit(t *testing.T) {
	_, file := indexed(t, "2", namesUpTo(20))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int, to ...byte) []byte {
		p := bytes.Clone(whole)
		copy(p[at:], to)
		return p
	}
	extended := func(name string) []byte {
		at := len(whole) - 20
		return append(append(bytes.Clone(whole[:at]), append([]byte(name), 0, 0, 0, 1, 'x')...), whole[at:]...)
	}
	tests := map[string]struct {
		index []byte
		left  bool
	}{
		"as it is":                       {whole, false},
		"a later version":                {changed(4, 0, 0, 0, 5), true},
		"no index":                       {changed(0, 'd'), true},
		"an extension that may be left":  {extended("NEWS"), false},
		"an extension that matters":      {extended("link"), true},
		"a name shorter than it says":    {changed(12+entrySize, 'n', 0), true},
		"a name longer than it says":     {changed(12+entrySize+3, 'x'), true},
		"a flag that makes it longer":    {changed(12+entrySize-2, 0x40), true},
		"a name that is all of the file": {append(changed(12+entrySize-2, 0x0f, 0xff)[:12+entrySize], bytes.Repeat([]byte("x"), indexBuffer)...), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, test.index, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readIndex(file, anyName); errors.Is(err, errIndexShape) != test.left || (err != nil) != test.left {
				t.Errorf("error %v", err)
			}
		})
	}
}

// counted counts what is read.
type counted struct {
	*bytes.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func TestLongExtensionsAreNotRead(t *testing.T) {
	_, file := indexed(t, "2", namesUpTo(20))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const long = 1 << 20
	at := len(whole) - 20
	whole = append(whole[:at:at], append(append([]byte("NEWS\x00\x10\x00\x00"), make([]byte, long)...), whole[at:]...)...)
	in := counted{Reader: bytes.NewReader(whole)}
	r := indexReader{in: &in, size: int64(len(whole)), buffer: make([]byte, 200)}
	if entries, err := r.entries(anyName); err != nil || len(entries) != 20 || in.read > len(whole)-long+200 {
		t.Errorf("%d entries and %d bytes of %d were read, error %v", len(entries), in.read, len(whole), err)
	}
}

// FuzzReadIndex holds the reading of any bytes to what a simple reader makes of them.
func FuzzReadIndex(f *testing.F) {
	for _, shape := range indexShapes {
		if len(shape.lines) > 1000 {
			continue // the fuzzer would spend its time making them smaller
		}
		for _, version := range []string{"2", "4"} {
			_, file := indexed(f, version, shape.lines)
			whole, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(whole)
		}
	}
	f.Fuzz(func(t *testing.T, index []byte) {
		want, whole := readSimply(index)
		for _, buffer := range []int{100, len(index) + entrySize + 100} {
			got, err := readThrough(index, buffer)
			if err == nil && !slices.Equal(want, got) {
				t.Errorf("%v, and of the simple reader %v", got, want)
			}
			if short := buffer == 100 && errors.Is(err, errIndexShape); (err == nil) != (whole == nil) && !short {
				t.Errorf("error %v, and of the simple reader %v", err, whole)
			}
		}
	})
}
