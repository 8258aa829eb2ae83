package gitops

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestALargeObjectIsReadFromWhereItLies(t *testing.T) {
	noise := make([]byte, 3*largeAt)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, keep := range map[string]func(dir string){
		"loose":  func(string) {},
		"packed": func(dir string) { gittest.Git(t, dir, "repack", "-adq") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			gittest.Git(t, dir, "init", "--quiet")
			gittest.Commit(t, dir, "large", map[string]string{"noise": string(noise)})
			keep(dir)
			store, err := openObjects(filepath.Join(dir, ".git"))
			if err != nil {
				t.Fatal(err)
			}
			defer store.close()
			hash := plumbing.NewHash(gittest.Git(t, dir, "rev-parse", "HEAD:noise"))
			o, err := store.EncodedObject(plumbing.BlobObject, hash)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := o.(*large); !ok || o.Size() != int64(len(noise)) || o.Hash() != hash || o.Type() != plumbing.BlobObject {
				t.Errorf("a %T of %d bytes", o, o.Size())
			}
			for range 2 {
				in, err := o.Reader()
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(in)
				if err != nil || !bytes.Equal(got, noise) || in.Close() != nil {
					t.Errorf("%d bytes came back, error %v", len(got), err)
				}
			}
			if _, err := store.EncodedObject(plumbing.TreeObject, hash); err != plumbing.ErrObjectNotFound {
				t.Errorf("as a tree: error %v", err)
			}
		})
	}
}

func TestALargeFileLands(t *testing.T) {
	for name, threshold := range map[string]string{"kept in a file": "512m", "kept in a pack": "1m"} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			gittest.Git(t, s.work, "config", "core.bigFileThreshold", threshold)
			r := s.open()
			noise := make([]byte, 2*largeAt)
			for i := range noise {
				noise[i] = byte(rand.Uint32())
			}
			noise[0], noise[len(noise)-1] = '<', '>' // what git prints is compared without the space around it
			if err := os.WriteFile(filepath.Join(s.work, "noise"), noise, 0o644); err != nil {
				t.Fatal(err)
			}
			change := s.stage(r)
			s.push("theirs", map[string]string{"a.txt": "theirs\n"})
			o := s.land(r, change, "land")
			if o.State == Raced {
				o = s.land(r, change, "land")
			}
			s.want(o, Landed)
			if s.file("noise") != string(noise)+"\n" {
				t.Error("the file came out changed")
			}
			s.sound()
		})
	}
}
