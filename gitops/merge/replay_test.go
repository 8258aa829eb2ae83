package merge

import (
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

func TestReplayKeepsWhatTheCommitSays(t *testing.T) {
	s := memory.NewStorage()
	base := storeCommit(t, s, snapshot{"f": regular(letters)}.store(t, s))
	onto := storeCommit(t, s, snapshot{"f": regular(upperE)}.store(t, s), base)
	old := Commit{
		Tree:      snapshot{"f": regular(upperA)}.store(t, s),
		Parents:   []plumbing.Hash{base},
		Author:    "J\xfcrgen <j@example.invalid> 1 -0000",
		Committer: "Old <old@example.invalid> 2 +0000",
		Headers:   []Header{{"encoding", "encoding ISO-8859-1\n"}, {"gpgsig", "gpgsig -----BEGIN\n -----END\n"}, {"mergetag", "mergetag object 0\n x\n"}, {"odd", "odd  one\n"}},
		Message:   []byte("Gr\xfc\xdfe\n\nno end"),
	}
	commit, err := writeObject(s, plumbing.CommitObject, old.Encode())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Replay(s, commit, onto, ReplayOptions{Committer: ada(), Message: func(m []byte) []byte { return AddTrailer(m, "Belay-Id", "1") }})
	if err != nil {
		t.Fatal(err)
	}
	want := Commit{
		Tree:      snapshot{"f": regular(upperAE)}.store(t, s),
		Parents:   []plumbing.Hash{onto},
		Author:    old.Author,
		Committer: "Ada <ada@example.invalid> 1767319445 +0100",
		Headers:   []Header{old.Headers[0], old.Headers[3]},
		Message:   []byte("Gr\xfc\xdfe\n\nno end\n\nBelay-Id: 1\n"),
	}
	made, err := readCommit(s, got.Commit)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Replayed{Commit: got.Commit, Tree: want.Tree, Merged: []string{"f"}, SignatureDropped: true}, got); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
}

func TestReplay(t *testing.T) {
	s := memory.NewStorage()
	tree := func(text string) plumbing.Hash { return snapshot{"f": regular(text)}.store(t, s) }
	root := storeCommit(t, s, tree(letters))
	change := storeCommit(t, s, tree(upperA), root)
	nothing := storeCommit(t, s, tree(letters), root)
	upperEOnTop, upperBOnTop := storeCommit(t, s, tree(upperE), root), storeCommit(t, s, tree("a\nB\nc\nd\ne\n"), root)
	other := tree(upperE)
	for _, c := range []struct {
		name         string
		commit, onto plumbing.Hash
		base         *plumbing.Hash
		want         Replayed
	}{
		{"onto other work", change, upperEOnTop, nil, Replayed{Tree: tree(upperAE), Merged: []string{"f"}}},
		{"onto its own parent", change, root, nil, Replayed{Tree: tree(upperA)}},
		{"onto the same change", change, change, nil, Replayed{Tree: tree(upperA), Empty: true}},
		{"onto work in the same place", change, upperBOnTop, nil, Replayed{Conflicts: []Conflict{{"f", Content}}}},
		{"of a commit that changes nothing", nothing, upperEOnTop, nil, Replayed{Tree: tree(upperE), Empty: true}},
		{"onto an empty branch", root, plumbing.ZeroHash, nil, Replayed{Tree: tree(letters)}},
		{"of a first commit onto the same file", root, upperEOnTop, nil, Replayed{Conflicts: []Conflict{{"f", AddAdd}}}},
		{"measured from another base", change, upperEOnTop, &other, Replayed{Tree: tree(upperA)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Replay(s, c.commit, c.onto, ReplayOptions{BaseTree: c.base, Committer: ada()})
			if err != nil {
				t.Fatal(err)
			}
			if made := !got.Commit.IsZero(); made == (c.want.Empty || c.want.Conflicts != nil) {
				t.Errorf("a commit was made: %v", made)
			}
			got.Commit = plumbing.ZeroHash
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("replayed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReplayFailsWithoutItsCommits(t *testing.T) {
	s := memory.NewStorage()
	tree := snapshot{"f": regular("1")}.store(t, s)
	missing := plumbing.NewHash("0123456789012345678901234567890123456789")
	orphan, there := storeCommit(t, s, tree, missing), storeCommit(t, s, tree)
	for name, pair := range map[string][2]plumbing.Hash{"no commit": {missing, there}, "no parent": {orphan, there}, "no tip": {there, missing}} {
		if _, err := Replay(s, pair[0], pair[1], ReplayOptions{Committer: ada()}); err == nil {
			t.Errorf("%s: Replay gives no error", name)
		}
		if _, err := Revert(s, pair[0], pair[1], nil, ada(), ada(), Options{}); err == nil {
			t.Errorf("%s: Revert gives no error", name)
		}
	}
	if _, err := Replay(s, orphan, there, ReplayOptions{BaseTree: &tree, Committer: ada()}); err != nil {
		t.Errorf("with a base given, the parent is not needed, but: %v", err)
	}
}

func TestRevert(t *testing.T) {
	s := memory.NewStorage()
	tree := func(text string) plumbing.Hash { return snapshot{"f": regular(text)}.store(t, s) }
	root := storeCommit(t, s, tree(letters))
	change := storeCommit(t, s, tree(upperA), root)
	for _, c := range []struct {
		name         string
		commit, onto plumbing.Hash
		want         Replayed
	}{
		{"at the tip", change, change, Replayed{Tree: tree(letters)}},
		{"under later work elsewhere", change, storeCommit(t, s, tree(upperAE), change), Replayed{Tree: tree(upperE), Merged: []string{"f"}}},
		{"under later work in the same place", change, storeCommit(t, s, tree("Z\nb\nc\nd\ne\n"), change), Replayed{Conflicts: []Conflict{{"f", Content}}}},
		{"already reverted", change, storeCommit(t, s, tree(letters), change), Replayed{Tree: tree(letters), Empty: true}},
		{"of a first commit", root, root, Replayed{Tree: emptyTree()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Revert(s, c.commit, c.onto, []byte("Revert\n"), ada(), ada(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got.Commit = plumbing.ZeroHash
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("reverted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignatureIsWrittenAsGitWritesIt(t *testing.T) {
	when := time.Unix(1767319445, 5).In(time.FixedZone("", -(5*3600 + 30*60)))
	for _, c := range []struct{ name, email, want string }{
		{"Ada", "ada@example.invalid", "Ada <ada@example.invalid> 1767319445 -0530"},
		{"belay[bot]", "1+belay[bot]@users.noreply.github.com", "belay[bot] <1+belay[bot]@users.noreply.github.com> 1767319445 -0530"},
		{" \"A. <B>\nC.,\" ", "<a\n@b>", "A. BC <a@b> 1767319445 -0530"},
		{"", "", " <> 1767319445 -0530"},
	} {
		if got := (Signature{c.name, c.email, when}).String(); got != c.want {
			t.Errorf("signature of %q, %q: %q, want %q", c.name, c.email, got, c.want)
		}
	}
}
