package wire

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-cmp/cmp"
)

// many returns n files of some size under dir, and a small one beside them.
func many(dir string, n int, last string) map[string]string {
	files := map[string]string{"last.txt": last}
	for i := range n {
		files[dir+"/"+strconv.Itoa(i)] = strings.Repeat(strconv.Itoa(i*i*7919), 50)
	}
	return files
}

func fetch(t *testing.T, c *Conn, r FetchRequest, store *memory.Storage) Fetched {
	t.Helper()
	fetched, err := c.Fetch(t.Context(), r, store)
	if err != nil {
		t.Fatal(err)
	}
	return fetched
}

func TestFetchBringsHistory(t *testing.T) {
	r := serve(t)
	tip := r.commit(t, map[string]string{"a.txt": "two\n"})
	store := memory.NewStorage()
	fetched := fetch(t, dial(t, r.url, Options{}), FetchRequest{Wants: []Hash{tip}}, store)
	if diff := cmp.Diff(Fetched{Objects: 6}, fetched); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	if now, before := file(t, store, tip, "a.txt"), file(t, store, r.tip, "a.txt"); now != "two\n" || before != "one\n" {
		t.Errorf("a.txt is %q at the tip and %q before", now, before)
	}
}

func TestFetchOfNothingAsksNothing(t *testing.T) {
	r := serve(t)
	before := len(r.server.Requests())
	fetch(t, dial(t, r.url, Options{}), FetchRequest{}, memory.NewStorage())
	if n := len(r.server.Requests()) - before; n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestAMovedTipComesShallowAndThin(t *testing.T) {
	r := serve(t)
	base := r.commit(t, many("files", 200, "base"))
	c := dial(t, r.url, Options{})
	store := memory.NewStorage()
	first := fetch(t, c, FetchRequest{Wants: []Hash{base}, Depth: 1}, store)
	if diff := cmp.Diff([]Hash{base}, first.Shallow); diff != "" {
		t.Errorf("shallow (-want +got):\n%s", diff)
	}
	tip := r.commit(t, map[string]string{"files/7": "changed", "last.txt": "tip"})

	sent := count(r.server)
	whole := memory.NewStorage()
	fetch(t, c, FetchRequest{Wants: []Hash{tip}, Depth: 1}, whole)
	snapshot := sent.Swap(0)

	request := FetchRequest{Wants: []Hash{tip}, Haves: []Hash{base}, Shallow: []Hash{base}, Depth: 1, Thin: true}
	second := fetch(t, c, request, store)
	thin := sent.Swap(0)
	if diff := cmp.Diff(Fetched{Shallow: []Hash{tip}, Objects: 5}, second); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	if thin*5 > snapshot {
		t.Errorf("the thin pack is %d bytes, the snapshot %d", thin, snapshot)
	}
	if got := file(t, store, tip, "files/7") + file(t, store, tip, "files/8") + file(t, store, tip, "last.txt"); got != "changed"+many("files", 9, "")["files/8"]+"tip" {
		t.Errorf("the tip's files are %q", got)
	}

	if _, err := c.Fetch(t.Context(), request, memory.NewStorage()); err == nil || !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Errorf("without the base the error is %v", err)
	}
}

func TestDeepeningTellsWhatIsNoLongerShallow(t *testing.T) {
	r := serve(t)
	tip := r.commit(t, map[string]string{"a.txt": "two\n"})
	c := dial(t, r.url, Options{})
	store := memory.NewStorage()
	fetch(t, c, FetchRequest{Wants: []Hash{tip}, Depth: 1}, store)
	got := fetch(t, c, FetchRequest{Wants: []Hash{tip}, Haves: []Hash{tip}, Shallow: []Hash{tip}, Depth: 5}, store)
	if diff := cmp.Diff([]Hash{tip}, got.Unshallow); diff != "" {
		t.Errorf("unshallow (-want +got):\n%s", diff)
	}
	if got := file(t, store, r.tip, "a.txt"); got != "one\n" {
		t.Errorf("the parent's a.txt is %q", got)
	}
}

func TestAFilterLeavesBlobsOutUntilTheyAreAskedFor(t *testing.T) {
	r := serve(t)
	blob := r.at(t, r.tip.String()+":a.txt")
	c := dial(t, r.url, Options{})
	store := memory.NewStorage()
	got := fetch(t, c, FetchRequest{Wants: []Hash{r.tip}, Depth: 1, Filter: "blob:none"}, store)
	if !got.Filtered || store.HasEncodedObject(blob) == nil {
		t.Errorf("filtered %v, and the blob came: %v", got.Filtered, store.HasEncodedObject(blob) == nil)
	}
	if got = fetch(t, c, FetchRequest{Wants: []Hash{blob}}, store); got.Objects != 1 {
		t.Errorf("asked for one blob, got %d objects", got.Objects)
	}
	if text := file(t, store, r.tip, "a.txt"); text != "one\n" {
		t.Errorf("a.txt is %q", text)
	}

	gittest.Git(t, r.dir, "config", "uploadpack.allowFilter", "false")
	all := memory.NewStorage()
	got = fetch(t, dial(t, r.url, Options{}), FetchRequest{Wants: []Hash{r.tip}, Filter: "blob:none"}, all)
	if got.Filtered || all.HasEncodedObject(blob) != nil {
		t.Errorf("where the server can't filter: filtered %v, blob %v", got.Filtered, all.HasEncodedObject(blob))
	}
}

func TestAnUnknownWantIsTheServersError(t *testing.T) {
	r := serve(t)
	_, err := dial(t, r.url, Options{}).Fetch(t.Context(), FetchRequest{Wants: []Hash{plumbing.NewHash("1234567890123456789012345678901234567890")}}, memory.NewStorage())
	var remote *RemoteError
	if !errors.As(err, &remote) || !strings.Contains(remote.Text, "not our ref") {
		t.Errorf("error %v", err)
	}
	if kind := kindOf(t, err); kind != policy.GitRejectedOther {
		t.Errorf("kind %q", kind)
	}
}

func TestAnAnswerCutAnywhereLeavesNothingBehind(t *testing.T) {
	r := serve(t)
	r.commit(t, many("files", 20, "x"))
	c := dial(t, r.url, Options{})
	if _, err := c.offers(t.Context()); err != nil {
		t.Fatal(err)
	}
	tip := r.at(t, "refs/heads/main")
	sent := count(r.server)
	fetch(t, c, FetchRequest{Wants: []Hash{tip}}, memory.NewStorage())
	for keep := int64(0); keep < sent.Load(); keep += 97 {
		r.server.Around(cutAfter(keep))
		store := memory.NewStorage()
		_, err := c.Fetch(t.Context(), FetchRequest{Wants: []Hash{tip}}, store)
		if err == nil {
			t.Fatalf("cut after %d of %d bytes: no error", keep, sent.Load())
		}
		if kind := kindOf(t, err); kind != policy.Network {
			t.Errorf("cut after %d bytes: kind %q of %v", keep, kind, err)
		}
		if len(store.Objects) != 0 {
			t.Fatalf("cut after %d bytes: %d objects stayed", keep, len(store.Objects))
		}
	}
}

// cutAfter drops the connection after n bytes of an answer.
func cutAfter(n int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&cutWriter{ResponseWriter: w, left: n}, r)
			panic(http.ErrAbortHandler)
		})
	}
}

type cutWriter struct {
	http.ResponseWriter
	left int64
}

func (w *cutWriter) Write(p []byte) (int, error) {
	n := min(int64(len(p)), w.left)
	w.left -= n
	if _, err := w.ResponseWriter.Write(p[:n]); err != nil {
		return 0, err
	}
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	if n < int64(len(p)) {
		return int(n), io.ErrClosedPipe
	}
	return len(p), nil
}
