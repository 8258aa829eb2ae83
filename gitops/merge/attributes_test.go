package merge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
)

func TestAMergeAttributeForbidsMergingByLine(t *testing.T) {
	for _, c := range []struct {
		name     string
		file     string // where the attributes are
		text     string
		declined bool
	}{
		{"for every path", ".gitattributes", "* -merge\n", true},
		{"as a driver", ".gitattributes", "*.txt merge=union\n", true},
		{"as binary", ".gitattributes", "*.txt binary\n", true},
		{"among others", ".gitattributes", "*.txt text eol=lf merge=ours diff\n", true},
		{"by a macro", ".gitattributes", "[attr]generated -diff -merge\n*.txt generated\n", true},
		{"by a macro of a macro", ".gitattributes", "[attr]a b\n[attr]b merge=x\n*.txt a\n", true},
		{"in the path's folder", "d/e/.gitattributes", "f.txt -merge\n", true},
		{"on the way to it", "d/.gitattributes", "/e/*.txt -merge\n", true},
		{"in other letters", ".gitattributes", "F.TXT -merge\n", true},
		{"in quotes", ".gitattributes", "\"f.txt\" -merge\n", true},
		{"after a byte order mark", ".gitattributes", "\ufefff.txt -merge\n", true},
		{"across folders", ".gitattributes", "**/f.txt -merge\n", true},
		{"below a folder", ".gitattributes", "d/** -merge\n", true},
		{"by a set of characters", ".gitattributes", "[f]* -merge\n", true},
		{"for another name", ".gitattributes", "*.lock -merge\n", false},
		{"in a folder beside it", "x/.gitattributes", "* -merge\n", false},
		{"in a comment", ".gitattributes", "# * -merge\n", false},
		{"when only text and eol are set", ".gitattributes", "* text=auto eol=lf -text\n", false},
		{"by a macro that says nothing of it", ".gitattributes", "[attr]plain -text\n*.txt plain\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, only := range []int{0, 1, 2} { // base, ours, theirs
				s := memory.NewStorage()
				var trees [3]plumbing.Hash
				for i, text := range []string{letters, upperA, upperE} {
					snap := snapshot{"d/e/f.txt": regular(text)}
					if i == only {
						snap[c.file] = regular(c.text)
					}
					trees[i] = snap.store(t, s)
				}
				got, err := Trees(s, trees[0], trees[1], trees[2])
				if err != nil {
					t.Fatal(err)
				}
				if declined := len(got.Conflicts) > 0; declined != c.declined || declined && got.Conflicts[0] != (Conflict{"d/e/f.txt", Attribute}) {
					t.Errorf("attributes in tree %d: conflicts %v, want a refusal: %v", only, got.Conflicts, c.declined)
				}
			}
		})
	}
}

func TestGitItselfMergesByAttribute(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", ".")
	gittest.Commit(t, dir, "base", map[string]string{"f": letters, ".gitattributes": "f merge=binary\n"})
	gittest.Git(t, dir, "branch", "other")
	gittest.Commit(t, dir, "ours", map[string]string{"f": upperA})
	gittest.Git(t, dir, "checkout", "--quiet", "other")
	gittest.Commit(t, dir, "theirs", map[string]string{"f": upperE})
	if out, err := gittest.TryGit(dir, "merge", "-"); err == nil {
		t.Errorf("git merges by line in spite of the attribute:\n%s", out)
	}
}

// TestNoMergeAttributeThatGitSeesIsMissed compares patterns with git's own reading of them.
func TestNoMergeAttributeThatGitSeesIsMissed(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", ".")
	r := rand.New(rand.NewPCG(1, uint64(envNumber(t, "BELAY_DIFF_SEED", 1))))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var paths []string
	for range 200 {
		path := pick("a", "b", "A.c", "é")
		for range r.IntN(3) {
			path += pick("", "b", ".") + pick("/a", "/b", "/ab", "/.x")
		}
		paths = append(paths, path)
	}
	seen := 0
	for range 60 {
		var text strings.Builder
		for range 1 + r.IntN(2) {
			for range 1 + r.IntN(5) {
				text.WriteString(pick("a", "b", "/", "*", "**", "/**", "**/", "?", "[ab]", "[!a]", ".", "é", `\a`))
			}
			text.WriteString(pick(" merge", " -merge", "\t-text merge=x", "  binary", " text") + "\n")
		}
		gittest.Write(t, dir, map[string]string{".gitattributes": text.String()})
		lines := parseAttributes(text.String())
		out := strings.Split(runGit(t, dir, strings.Join(paths, "\x00"), "check-attr", "-z", "--stdin", "merge"), "\x00")
		for i, path := range paths {
			if out[3*i+2] == "unspecified" {
				continue
			}
			seen++
			found := false
			for _, line := range lines {
				found = found || line.sets([]string{"merge", "binary"}) && line.matches(path)
			}
			if !found {
				t.Errorf("git sees merge=%s for %s in:\n%s", out[3*i+2], path, fmt.Sprintf("%q", text.String()))
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d attributes were seen by git: the test tests nothing", seen)
	}
}
