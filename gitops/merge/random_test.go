package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// blob is a file of a random tree. A submodule's content is only hashed.
type blob struct {
	mode filemode.FileMode
	text string
}

// snapshot is a tree as paths and files.
type snapshot map[string]blob

// history draws random snapshots that are alike enough to be merged.
type history struct {
	*rand.Rand
	alphabet []string
}

func newHistory(r *rand.Rand) history {
	alphabets := [][]string{
		{"a\n", "b\n", "\n", "}\n"},
		{"a\n", "b\n"},
		{"one\n", "two\n", "three\n", "four\n", "five\n", "six\n", "seven\n", "eight\n", "\n", "}\n", "\t}\n", "end\r\n"},
		nil, // every line its own
	}
	return history{r, alphabets[r.IntN(len(alphabets))]}
}

func (h history) line() string {
	if h.alphabet == nil {
		return fmt.Sprintf("line %d\n", h.IntN(1000))
	}
	return h.alphabet[h.IntN(len(h.alphabet))]
}

func (h history) text() string {
	var b strings.Builder
	for range h.IntN(13) {
		b.WriteString(h.line())
	}
	return b.String()
}

func (h history) path() string {
	paths := []string{"f", "g", "h", "d", "d/a", "d/b", "d/c", "d/e/a", "d/e/b", "x/a", "x/b", "x/y/z", "e", "e/a", "a.b", "a/b"}
	return paths[h.IntN(len(paths))]
}

func (h history) mode() filemode.FileMode {
	switch h.IntN(12) {
	case 0:
		return filemode.Executable
	case 1:
		return filemode.Symlink
	case 2:
		return filemode.Submodule
	}
	return filemode.Regular
}

// base draws the snapshot both sides start from.
func (h history) base() snapshot {
	s := snapshot{}
	for range 1 + h.IntN(8) {
		s.put(h.path(), blob{h.mode(), h.text()})
	}
	return s
}

// put adds a file and takes away what is in its way.
func (s snapshot) put(path string, b blob) {
	for other := range s {
		if strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
			delete(s, other)
		}
	}
	s[path] = b
}

// side draws what one writer made of s. Ops from shared are done by both writers.
func (h history) side(s snapshot, shared []uint64) snapshot {
	s = maps.Clone(s)
	for _, seed := range shared {
		again := history{rand.New(rand.NewPCG(seed, 0)), h.alphabet}
		again.op(s)
	}
	for range h.IntN(4) {
		h.op(s)
	}
	return s
}

// op changes s in one of the ways writers do.
func (h history) op(s snapshot) {
	if len(s) == 0 || h.IntN(6) == 0 {
		s.put(h.path(), blob{h.mode(), h.text()})
		return
	}
	paths := slices.Sorted(maps.Keys(s))
	path := paths[h.IntN(len(paths))]
	b := s[path]
	switch h.IntN(16) {
	case 0:
		delete(s, path)
	case 1:
		delete(s, path)
		s.put(h.path(), b)
	case 2:
		delete(s, path)
		s.put(h.path(), blob{b.mode, h.edit(b.text)})
	case 3:
		h.moveFolder(s, path)
	case 4:
		s[path] = blob{h.mode(), b.text}
	case 5:
		s[path] = blob{b.mode, strings.TrimSuffix(b.text, "\n")}
	case 6:
		s[path] = blob{b.mode, strings.ReplaceAll(b.text, "\n", "\r\n")}
	case 7:
		s[path] = blob{b.mode, b.text + "\x00"}
	case 8:
		s.put(path+"/in", blob{filemode.Regular, h.text()})
	default:
		s[path] = blob{b.mode, h.edit(b.text)}
	}
}

// moveFolder gives every file of the path's folder a new folder.
func (h history) moveFolder(s snapshot, path string) {
	folder, _, ok := strings.Cut(path, "/")
	if !ok {
		return
	}
	to := []string{"moved", "x", "d/e", "deep/er", "f"}[h.IntN(5)]
	for _, p := range slices.Sorted(maps.Keys(s)) {
		b, there := s[p] // an earlier move may have taken its place
		if rest, ok := strings.CutPrefix(p, folder+"/"); ok && there {
			delete(s, p)
			s.put(to+"/"+rest, b)
		}
	}
}

// edit inserts, deletes or replaces a few lines.
func (h history) edit(text string) string {
	lines := slices.Collect(strings.Lines(text))
	for range 1 + h.IntN(2) {
		at := h.IntN(len(lines) + 1)
		to := min(len(lines), at+h.IntN(3))
		var fresh []string
		for range h.IntN(3) {
			fresh = append(fresh, h.line())
		}
		lines = slices.Replace(lines, at, to, fresh...)
	}
	return strings.Join(lines, "")
}

// rewrite edits a text a few times, and now and then moves or copies some of its lines.
func (h history) rewrite(text string) string {
	for range 1 + h.IntN(3) {
		lines := slices.Collect(strings.Lines(text))
		if len(lines) == 0 || h.IntN(4) > 0 {
			text = h.edit(text)
			continue
		}
		from := h.IntN(len(lines))
		to := min(len(lines), from+1+h.IntN(5))
		some := slices.Clone(lines[from:to])
		if h.IntN(2) == 0 {
			lines = slices.Delete(lines, from, to)
		}
		text = strings.Join(slices.Insert(lines, h.IntN(len(lines)+1), some...), "")
	}
	return text
}

// triple draws base and two sides of it.
func triple(r *rand.Rand) [3]snapshot {
	h := newHistory(r)
	base := h.base()
	var shared []uint64
	if h.IntN(3) == 0 {
		shared = append(shared, h.Uint64())
	}
	return [3]snapshot{base, h.side(base, shared), h.side(base, shared)}
}

// store puts the snapshot into s and returns its tree.
func (snap snapshot) store(t testing.TB, s Store) plumbing.Hash {
	t.Helper()
	var changes []Change
	for path, b := range snap {
		id := plumbing.ComputeHash(plumbing.BlobObject, []byte(b.text))
		if b.mode != filemode.Submodule {
			var err error
			if id, err = writeObject(s, plumbing.BlobObject, []byte(b.text)); err != nil {
				t.Fatal(err)
			}
		}
		changes = append(changes, Change{path, b.mode, id})
	}
	tree, err := Update(s, plumbing.ZeroHash, changes)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
