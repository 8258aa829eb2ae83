package merge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
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
		if _, err := Revert(s, pair[0], pair[1], nil, ada(), ada()); err == nil {
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
			got, err := Revert(s, c.commit, c.onto, []byte("Revert\n"), ada(), ada())
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

// TestReplayAndRevertMakeGitsCommits does random commits over with git cherry-pick and git revert, in a work tree, and
// compares the new commits by id: trees, parents, author, committer and message are all in it.
func TestReplayAndRevertMakeGitsCommits(t *testing.T) {
	n, seed := envNumber(t, "BELAY_DIFF_N", 2000)/20, uint64(envNumber(t, "BELAY_DIFF_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d, %d cases each", seed, n)
	s := memory.NewStorage()
	var input strings.Builder
	type pick struct {
		commit, onto plumbing.Hash
		revert       bool
		snaps        [3]snapshot
	}
	var picks []pick
	for i := range 2 * n {
		snaps := triple(rand.New(rand.NewPCG(seed, uint64(i))))
		for _, snap := range snaps {
			for path, b := range snap {
				if b.mode == filemode.Symlink { // a work tree takes no empty target, and no NUL in it
					snap[path] = blob{b.mode, "to " + strings.ReplaceAll(b.text, "\x00", "")}
				}
			}
		}
		base, change, tip := snaps[0].store(t, s), snaps[1].store(t, s), snaps[2].store(t, s)
		p := pick{revert: i%2 == 1, snaps: snaps}
		if parent := storeCommit(t, s, base); p.revert {
			p.commit = storeCommit(t, s, base, storeCommit(t, s, change))
			p.onto = storeCommit(t, s, tip, p.commit)
			fmt.Fprintf(&input, "revert %s %s\n", p.commit, p.onto)
		} else {
			p.commit, p.onto = storeCommit(t, s, change, parent), storeCommit(t, s, tip, parent)
			fmt.Fprintf(&input, "cherry-pick %s %s\n", p.commit, p.onto)
		}
		picks = append(picks, p)
	}
	script := `while read -r what commit onto; do
		git checkout --quiet --force --detach "$onto" && git clean -ffdxq || { git status >&2; echo stuck; continue; }
		if git "$what" $([ "$what" = revert ] && echo --no-edit) "$commit" </dev/null >/dev/null 2>&1; then git rev-parse HEAD
		elif [ -n "$(git ls-files --unmerged)" ]; then echo conflict; git reset --quiet --hard
		else echo empty; git reset --quiet --hard; fi
	done`
	dir := repository(t, s)
	answers := strings.Fields(command(t, dir, input.String(), "sh", "-c", script))
	if len(answers) != len(picks) {
		t.Fatalf("git answered %d of %d cases", len(answers), len(picks))
	}
	made, declined := 0, 0
	for i, p := range picks {
		var got Replayed
		var err error
		if p.revert {
			message := fmt.Sprintf("Revert \"change\"\n\nThis reverts commit %s.\n", p.commit)
			got, err = Revert(s, p.commit, p.onto, []byte(message), ada(), ada())
		} else {
			got, err = Replay(s, p.commit, p.onto, ReplayOptions{Committer: ada()})
		}
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		answer := got.Commit.String()
		switch {
		case len(got.Conflicts) > 0:
			if answers[i] != "conflict" {
				declined++
			}
			continue
		case got.Empty:
			answer = "empty"
		default:
			made++
		}
		if answer != answers[i] {
			t.Errorf("case %d (revert: %v): belay makes %s, git %s\n%s", i, p.revert, answer, answers[i], describe(p.snaps))
		}
	}
	t.Logf("%d commits made alike, %d declined", made, declined)
}
