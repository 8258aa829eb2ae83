package merge

import (
	"bytes"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

// A Resolver is asked where git conflicts over lines, and nowhere else.
func TestResolver(t *testing.T) {
	for _, c := range []struct {
		name               string
		base, ours, theirs snapshot
		asked, clean       bool
	}{
		{"lines that conflict", snapshot{"f": regular("1\n2\n")}, snapshot{"f": regular("a\n2\n")}, snapshot{"f": regular("1\nb\n")}, true, true},
		{"lines that merge", snapshot{"f": regular(letters)}, snapshot{"f": regular(upperA)}, snapshot{"f": regular(upperE)}, false, true},
		{"a file one side deleted", snapshot{"f": regular("1\n")}, snapshot{}, snapshot{"f": regular("2\n")}, false, false},
		{"a file both added", snapshot{}, snapshot{"f": regular("1\n")}, snapshot{"f": regular("2\n")}, false, false},
		{"a link", snapshot{"f": symlink("1")}, snapshot{"f": symlink("2")}, snapshot{"f": symlink("3")}, false, false},
		{"a binary file", snapshot{"f": regular("1\x00")}, snapshot{"f": regular("2\x00")}, snapshot{"f": regular("3\x00")}, false, false},
		{
			"a file with a merge attribute", snapshot{".gitattributes": regular("f -merge\n"), "f": regular("1\n2\n")},
			snapshot{".gitattributes": regular("f -merge\n"), "f": regular("a\n2\n")}, snapshot{".gitattributes": regular("f -merge\n"), "f": regular("1\nb\n")}, false, false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, answer := range []bool{true, false} {
				asked := false
				resolve := func(path string, base, ours, theirs []byte) ([]byte, []string, bool) {
					asked = true
					if path != "f" {
						t.Errorf("asked for %q", path)
					}
					return bytes.Join([][]byte{base, ours, theirs}, nil), []string{"b"}, answer
				}
				s := memory.NewStorage()
				base, ours, theirs := c.base.store(t, s), c.ours.store(t, s), c.theirs.store(t, s)
				got, err := TreesWith(s, base, ours, theirs, Options{Resolve: resolve})
				if err != nil || asked != c.asked {
					t.Fatalf("asked: %v, want %v (%v)", asked, c.asked, err)
				}
				if clean := got.Tree != plumbing.ZeroHash; clean != (c.clean && (answer || !c.asked)) {
					t.Errorf("answered %v, merged %v: %v", answer, clean, got.Conflicts)
				}
				if !answer || !c.asked {
					if len(got.Resolved) > 0 {
						t.Errorf("resolved %v", got.Resolved)
					}
					continue
				}
				want := (snapshot{"f": regular("1\n2\na\n2\n1\nb\n")}).store(t, s)
				if diff := cmp.Diff([]Resolved{{Path: "f", What: []string{"b"}}}, got.Resolved); got.Tree != want || diff != "" {
					t.Errorf("tree %s, want %s; resolved (-want +got):\n%s", got.Tree, want, diff)
				}
			}
		})
	}
}

// Replays and reverts hand the options on, and name what was resolved.
func TestReplayAndRevertResolve(t *testing.T) {
	s := memory.NewStorage()
	took := func(_ string, _, ours, _ []byte) ([]byte, []string, bool) {
		return append(ours, '!'), []string{"k"}, true
	}
	first := storeCommit(t, s, snapshot{"f": regular("1\n2\n")}.store(t, s))
	own := storeCommit(t, s, snapshot{"f": regular("a\n2\n")}.store(t, s), first)
	tip := storeCommit(t, s, snapshot{"f": regular("1\nb\n")}.store(t, s), first)
	both := storeCommit(t, s, snapshot{"f": regular("a\nb\n")}.store(t, s), own)
	for name, do := range map[string]func() (Replayed, error){
		"replay": func() (Replayed, error) {
			return Replay(s, own, tip, ReplayOptions{Committer: ada(), Options: Options{Resolve: took}})
		},
		"revert": func() (Replayed, error) { return Revert(s, own, both, nil, ada(), ada(), Options{Resolve: took}) },
	} {
		got, err := do()
		if err != nil || got.Commit.IsZero() {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if diff := cmp.Diff([]Resolved{{Path: "f", What: []string{"k"}}}, got.Resolved); diff != "" {
			t.Errorf("%s: resolved (-want +got):\n%s", name, diff)
		}
	}
}
