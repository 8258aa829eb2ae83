package serve

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

const mainRef = "refs/heads/main"

// started is a server with one repository, and its address.
func started(t *testing.T, s *Server) (*Repository, string) {
	t.Helper()
	r, err := s.CreateRepository("shop.git")
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return r, web.URL + "/shop.git"
}

// seeded is a clone of the repository at url, which has commits on main.
func seeded(t *testing.T, url string, commits int) string {
	t.Helper()
	work := gittest.Clone(t, url)
	for i := range commits {
		gittest.Commit(t, work, "commit "+strconv.Itoa(i), map[string]string{"dir/a.txt": strings.Repeat(strconv.Itoa(i), 3000), strconv.Itoa(i): "x"})
	}
	gittest.Git(t, work, "push", "--quiet", "origin", "HEAD:"+mainRef)
	return work
}

func revision(t *testing.T, dir, name string) string {
	t.Helper()
	return gittest.Git(t, dir, "rev-parse", name)
}

func TestGitClonesFetchesAndPushes(t *testing.T) {
	_, url := started(t, New())
	work := seeded(t, url, 3)
	other := gittest.Clone(t, url)
	if got, want := revision(t, other, "HEAD"), revision(t, work, "HEAD"); got != want {
		t.Errorf("the clone is at %s, want %s", got, want)
	}
	if branch := gittest.Git(t, other, "symbolic-ref", "HEAD"); branch != mainRef {
		t.Errorf("the clone is on %s", branch)
	}
	gittest.CommitAndPush(t, work, "main", "more", map[string]string{"dir/a.txt": "more"}) // a thin pack
	gittest.Git(t, work, "push", "--quiet", "origin", "HEAD:refs/heads/side", "HEAD:refs/tags/v1")
	gittest.Git(t, other, "pull", "--quiet", "--tags")
	if got, want := revision(t, other, "v1"), revision(t, work, "HEAD"); got != want || revision(t, other, "HEAD") != want {
		t.Errorf("after the pull v1 is at %s, want %s", got, want)
	}
	gittest.Git(t, other, "fsck", "--strict")
	gittest.Git(t, work, "push", "--quiet", "origin", ":refs/heads/side")
	if refs := gittest.Git(t, other, "ls-remote", url, "refs/heads/*"); strings.Contains(refs, "side") {
		t.Errorf("the deleted branch is still there: %s", refs)
	}
}

func TestGitNegotiatesOverCommitsTheServerNeverSaw(t *testing.T) {
	_, url := started(t, New())
	work := seeded(t, url, 1)
	other := gittest.Clone(t, url)
	for i := range 40 {
		gittest.Commit(t, other, "local "+strconv.Itoa(i), nil)
	}
	want := gittest.CommitAndPush(t, work, "main", "more", map[string]string{"b": "b"})
	gittest.Git(t, other, "fetch", "--quiet")
	if got := revision(t, other, "origin/main"); got != want {
		t.Errorf("origin/main is at %s, want %s", got, want)
	}
}

func TestCompressedRequestsAreRead(t *testing.T) { // git compresses long ones
	_, url := started(t, New())
	seeded(t, url, 1)
	var request bytes.Buffer
	compressed := gzip.NewWriter(&request)
	packets := wire.NewPacketWriter(compressed)
	packets.Linef("command=ls-refs\n")
	packets.Delim()
	packets.Flush()
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/git-upload-pack", &request)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(answer), mainRef) {
		t.Errorf("status %d, answer %q, error %v", resp.StatusCode, answer, err)
	}
}

func TestGitClonesShallowDeepensAndUnshallows(t *testing.T) {
	_, url := started(t, New())
	work := seeded(t, url, 4)
	shallow := gittest.Clone(t, url, "--depth", "1")
	count := func(want string) {
		t.Helper()
		if got := gittest.Git(t, shallow, "rev-list", "--count", "origin/main"); got != want {
			t.Errorf("the clone has %s commits, want %s", got, want)
		}
		gittest.Git(t, shallow, "fsck", "--strict")
	}
	count("1")
	gittest.CommitAndPush(t, work, "main", "more", map[string]string{"b": "b"})
	gittest.Git(t, shallow, "fetch", "--quiet")
	count("2")
	gittest.Git(t, shallow, "fetch", "--quiet", "--depth", "3")
	count("3")
	gittest.Git(t, shallow, "merge", "--quiet", "--ff-only", "origin/main")
	gittest.CommitAndPush(t, shallow, "main", "from a shallow clone", map[string]string{"c": "c"})
	gittest.Git(t, shallow, "fetch", "--quiet", "--unshallow")
	count("6")
}

func TestGitSeesALostRaceAndADecline(t *testing.T) {
	s := New()
	var mu sync.Mutex
	var updated []wire.Update
	s.Updated = func(_ string, updates []wire.Update) {
		mu.Lock()
		defer mu.Unlock()
		updated = append(updated, updates...)
	}
	var friday atomic.Bool
	s.Decline = func(string, []wire.Update) string {
		if friday.Load() {
			return "no pushes on Fridays"
		}
		return ""
	}
	_, url := started(t, s)
	work := seeded(t, url, 1)
	late := gittest.Clone(t, url)
	first := gittest.CommitAndPush(t, work, "main", "first", map[string]string{"b": "b"})
	id := gittest.Commit(t, late, "second", map[string]string{"c": "c"})
	lease := "--force-with-lease=" + mainRef + ":" + revision(t, late, "origin/main")
	if out, err := gittest.TryGit(late, "push", lease, "origin", "HEAD:"+mainRef); err == nil {
		t.Errorf("the late push went through: %s", out)
	}
	gittest.Git(t, late, "pull", "--quiet", "--rebase")
	friday.Store(true)
	out, err := gittest.TryGit(late, "push", "origin", "HEAD:"+mainRef)
	if err == nil || !strings.Contains(out, "remote: no pushes on Fridays") || !strings.Contains(out, "pre-receive hook declined") {
		t.Errorf("error %v: %s", err, out)
	}
	friday.Store(false)
	gittest.Git(t, late, "push", "--quiet", "origin", "HEAD:"+mainRef)
	mu.Lock()
	defer mu.Unlock()
	last := revision(t, late, "HEAD")
	if last == id || len(updated) != 3 || updated[1].New.String() != first || updated[2].Old.String() != first || updated[2].New.String() != last {
		t.Errorf("updates %v, want the first three pushes that were applied", updated)
	}
}

func TestOurConnLandsOnIt(t *testing.T) {
	r, url := started(t, New())
	work := seeded(t, url, 3)
	c, err := wire.Dial(url, wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	refs, err := c.Refs(t.Context(), mainRef, "HEAD")
	tip := plumbing.NewHash(revision(t, work, "HEAD"))
	if diff := cmp.Diff([]wire.Ref{{Name: "HEAD", Hash: tip, Target: mainRef}, {Name: mainRef, Hash: tip}}, refs); err != nil || diff != "" {
		t.Fatalf("error %v, refs (-want +got):\n%s", err, diff)
	}
	store := memory.NewStorage()
	fetched, err := c.Fetch(t.Context(), wire.FetchRequest{Wants: []wire.Hash{tip}, Depth: 1}, store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire.Fetched{Shallow: []wire.Hash{tip}, Objects: 5}, fetched); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	next := plumbing.NewHash(gittest.CommitAndPush(t, work, "main", "more", map[string]string{"b": "b"}))
	fetched, err = c.Fetch(t.Context(), wire.FetchRequest{Wants: []wire.Hash{next}, Haves: []wire.Hash{tip}, Shallow: []wire.Hash{tip}, Depth: 1, Thin: true}, store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire.Fetched{Shallow: []wire.Hash{next}, Objects: 3}, fetched); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}

	advertisement, err := c.Advertise(t.Context())
	if err != nil || advertisement.Refs[mainRef] != next {
		t.Fatalf("advertisement %v, error %v", advertisement, err)
	}
	result, err := c.Push(t.Context(), wire.PushRequest{Atomic: true, Updates: []wire.Update{
		{Ref: mainRef, Old: next, New: tip}, {Ref: "refs/tags/v1", Old: tip, New: tip},
	}})
	want := wire.PushResult{Unpack: "ok", Refs: map[string]string{mainRef: "atomic push failure", "refs/tags/v1": "incorrect old value provided"}}
	if diff := cmp.Diff(want, result); err != nil || diff != "" {
		t.Errorf("error %v, result (-want +got):\n%s", err, diff)
	}
	result, err = c.Push(t.Context(), wire.PushRequest{Updates: []wire.Update{{Ref: "refs/heads/side", New: tip}}})
	if err != nil || result.Refs["refs/heads/side"] != "" {
		t.Errorf("error %v, result %v", err, result)
	}
	if err := r.View(func(refs map[string]wire.Hash, objects storer.EncodedObjectStorer) error {
		if refs[mainRef] != next || refs["refs/heads/side"] != tip {
			t.Errorf("refs %v", refs)
		}
		return objects.HasEncodedObject(next)
	}); err != nil {
		t.Error(err)
	}
}

func TestAPushThatLacksObjectsIsRefused(t *testing.T) {
	r, url := started(t, New())
	work := seeded(t, url, 1)
	tip := plumbing.NewHash(revision(t, work, "HEAD"))
	store := memory.NewStorage()
	o := store.NewEncodedObject()
	o.SetType(plumbing.CommitObject)
	w, err := o.Writer()
	if err != nil {
		t.Fatal(err)
	}
	who := "Ada <ada@example.invalid> 1767323045 +0000"
	if _, err := w.Write([]byte("tree 1234567890123456789012345678901234567890\nparent " + tip.String() + "\nauthor " + who + "\ncommitter " + who + "\n\nhollow\n")); err != nil {
		t.Fatal(err)
	}
	commit, err := store.SetEncodedObject(o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := wire.Dial(url, wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Push(t.Context(), wire.PushRequest{Updates: []wire.Update{{Ref: mainRef, Old: tip, New: commit}}, Objects: []wire.Hash{commit}, Source: store})
	if err != nil || result.Refs[mainRef] != "unpacker error" || !strings.Contains(result.Unpack, "missing necessary objects") {
		t.Errorf("error %v, result %v", err, result)
	}
	if err := r.View(func(_ map[string]wire.Hash, objects storer.EncodedObjectStorer) error {
		return objects.HasEncodedObject(commit)
	}); err == nil {
		t.Error("the hollow commit was kept")
	}
}

func TestEveryConcurrentPushLandsOnceOrLoses(t *testing.T) {
	_, url := started(t, New())
	work := seeded(t, url, 1)
	base := plumbing.NewHash(revision(t, work, "HEAD"))
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := wire.Dial(url, wire.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			result, err := c.Push(t.Context(), wire.PushRequest{Updates: []wire.Update{{Ref: "refs/heads/lock", New: base}}})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if result.Refs["refs/heads/lock"] == "" {
				won++
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 8 created the branch, want 1", won)
	}
}

func TestWhatIsNotServedIsAnError(t *testing.T) {
	s := New()
	_, url := started(t, s)
	if _, err := s.CreateRepository("shop.git"); err == nil {
		t.Error("a repository was created twice")
	}
	for name, args := range map[string][]string{
		"an unknown repository": {"ls-remote", strings.Replace(url, "shop", "other", 1)},
		"the old protocol":      {"-c", "protocol.version=0", "ls-remote", url},
		"an unknown object":     {"fetch", url, "1234567890123456789012345678901234567890"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "empty")
			gittest.Git(t, t.TempDir(), "init", "--quiet", dir)
			if out, err := gittest.TryGit(dir, args...); err == nil {
				t.Errorf("git succeeded: %s", out)
			}
		})
	}
}
