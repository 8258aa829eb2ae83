package wire

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

// repository is a served repository with one commit on main, and a clone of it.
type repository struct {
	server *gittest.Server
	url    string
	dir    string // the bare repository
	work   string // the clone
	tip    Hash
}

func serve(t *testing.T) *repository {
	t.Helper()
	s := gittest.Serve(t)
	r := &repository{server: s, url: s.Create(t, "shop.git"), dir: s.Dir("shop.git")}
	r.work = gittest.Clone(t, r.url)
	r.tip = r.commit(t, map[string]string{"a.txt": "one\n"})
	return r
}

// serveOn is serve on a server that git itself need not trust.
func serveOn(t *testing.T, s *gittest.Server) *repository {
	t.Helper()
	r := &repository{server: s, url: s.Create(t, "shop.git"), dir: s.Dir("shop.git")}
	r.work = gittest.Clone(t, r.dir)
	r.tip = r.commit(t, map[string]string{"a.txt": "one\n"})
	return r
}

// commit pushes a commit to main with git.
func (r *repository) commit(t *testing.T, files map[string]string) Hash {
	t.Helper()
	return plumbing.NewHash(gittest.CommitAndPush(t, r.work, "main", "change", files))
}

// at returns what a ref of the bare repository points at, zero when it does not exist.
func (r *repository) at(t *testing.T, ref string) Hash {
	t.Helper()
	out, err := gittest.TryGit(r.dir, "rev-parse", "--verify", "--quiet", ref)
	if err != nil {
		return Hash{}
	}
	return plumbing.NewHash(out)
}

func dial(t *testing.T, url string, o Options) *Conn {
	t.Helper()
	c, err := Dial(url, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// change is a commit made without git: its three objects, and where they are.
type change struct {
	commit  Hash
	objects []Hash
	source  storer.EncodedObjectStorer
}

// onto makes a commit on parent (none when zero) whose tree holds the single file.
func onto(t *testing.T, parent Hash, content string) change {
	t.Helper()
	store := memory.NewStorage()
	blob := put(t, store, plumbing.BlobObject, content)
	tree := put(t, store, plumbing.TreeObject, "100644 ours.txt\x00"+string(blob[:]))
	text := fmt.Sprintf("tree %s\n", tree)
	if !parent.IsZero() {
		text += fmt.Sprintf("parent %s\n", parent)
	}
	who := fmt.Sprintf("Ada <ada@example.invalid> %d +0000", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	commit := put(t, store, plumbing.CommitObject, text+"author "+who+"\ncommitter "+who+"\n\nours\n")
	return change{commit, []Hash{commit, tree, blob}, store}
}

func put(t *testing.T, store storer.EncodedObjectStorer, kind plumbing.ObjectType, content string) Hash {
	t.Helper()
	o := store.NewEncodedObject()
	o.SetType(kind)
	w, err := o.Writer()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	hash, err := store.SetEncodedObject(o)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// push is a request that puts the change on ref.
func (c change) push(ref string, old Hash) PushRequest {
	return PushRequest{Updates: []Update{{ref, old, c.commit}}, Objects: c.objects, Source: c.source}
}

// file reads a file of a commit's tree from a store.
func file(t *testing.T, store storer.EncodedObjectStorer, commit Hash, name string) string {
	t.Helper()
	c, err := object.GetCommit(store, commit)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.File(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Contents()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
