package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/internal/gittest"
)

// A server without filters sends files along, more of them than there is memory.
func TestOfAnAnswerOnlyTheCommitsAreKept(t *testing.T) {
	r := serve(t)
	gittest.Git(t, r.dir, "config", "uploadpack.allowFilter", "false")
	long := strings.Repeat("All messages are alike, so that git packs one commit as its difference to another.\n", 20)
	for n := range 8 {
		gittest.Write(t, r.work, map[string]string{fmt.Sprintf("%d.txt", n): long})
		gittest.Git(t, r.work, "add", ".")
		gittest.Git(t, r.work, "commit", "--quiet", "-m", fmt.Sprint(n, "\n\n", long))
	}
	gittest.Git(t, r.work, "push", "--quiet", "origin", "HEAD:main")
	gittest.Git(t, r.dir, "repack", "-a", "-d", "-f", "--depth=20", "--window=20", "--quiet")
	if n := differing(t, r); n == 0 {
		t.Fatal("git packed every commit as a whole")
	}

	store := memory.NewStorage()
	request := FetchRequest{Wants: []Hash{r.at(t, "refs/heads/main")}, Hold: &Hold{}}
	got, err := dial(t, r.url, Options{}).Fetch(t.Context(), request, store)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for hash, o := range store.Objects {
		if names = append(names, hash.String()); o.Type() != plumbing.CommitObject {
			t.Errorf("%s came, a %s", hash, o.Type())
		}
	}
	want := strings.Fields(gittest.Git(t, r.dir, "rev-list", "main"))
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) || got.Objects != len(want) {
		t.Errorf("%d commits came, %d of %d are right", got.Objects, len(names), len(want))
	}

	request.Hold.Commits = len(want) - 1
	if _, err := dial(t, r.url, Options{}).Fetch(t.Context(), request, memory.NewStorage()); !errors.Is(err, ErrTooMany) {
		t.Errorf("more commits than were wanted: %v", err)
	}
}

// differing counts the commits that a repository's packs hold as differences.
func differing(t *testing.T, r *repository) (n int) {
	t.Helper()
	out := gittest.Git(t, r.dir, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(deltabase)")
	for line := range strings.Lines(out) {
		if kind, base, _ := strings.Cut(strings.TrimSpace(line), " "); kind == "commit" && strings.Trim(base, "0") != "" {
			n++
		}
	}
	return n
}
