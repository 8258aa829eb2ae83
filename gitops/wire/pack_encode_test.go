package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestGitReadsWhatIsEncoded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(random.Uint32())
		}
		return string(text)
	}
	many := func(n int) (texts []string) {
		for i := range n {
			texts = append(texts, fmt.Sprint("file ", i))
		}
		return texts
	}
	for name, tt := range map[string]struct {
		texts  []string
		length bool // is known before it is sent
	}{
		"none":                        {nil, true},
		"sizes about those of a head": {[]string{"", "a", noise(15), noise(16), noise(2047), noise(2048)}, true},
		"as they are and compressed":  {[]string{noise(smallObject - 1), noise(smallObject), noise(smallObject + 1), noise(1 << 16)}, true},
		"as many as are taken out":    {many(unpackLimit - 1), true},
		"as many as are kept":         {many(unpackLimit), true},
		"more than memory is for":     {[]string{"a", noise(packBuffer)}, false},
		"much that compresses well":   {[]string{strings.Repeat("a line\n", packBuffer/4)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.NewStorage()
			var hashes []Hash
			for _, text := range tt.texts {
				hashes = append(hashes, blob(t, store, text))
			}
			pack, err := encodePack(hashes, store)
			if err != nil {
				t.Fatal(err)
			}
			defer pack.Close()
			encoded, err := io.ReadAll(pack)
			if err != nil {
				t.Fatal(err)
			}
			if known := pack.length == int64(len(encoded)); known != tt.length || !known && pack.length >= 0 {
				t.Errorf("length %d of %d, known %v", pack.length, len(encoded), tt.length)
			}
			dir := t.TempDir()
			gittest.Git(t, dir, "init", "--quiet", "--bare", ".")
			file := filepath.Join(dir, "sent.pack")
			if err := os.WriteFile(file, encoded, 0o600); err != nil {
				t.Fatal(err)
			}
			gittest.Git(t, dir, "index-pack", "--strict", file)
			if out, err := gittest.TryCommand(dir, "sh", "-c", "git unpack-objects -q --strict <sent.pack"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for i, text := range tt.texts {
				if got, err := gittest.TryCommand(dir, "sh", "-c", "git cat-file blob "+hashes[i].String()+" >got"); err != nil {
					t.Fatalf("%v\n%s", err, got)
				}
				if got, err := os.ReadFile(filepath.Join(dir, "got")); err != nil || string(got) != text {
					t.Errorf("the %d. object has %d bytes, error %v; want %d", i, len(got), err, len(text))
				}
			}
		})
	}
}

func blob(t *testing.T, store *memory.Storage, text string) Hash {
	t.Helper()
	o := &plumbing.MemoryObject{}
	o.SetType(plumbing.BlobObject)
	if _, err := o.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	hash, err := store.SetEncodedObject(o)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// shrinking holds objects that have less, or more, than they said.
type shrinking struct {
	*memory.Storage
	by int64
}

type shrunk struct {
	plumbing.EncodedObject
	by int64
}

func (s shrinking) EncodedObject(kind plumbing.ObjectType, hash Hash) (plumbing.EncodedObject, error) {
	o, err := s.Storage.EncodedObject(kind, hash)
	return shrunk{o, s.by}, err
}

func (s shrunk) Size() int64 { return s.EncodedObject.Size() + s.by }

func TestAnObjectThatIsNotWhatItWasIsNotSent(t *testing.T) {
	for _, size := range []int{10, 2 * smallObject} {
		for _, by := range []int64{1, -1} {
			store := memory.NewStorage()
			hash := blob(t, store, strings.Repeat("x", size))
			_, err := encodePack([]Hash{hash}, shrinking{store, by})
			if err == nil || !strings.Contains(err.Error(), hash.String()) {
				t.Errorf("%d bytes, %+d: error %v", size, by, err)
			}
		}
	}
	missing := plumbing.NewHash("1234567890123456789012345678901234567890")
	if _, err := encodePack([]Hash{missing}, memory.NewStorage()); !errors.Is(err, plumbing.ErrObjectNotFound) || !strings.Contains(err.Error(), missing.String()) {
		t.Errorf("error %v", err)
	}
}

func TestASourceThatFailsEndsTheStream(t *testing.T) {
	store := memory.NewStorage()
	big := blob(t, store, string(bytes.Repeat([]byte{0}, 2*packBuffer)))
	if _, err := encodePack([]Hash{big}, shrinking{store, 1}); err == nil || !strings.Contains(err.Error(), big.String()) {
		t.Errorf("error %v", err)
	}
}
