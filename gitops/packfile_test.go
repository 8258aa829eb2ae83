package gitops

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/internal/gittest"
)

// longHistory is a repository whose objects are many differences deep.
func longHistory(t *testing.T) string {
	t.Helper()
	gittest.Serve(t) // skips where git is not installed
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet")
	lines := make([]string, 200)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d of many", i)
	}
	for n := range 12 {
		lines[n*7] = fmt.Sprintf("change %d", n)
		gittest.Commit(t, dir, fmt.Sprintf("change %d", n), map[string]string{"a/long.txt": strings.Join(lines, "\n"), fmt.Sprintf("b/%d", n): "x\n"})
	}
	return dir
}

func TestPackedObjectsAreReadAsGitReadsThem(t *testing.T) {
	for name, repack := range map[string][][]string{
		"loose":          nil,
		"by offset":      {{"repack", "-adfq", "--depth=50"}},
		"by name":        {{"-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50"}},
		"in two packs":   {{"repack", "-adfq"}, {"commit", "--quiet", "--allow-empty", "-m", "more"}, {"repack", "-dq"}},
		"far in a pack":  {{"-c", "pack.indexVersion=2", "repack", "-adfq"}, {"index-pack", "--index-version=2,0x1", "PACK"}},
		"partly as midx": {{"repack", "-adfq", "--write-midx"}},
		"partly loose":   {{"repack", "-adfq"}, {"commit", "--quiet", "--allow-empty", "-m", "more"}, {"tag", "-a", "-m", "one", "v1"}},
		"in both places": {{"repack", "-afq", "--depth=50"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := longHistory(t)
			for _, args := range repack {
				if args[len(args)-1] == "PACK" { // offsets above 1 go to the table for large packs
					packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
					if err != nil || len(packs) != 1 {
						t.Fatal(packs, err)
					}
					if err := os.Remove(strings.TrimSuffix(packs[0], ".pack") + ".idx"); err != nil {
						t.Fatal(err)
					}
					args[len(args)-1] = packs[0]
				}
				gittest.Git(t, dir, args...)
			}
			objects, err := openObjects(filepath.Join(dir, ".git"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(objects.close)
			all := strings.Fields(gittest.Git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
			for _, id := range all {
				s, err := objects.read(plumbing.NewHash(id), math.MaxInt64)
				if err != nil {
					t.Fatal(err)
				}
				if got := plumbing.ComputeHash(s.kind, s.data).String(); got != id || objects.HasEncodedObject(plumbing.NewHash(id)) != nil {
					t.Errorf("%s was read as %s", id, got)
				}
			}
			if missing := objects.HasEncodedObject(plumbing.NewHash("12")); !errors.Is(missing, plumbing.ErrObjectNotFound) {
				t.Errorf("an object nobody has: %v", missing)
			}
		})
	}
}

// Several goroutines read the deepest chains there are, in orders of their own.
func TestObjectsAreReadByManyAtOnce(t *testing.T) {
	dir := fullClone(t, 200)
	all := strings.Fields(gittest.Git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
	objects, err := openObjects(filepath.Join(dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(objects.close)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, i := range rand.Perm(len(all)) {
				o, err := objects.EncodedObject(plumbing.AnyObject, plumbing.NewHash(all[i]))
				if err != nil {
					t.Error(err)
				} else if o.Hash().String() != all[i] {
					t.Errorf("%s was read as %s", all[i], o.Hash())
				}
			}
		})
	}
	group.Wait()
}

func TestADamagedPackDoesNotMatterWhereTheObjectIsLoose(t *testing.T) {
	dir := longHistory(t)
	gittest.Git(t, dir, "repack", "-aq") // and keeps what is loose
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	for ending, size := range map[string]int64{".pack": 12, ".idx": indexFanout} {
		if err := os.Chmod(strings.TrimSuffix(packs[0], ".pack")+ending, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(strings.TrimSuffix(packs[0], ".pack")+ending, size); err != nil {
			t.Fatal(err)
		}
		objects, err := openObjects(filepath.Join(dir, ".git"))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range strings.Fields(gittest.Git(t, dir, "rev-parse", "HEAD", "HEAD:", "HEAD:a/long.txt")) {
			if s, err := objects.read(plumbing.NewHash(id), math.MaxInt64); err != nil || plumbing.ComputeHash(s.kind, s.data).String() != id {
				t.Errorf("%s cut off, %s: error %v", ending, id, err)
			}
		}
		objects.close()
	}
}

func TestADamagedPackIsAnError(t *testing.T) {
	dir := longHistory(t)
	gittest.Git(t, dir, "repack", "-adfq")
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	whole, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields(gittest.Git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
	for at := 12; at < len(whole)-20; at += len(whole) / 40 {
		broken := append([]byte{}, whole...)
		for i := at; i < min(at+4, len(broken)); i++ {
			broken[i] ^= 0xff
		}
		if err := os.Chmod(packs[0], 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(packs[0], broken, 0o644); err != nil {
			t.Fatal(err)
		}
		objects, err := openObjects(filepath.Join(dir, ".git"))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids { // an error or a wrong object, never a crash
			_, _ = objects.read(plumbing.NewHash(id), math.MaxInt64)
		}
		objects.close()
	}
}

func TestABaseMayLieFarBeforeItsDelta(t *testing.T) {
	const far = 1 << 28 // most of it a hole in the file
	file, err := os.Create(filepath.Join(t.TempDir(), "far.pack"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	back := []byte{(far - 12) & 0x7f}
	for n := (far-12)>>7 - 1; n >= 0; n = n>>7 - 1 {
		back = append([]byte{0x80 | byte(n&0x7f)}, back...)
	}
	for at, entry := range map[int64][]byte{
		12:  append([]byte{byte(plumbing.BlobObject)<<4 | 4}, deflated("base")...),
		far: append(append([]byte{byte(plumbing.OFSDeltaObject)<<4 | 9}, back...), deflated("\x04\x08\x90\x04\x04 and")...),
	} {
		if _, err := file.WriteAt(entry, at); err != nil {
			t.Fatal(err)
		}
	}
	p := pack{path: "far", data: file, shelf: &shelf{}}
	s, err := p.read(far, math.MaxInt64, nil)
	if s.kind != plumbing.BlobObject || string(s.data) != "base and" || err != nil {
		t.Errorf("%s %q, error %v", s.kind, s.data, err)
	}
}

func deflated(text string) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write([]byte(text)) // memory takes all
	_ = z.Close()
	return out.Bytes()
}
