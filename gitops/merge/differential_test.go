package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// mergeCase is one merge to be done by belay and by git.
type mergeCase struct {
	name               string
	base, ours, theirs plumbing.Hash // trees
}

// gitAnswer is what git made of a case.
type gitAnswer struct {
	clean bool
	tree  string
}

// askGit does every case with git merge-tree. Git before 2.40 takes no merge base, so each case becomes two commits
// on a common parent.
func askGit(t *testing.T, s *memory.Storage, cases []mergeCase) []gitAnswer {
	t.Helper()
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "--quiet", "--bare", ".")
	var input strings.Builder
	for _, c := range cases {
		parent := storeCommit(t, s, c.base)
		fmt.Fprintf(&input, "%s %s\n", storeCommit(t, s, c.ours, parent), storeCommit(t, s, c.theirs, parent))
	}
	var pack bytes.Buffer
	ids := slices.Collect(maps.Keys(s.Objects))
	if _, err := packfile.NewEncoder(&pack, s, false).Encode(ids, 0); err != nil {
		t.Fatal(err)
	}
	runGit(t, dir, pack.String(), "index-pack", "--stdin")
	fields := strings.Split(runGit(t, dir, input.String(), "merge-tree", "--write-tree", "--stdin", "--no-messages", "--name-only"), "\x00")
	var answers []gitAnswer
	for len(fields) > 2 {
		answers = append(answers, gitAnswer{fields[0] == "1", fields[1]})
		fields = fields[2+slices.Index(fields[2:], "")+1:]
	}
	if len(answers) != len(cases) {
		t.Fatalf("git merged %d of %d cases", len(answers), len(cases))
	}
	return answers
}

func runGit(t *testing.T, dir, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gittest.Env(dir), strings.NewReader(input)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func ada() Signature {
	return Signature{"Ada", "ada@example.invalid", time.Unix(1767323045, 0).In(time.FixedZone("", 3600))}
}

func storeCommit(t testing.TB, s Store, tree plumbing.Hash, parents ...plumbing.Hash) plumbing.Hash {
	t.Helper()
	c := Commit{Tree: tree, Parents: parents, Author: ada().String(), Committer: ada().String(), Message: []byte("change\n")}
	id, err := writeObject(s, plumbing.CommitObject, c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// envNumber reads a number from the environment.
func envNumber(t *testing.T, name string, fallback int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhereTreesMergeGitAgrees is the law of the package, tried on random histories. BELAY_DIFF_N says how many,
// BELAY_DIFF_SEED which.
func TestWhereTreesMergeGitAgrees(t *testing.T) {
	n, seed := envNumber(t, "BELAY_DIFF_N", 3000), uint64(envNumber(t, "BELAY_DIFF_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d", seed)
	for done := 0; done < n; done += 2000 {
		s := memory.NewStorage()
		var cases []mergeCase
		var triples [][3]snapshot
		for i := done; i < min(n, done+2000); i++ {
			snaps := triple(rand.New(rand.NewPCG(seed, uint64(i))))
			triples = append(triples, snaps)
			cases = append(cases, mergeCase{fmt.Sprint(i), snaps[0].store(t, s), snaps[1].store(t, s), snaps[2].store(t, s)})
		}
		compareWithGit(t, s, cases, func(i int) string { return describe(triples[i]) })
	}
}

// compareWithGit fails for every case that belay merges and git does not, or merges otherwise.
func compareWithGit(t *testing.T, s *memory.Storage, cases []mergeCase, show func(int) string) {
	t.Helper()
	answers := askGit(t, s, cases)
	var same, both, declined int
	why := map[Reason]int{}
	for i, c := range cases {
		got, err := Trees(s, c.base, c.ours, c.theirs)
		if err != nil {
			t.Fatalf("case %s: %v", c.name, err)
		}
		want := answers[i]
		switch clean := len(got.Conflicts) == 0; {
		case clean && want.clean && got.Tree.String() == want.tree:
			same++
		case !clean && !want.clean:
			both++
		case !clean:
			declined++
			for _, c := range got.Conflicts {
				why[c.Reason]++
			}
		case !want.clean:
			t.Errorf("case %s: belay merges, git conflicts\n%s", c.name, show(i))
		default:
			t.Errorf("case %s: belay merges to %s, git to %s\n%s", c.name, got.Tree, want.tree, show(i))
		}
	}
	t.Logf("%d cases: %d the same, %d conflict for both, %d declined %v", len(cases), same, both, declined, why)
}

func describe(snaps [3]snapshot) string {
	var b strings.Builder
	for i, name := range []string{"base", "ours", "theirs"} {
		fmt.Fprintf(&b, "%s:\n", name)
		for _, path := range slices.Sorted(maps.Keys(snaps[i])) {
			f := snaps[i][path]
			fmt.Fprintf(&b, "  %o %s %q\n", uint32(f.mode), path, f.text)
		}
	}
	return b.String()
}
