package gitops

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
				kind, data, err := objects.read(plumbing.NewHash(id))
				if err != nil {
					t.Fatal(err)
				}
				if got := plumbing.ComputeHash(kind, data).String(); got != id || objects.HasEncodedObject(plumbing.NewHash(id)) != nil {
					t.Errorf("%s was read as %s", id, got)
				}
			}
			if missing := objects.HasEncodedObject(plumbing.NewHash("12")); !errors.Is(missing, plumbing.ErrObjectNotFound) {
				t.Errorf("an object nobody has: %v", missing)
			}
		})
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
			_, _, _ = objects.read(plumbing.NewHash(id))
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
	p := pack{path: "far", data: file}
	kind, data, err := p.read(far, nil)
	if kind != plumbing.BlobObject || string(data) != "base and" || err != nil {
		t.Errorf("%s %q, error %v", kind, data, err)
	}
}

func deflated(text string) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write([]byte(text)) // memory takes all
	_ = z.Close()
	return out.Bytes()
}
