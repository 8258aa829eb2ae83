package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// askGit merges every case (base, ours and theirs as trees) with git merge-tree. Git before 2.40 takes no merge base,
// so each case becomes two commits on a common parent.
func askGit(t *testing.T, s *memory.Storage, cases [][3]plumbing.Hash) []gittest.Merged {
	t.Helper()
	var pairs [][2]string
	for _, c := range cases {
		parent := storeCommit(t, s, c[0])
		pairs = append(pairs, [2]string{storeCommit(t, s, c[1], parent).String(), storeCommit(t, s, c[2], parent).String()})
	}
	dir := repository(t, s, "--bare")
	if usage, _ := gittest.TryGit(dir, "merge-tree", "-h"); !strings.Contains(usage, "--stdin") {
		t.Skip("this git can't merge many trees at once: 2.39 can")
	}
	return gittest.MergeTrees(pairs, func(args ...string) *exec.Cmd {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, gittest.Env(dir)
		return cmd
	})
}

// repository makes a git repository of everything in s.
func repository(t *testing.T, s *memory.Storage, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	gittest.Git(t, dir, append([]string{"init", "--quiet", "."}, args...)...)
	var pack bytes.Buffer
	if _, err := packfile.NewEncoder(&pack, s, false).Encode(slices.Collect(maps.Keys(s.Objects)), 0); err != nil {
		t.Fatal(err)
	}
	runGit(t, dir, pack.String(), "index-pack", "--stdin")
	return dir
}

func runGit(t *testing.T, dir, input string, args ...string) string {
	t.Helper()
	return command(t, dir, input, "git", args...)
}

func command(t *testing.T, dir, input, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gittest.Env(dir), strings.NewReader(input)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func ada() Signature {
	return Signature{"Ada", "ada@example.invalid", time.Unix(1767319445, 0).In(time.FixedZone("", 3600))}
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
	differ(t, 3000, triple, Trees).mustHold(t)
}

// TestWhereLinesMergeGitAgrees tries the law on single files, longer ones and with lines that repeat, where files can
// be compared in many ways.
func TestWhereLinesMergeGitAgrees(t *testing.T) {
	differ(t, 2500, repetitive, Trees).mustHold(t)
}

// TestAPlainMergeOfLinesIsCaught is the control: a merge by one Myers diff a side, as textbooks have it, breaks the law,
// and the histories of the tests above find it out.
func TestAPlainMergeOfLinesIsCaught(t *testing.T) {
	plain := func(path string, base, ours, theirs []byte) ([]byte, []string, bool) {
		numbers := map[string]int32{}
		b, o, th := split(base, numbers), split(ours, numbers), split(theirs, numbers)
		left, _, ok1 := shortest(b.ids, o.ids)
		right, _, ok2 := shortest(b.ids, th.ids)
		if !ok1 || !ok2 {
			return nil, nil, false
		}
		merged, ok := weave(b, o, th, between(left, len(o.ids)), between(right, len(th.ids)))
		return merged, nil, ok
	}
	found := differ(t, 2500, repetitive, func(s Store, base, ours, theirs plumbing.Hash) (Result, error) {
		return TreesWith(s, base, ours, theirs, Options{Resolve: plain})
	})
	if len(found.wrong) == 0 {
		t.Error("the plain merge is never wrong: the histories are too simple")
	}
}

// between returns the changes of one alignment: what lies between the lines it keeps.
func between(kept alignment, sideLines int) (found []change) {
	next := change{certain: true}
	for i := range len(kept) + 1 {
		j := sideLines
		if i < len(kept) {
			if kept[i] == dropped {
				continue
			}
			j = int(kept[i])
		}
		next.to, next.sideTo = i, j
		if next.from < next.to || next.sideFrom < next.sideTo {
			found = append(found, next)
		}
		next = change{from: i + 1, sideFrom: j + 1, certain: true}
	}
	return found
}

// repetitive draws one file that both sides change.
func repetitive(r *rand.Rand) [3]snapshot {
	h := newHistory(r)
	var base strings.Builder
	for range h.IntN(40) {
		base.WriteString(h.line())
	}
	return oneFile(base.String(), h.rewrite(base.String()), h.rewrite(base.String()))
}

// TestRealFilesAreSeldomDeclined keeps the price of the law low: source files (this package's own) with a few edits on
// both sides merge nearly as often as they do for git.
func TestRealFilesAreSeldomDeclined(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := differ(t, 300, func(r *rand.Rand) [3]snapshot {
		raw, err := os.ReadFile(names[r.IntN(len(names))])
		if err != nil {
			t.Fatal(err)
		}
		h, base := history{r, nil}, string(raw)
		return oneFile(base, h.rewrite(base), h.rewrite(base))
	}, Trees)
	found.mustHold(t)
	if found.declined*25 > found.clean {
		t.Errorf("belay declines %d of %d merges that are clean for git", found.declined, found.clean)
	}
}

func oneFile(texts ...string) (snaps [3]snapshot) {
	for i, text := range texts {
		snaps[i] = snapshot{"f": {filemode.Regular, text}}
	}
	return snaps
}

// tally is what became of random merges.
type tally struct {
	clean    int      // merged by git
	declined int      // those of them that belay does not merge
	wrong    []string // merged by belay, and not, or to another tree, by git
}

// mustHold fails the test where the law was broken.
func (found tally) mustHold(t *testing.T) {
	t.Helper()
	for _, wrong := range found.wrong {
		t.Error(wrong)
	}
}

// differ merges random triples with a merge of belay's and with git's.
func differ(t *testing.T, fallback int, draw func(*rand.Rand) [3]snapshot, trees func(s Store, base, ours, theirs plumbing.Hash) (Result, error)) (found tally) {
	t.Helper()
	n, seed := envNumber(t, "BELAY_DIFF_N", fallback), uint64(envNumber(t, "BELAY_DIFF_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d, %d cases", seed, n)
	both, died, why := 0, 0, map[Reason]int{}
	for from := 0; from < n; from += 2000 {
		s := memory.NewStorage()
		var cases [][3]plumbing.Hash
		var triples [][3]snapshot
		for i := from; i < min(n, from+2000); i++ {
			snaps := draw(rand.New(rand.NewPCG(seed, uint64(i))))
			triples = append(triples, snaps)
			cases = append(cases, [3]plumbing.Hash{snaps[0].store(t, s), snaps[1].store(t, s), snaps[2].store(t, s)})
		}
		answers := askGit(t, s, cases)
		if len(answers) != len(cases) {
			t.Fatalf("git merged %d of %d cases", len(answers), len(cases))
		}
		for i, want := range answers {
			got, err := trees(s, cases[i][0], cases[i][1], cases[i][2])
			if err != nil {
				t.Fatalf("case %d: %v", from+i, err)
			}
			merged := len(got.Conflicts) == 0
			if want.Clean {
				found.clean++
			}
			switch {
			case want.Died:
				died++
			case merged && !want.Clean:
				found.wrong = append(found.wrong, fmt.Sprintf("case %d: belay merges, git conflicts\n%s", from+i, describe(triples[i])))
			case merged && got.Tree.String() != want.Tree:
				found.wrong = append(found.wrong, fmt.Sprintf("case %d: belay merges to %s, git to %s\n%s", from+i, got.Tree, want.Tree, describe(triples[i])))
			case !merged && want.Clean:
				found.declined++
				why[got.Conflicts[0].Reason]++
			case !merged:
				both++
			}
		}
	}
	t.Logf("%d merge alike, %d conflict for both, %d declined %v, %d wrong, git died of %d",
		found.clean-found.declined, both, found.declined, why, len(found.wrong), died)
	return found
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
