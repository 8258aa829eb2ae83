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
)

// TestReplayAndRevertMakeGitsCommits does random commits over with git cherry-pick, rebase and revert, in a work tree, and
// compares the new commits by id: tree, parent, author, committer and message are all in it.
func TestReplayAndRevertMakeGitsCommits(t *testing.T) {
	n, seed := envNumber(t, "BELAY_DIFF_N", 1500)/10, uint64(envNumber(t, "BELAY_DIFF_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d, %d cases", seed, n)
	s := memory.NewStorage()
	var picks []pick
	for i := range n {
		picks = append(picks, drawPick(t, s, rand.New(rand.NewPCG(seed, uint64(i)))))
	}
	made, declined := 0, 0
	for i, want := range pickWithGit(t, s, picks) {
		got, err := picks[i].do(s)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		answer := got.Commit.String()
		switch {
		case want == "died":
			continue
		case len(got.Conflicts) > 0:
			if want != "conflict" {
				declined++
			}
			continue
		case got.Empty:
			answer = "empty"
		default:
			made++
		}
		if answer != want {
			t.Errorf("case %d (%s): belay makes %s, git %s\n%s", i, picks[i].what, answer, want, describe(picks[i].snaps))
		}
	}
	t.Logf("%d commits made alike, %d declined", made, declined)
}

// pick is a commit to be replayed or reverted on a tip.
type pick struct {
	commit, onto plumbing.Hash
	what         string // the git command
	snaps        [3]snapshot
}

func drawPick(t *testing.T, s Store, r *rand.Rand) pick {
	p := pick{what: []string{"cherry-pick", "rebase", "revert"}[r.IntN(3)], snaps: triple(r)}
	var trees [3]plumbing.Hash
	for i, snap := range p.snaps {
		for path, b := range snap {
			if b.mode == filemode.Symlink { // a work tree takes no empty target, and no NUL in it
				snap[path] = blob{b.mode, "to " + strings.ReplaceAll(b.text, "\x00", "")}
			}
		}
		trees[i] = snap.store(t, s)
	}
	if p.what == "rebase" && trees[0] == trees[1] {
		p.what = "cherry-pick" // git rebase keeps a commit that changes nothing, see docs/merge.md
	}
	if p.what == "revert" {
		p.commit = storeCommit(t, s, trees[0], storeCommit(t, s, trees[1]))
		p.onto = storeCommit(t, s, trees[2], p.commit)
	} else {
		parent := storeCommit(t, s, trees[0])
		p.commit, p.onto = storeCommit(t, s, trees[1], parent), storeCommit(t, s, trees[2], parent)
	}
	return p
}

func (p pick) do(s Store) (Replayed, error) {
	if p.what == "revert" {
		message := fmt.Sprintf("Revert \"change\"\n\nThis reverts commit %s.\n", p.commit)
		return Revert(s, p.commit, p.onto, []byte(message), ada(), ada(), Options{})
	}
	return Replay(s, p.commit, p.onto, ReplayOptions{Committer: ada()})
}

// pickWithGit returns, for every pick, the commit git makes, or "conflict", "empty" or, where git
// aborted, "died".
func pickWithGit(t *testing.T, s *memory.Storage, picks []pick) []string {
	t.Helper()
	const script = `while read -r what commit onto; do
		git checkout --quiet --force --detach "$onto" && git clean -ffdxq || { echo stuck; continue; }
		case $what in
		rebase) git rebase --quiet --no-ff --onto "$onto" "$commit^" "$commit" </dev/null >/dev/null 2>&1 ;;
		*) git $what "$commit" </dev/null >/dev/null 2>&1 ;;
		esac
		code=$?
		if [ $code = 0 ]; then
			made=$(git rev-parse HEAD)
			if [ $what = rebase ] && [ "$made" = "$onto" ]; then echo empty; else echo $made; fi
		elif [ $code -gt 128 ]; then echo died; rm -f .git/index.lock; git reset --quiet --hard
		elif [ -n "$(git ls-files --unmerged)" ]; then echo conflict; git reset --quiet --hard
		else echo empty; git reset --quiet --hard; fi
		rm -rf .git/rebase-merge
	done`
	var input strings.Builder
	for _, p := range picks {
		fmt.Fprintf(&input, "%s %s %s\n", p.what, p.commit, p.onto)
	}
	answers := strings.Fields(command(t, repository(t, s), input.String(), "sh", "-c", script))
	if len(answers) != len(picks) {
		t.Fatalf("git answered %d of %d cases", len(answers), len(picks))
	}
	return answers
}

// TestAChangeThatWasRevertedIsAppliedAgain: git rebase finds the same patch in the history and leaves the commit out;
// belay and git cherry-pick apply it. docs/merge.md says so.
func TestAChangeThatWasRevertedIsAppliedAgain(t *testing.T) {
	s := memory.NewStorage()
	tree := func(f, g string) plumbing.Hash {
		return snapshot{"f": regular(f), "g": regular(g)}.store(t, s)
	}
	base := storeCommit(t, s, tree(letters, "1"))
	own := storeCommit(t, s, tree(upperA, "1"), base)
	other := storeCommit(t, s, tree(letters, "2"), base)
	same := storeCommit(t, s, tree(upperA, "2"), other)
	tip := storeCommit(t, s, tree(letters, "2"), same)
	got, err := Replay(s, own, tip, ReplayOptions{Committer: ada()})
	if err != nil || got.Tree != tree(upperA, "2") {
		t.Fatalf("Replay: %+v, %v", got, err)
	}
	dir := repository(t, s)
	runGit(t, dir, "", "checkout", "--quiet", "--detach", own.String())
	runGit(t, dir, "", "rebase", "--quiet", tip.String())
	if head := strings.TrimSpace(runGit(t, dir, "", "rev-parse", "HEAD")); head != tip.String() {
		t.Errorf("git rebase makes %s of it: docs/merge.md says it leaves it out", head)
	}
	runGit(t, dir, "", "cherry-pick", own.String())
	if head := strings.TrimSpace(runGit(t, dir, "", "rev-parse", "HEAD")); head != got.Commit.String() {
		t.Errorf("git cherry-pick makes %s, belay %s", head, got.Commit)
	}
}
