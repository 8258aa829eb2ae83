package merge

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
)

const (
	oneTree   = "tree 0123456789abcdef0123456789abcdef01234567\n"
	oneParent = "parent 89abcdef0123456789abcdef0123456789abcdef\n"
	persons   = "author Ada <ada@example.invalid> 1767319445 -0000\ncommitter Bob <> 1 +0100\n"
)

func TestParseCommit(t *testing.T) {
	raw := oneTree + oneParent + oneParent + persons +
		"encoding ISO-8859-1\nmergetag object 0\n type commit\n \n x\ngpgsig -----BEGIN\n \n -----END\nodd\n" + "\nTitle \xe9\n\nBody\x00\n"
	got, err := ParseCommit([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	parent := plumbing.NewHash("89abcdef0123456789abcdef0123456789abcdef")
	want := Commit{
		Tree:      plumbing.NewHash("0123456789abcdef0123456789abcdef01234567"),
		Parents:   []plumbing.Hash{parent, parent},
		Author:    "Ada <ada@example.invalid> 1767319445 -0000",
		Committer: "Bob <> 1 +0100",
		Headers: []Header{
			{"encoding", "encoding ISO-8859-1\n"}, {"mergetag", "mergetag object 0\n type commit\n \n x\n"},
			{"gpgsig", "gpgsig -----BEGIN\n \n -----END\n"}, {"odd", "odd\n"},
		},
		Message: []byte("Title \xe9\n\nBody\x00\n"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
	if string(got.Encode()) != raw {
		t.Errorf("encoded again: %q", got.Encode())
	}
}

func TestParseCommitRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":              "",
		"a tree alone":         oneTree,
		"no tree":              persons + "\nx\n",
		"a short hash":         "tree 0123\n" + persons + "\nx\n",
		"a hash in capitals":   strings.ToUpper("tree 0123456789abcdef0123456789abcdef01234567") + "\n" + persons + "\nx\n",
		"parents after author": oneTree + "author A <> 1 +0000\n" + oneParent + "committer A <> 1 +0000\n\nx\n",
		"a header without end": oneTree + strings.TrimSuffix(persons, "\n"),
	} {
		if c, err := ParseCommit([]byte(raw)); err == nil {
			t.Errorf("%s: ParseCommit took it for %+v", name, c)
		}
	}
}

func TestACommitWithoutMessageKeepsItsBytes(t *testing.T) {
	for _, raw := range []string{oneTree + persons, oneTree + persons + "\n", oneTree + persons + "\n\n\n"} {
		c, err := ParseCommit([]byte(raw))
		if err != nil || string(c.Encode()) != raw {
			t.Errorf("%q becomes %q, %v", raw, c.Encode(), err)
		}
	}
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte(oneTree + oneParent + persons + "gpgsig a\n b\n\nTitle\n\nSigned-off-by: A\n"))
	f.Add([]byte(oneTree + persons))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseCommit(raw)
		if err != nil {
			return
		}
		if string(c.Encode()) != string(raw) {
			t.Errorf("%q becomes %q", raw, c.Encode())
		}
		c.Message = AddTrailer(c.Message, "Belay-Id", "1")
		if got := c.Trailer("belay-id"); len(got) == 0 || got[len(got)-1] != "1" {
			t.Errorf("the trailer added to %q is read back as %q", raw, got)
		}
	})
}

func TestTrailers(t *testing.T) {
	for _, c := range []struct {
		name, message string
		want          []Trailer
	}{
		{"in the last paragraph", "Title\n\nBody\n\nBelay-Id: 1\nSigned-off-by: A <a@b>\n", []Trailer{{"Belay-Id", "1"}, {"Signed-off-by", "A <a@b>"}}},
		{"not in the title", "Fix: it\n", nil},
		{"not in an earlier paragraph", "Title\n\nBelay-Id: 1\n\nBody\n", nil},
		{"not among prose", "Title\n\nBelay-Id: 1\nand more words\n", nil},
		{"among prose when git signed it", "Title\n\nprose\nSigned-off-by: A\nBelay-Id: 1\n", []Trailer{{"Signed-off-by", "A"}, {"Belay-Id", "1"}}},
		{"not among too much prose", "Title\n\na\nb\nc\nd\nSigned-off-by: A\n", nil},
		{"going on on the next line", "Title\n\nLong: one\n  two\n\tthree\n", []Trailer{{"Long", "one two three"}}},
		{"not going on after prose", "Title\n\nSigned-off-by: A\nprose\n more prose\n", []Trailer{{"Signed-off-by", "A"}}},
		{"before blank lines", "Title\n\nA: 1\n\n \n", []Trailer{{"A", "1"}}},
		{"with space before the colon and none after", "Title\n\nA :1\n", []Trailer{{"A", "1"}}},
		{"after a picked commit", "Title\n\nA: 1\n(cherry picked from commit 0)\n", []Trailer{{"A", "1"}}},
		{"without a last line end", "Title\n\nA: 1", []Trailer{{"A", "1"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, TrailersOf([]byte(c.message))); diff != "" {
				t.Errorf("trailers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddTrailer(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"to a title", "Title\n", "Title\n\nBelay-Id: 1\n"},
		{"to a title that looks like one", "Fix: it\n", "Fix: it\n\nBelay-Id: 1\n"},
		{"to a title without line end", "Title", "Title\n\nBelay-Id: 1\n"},
		{"to nothing", "", "\nBelay-Id: 1\n"},
		{"to trailers", "Title\n\nA: 1\n", "Title\n\nA: 1\nBelay-Id: 1\n"},
		{"to its like with another value", "Title\n\nBelay-Id: 2\n", "Title\n\nBelay-Id: 2\nBelay-Id: 1\n"},
		{"once only", "Title\n\nbelay-id:  1\nA: 2\n", "Title\n\nbelay-id:  1\nA: 2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(AddTrailer([]byte(c.message), "Belay-Id", "1")); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestTrailersAreReadAndAddedAsGitDoes puts random messages to git interpret-trailers.
func TestTrailersAreReadAndAddedAsGitDoes(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, uint64(envNumber(t, "BELAY_DIFF_SEED", 1))))
	parts := []string{"Title\n", "\n", "A: 1\n", "Belay-Id: 1\n", "prose\n", "  more\n", "\tmore: x\n", "Signed-off-by: A\n", "(cherry picked from commit 1)\n", "B :\n", "c d: 2\n", " \n", "---\n", "é: 1\n", ": 1\n"}
	for range 150 {
		message := "Title\n"
		for range r.IntN(9) {
			message += parts[r.IntN(len(parts))]
		}
		added := string(AddTrailer([]byte(message), "Belay-Id", "1"))
		for _, message := range []string{message, added} {
			var got strings.Builder
			for _, trailer := range TrailersOf([]byte(message)) {
				got.WriteString(strings.TrimRight(trailer.Name+": "+trailer.Value, " ") + "\n")
			}
			want := runGit(t, dir, message, "interpret-trailers", "--parse", "--no-divider")
			if want = strings.ReplaceAll(want, ": \n", ":\n"); got.String() != want {
				t.Errorf("trailers of %q: %q, git reads %q", message, got.String(), want)
			}
		}
		if strings.Contains(message, " \n") || strings.Contains(message, "B :") {
			continue // git tidies these lines up while it is there
		}
		want := runGit(t, dir, message, "interpret-trailers", "--no-divider", "--if-exists", "addIfDifferent", "--trailer", "Belay-Id: 1")
		if added != want {
			t.Errorf("added to %q: %q, git makes %q", message, added, want)
		}
	}
}
