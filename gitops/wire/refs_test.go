package wire

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
	"github.com/google/go-cmp/cmp"
)

func TestRefsAreListedByPrefix(t *testing.T) {
	r := serve(t)
	gittest.Git(t, r.work, "tag", "-a", "-m", "first", "v1")
	gittest.Git(t, r.work, "push", "--quiet", "origin", "v1", "HEAD:refs/heads/side")
	tag := r.at(t, "refs/tags/v1")
	c := dial(t, r.url, Options{})
	got, err := c.Refs(t.Context(), "HEAD", "refs/heads/ma", "refs/tags/")
	if err != nil {
		t.Fatal(err)
	}
	want := []Ref{
		{Name: "HEAD", Hash: r.tip, Target: "refs/heads/main"},
		{Name: "refs/heads/main", Hash: r.tip},
		{Name: "refs/tags/v1", Hash: tag, Peeled: r.tip},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	if all, err := c.Refs(t.Context()); err != nil || len(all) != 4 {
		t.Errorf("without prefixes got %d refs, error %v; want all 4", len(all), err)
	}
}

func TestTagsArePeeledWhateverPrefixNamesThemAndOthersAreNot(t *testing.T) {
	r := serve(t)
	gittest.Git(t, r.work, "tag", "-m", "one", "v1")
	gittest.Git(t, r.work, "push", "--quiet", "origin", "v1", "v1:refs/belay/v1")
	c := dial(t, r.url, Options{})
	for prefix, want := range map[string]Hash{
		"refs/": r.tip, "refs/t": r.tip, "refs/tags/": r.tip, "refs/tags/v1": r.tip, "refs/belay/": {}, "refs/belay/v1": {},
	} {
		refs, err := c.Refs(t.Context(), prefix)
		i := slices.IndexFunc(refs, func(ref Ref) bool {
			return strings.HasSuffix(ref.Name, "/v1") && (ref.Name == "refs/tags/v1") == !want.IsZero()
		})
		if err != nil || i < 0 || refs[i].Peeled != want {
			t.Errorf("%s: %v, error %v; want the tag, peeled to %s", prefix, refs, err, want)
		}
	}
}

func TestAnEmptyRepositoryHasNoRefs(t *testing.T) {
	s := gittest.Serve(t)
	refs, err := dial(t, s.Create(t, "empty.git"), Options{}).Refs(t.Context())
	if err != nil || len(refs) != 0 {
		t.Errorf("got %v, error %v; want none", refs, err)
	}
}

func TestOneRefOfTwentyThousandIsASmallAnswer(t *testing.T) {
	r := serve(t)
	var packed strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&packed, "%s refs/pull/%d/head\n", r.tip, i)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "packed-refs"), []byte(packed.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	sent := count(r.server)
	refs, err := dial(t, r.url, Options{}).Refs(t.Context(), "refs/heads/main")
	if err != nil || len(refs) != 1 {
		t.Fatalf("got %d refs, error %v; want 1", len(refs), err)
	}
	if n := sent.Load(); n > 4<<10 {
		t.Errorf("the server sent %d bytes", n)
	}
	advertisement, err := dial(t, r.url, Options{}).Advertise(t.Context())
	if err != nil || len(advertisement.Refs) != 20_001 || advertisement.Refs["refs/heads/main"] != r.tip {
		t.Errorf("receive-pack advertises %d refs, error %v; want 20001", len(advertisement.Refs), err)
	}
}

func TestAServerWithoutProtocolV2IsOneClearError(t *testing.T) {
	r := serve(t)
	r.server.Around(withoutV2)
	_, err := dial(t, r.url, Options{}).Refs(t.Context())
	if !errors.Is(err, ErrNotOffered) || !strings.Contains(err.Error(), "protocol version 2") {
		t.Errorf("error %v", err)
	}
	if kind := kindOf(t, err); kind != policy.GitRejectedOther {
		t.Errorf("kind %q", kind)
	}
}

// withoutV2 keeps from a server that protocol version 2 is asked for, as some proxies do.
func withoutV2(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Header.Del("Git-Protocol")
		next.ServeHTTP(w, req)
	})
}

func TestARepositoryOfSHA256IsRefused(t *testing.T) {
	s := gittest.Serve(t)
	gittest.Git(t, s.Root, "init", "--quiet", "--bare", "--object-format=sha256", "new.git")
	gittest.Git(t, s.Dir("new.git"), "config", "http.receivepack", "true")
	c := dial(t, s.URL+"/new.git", Options{})
	if _, err := c.Refs(t.Context()); err == nil || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("Refs: error %v", err)
	}
	if _, err := c.Advertise(t.Context()); err == nil || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("Advertise: error %v", err)
	}
}

func TestAGiantListOfRefsIsCut(t *testing.T) {
	r := serve(t)
	r.server.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/x-git-receive-pack-advertisement")
			w.WriteHeader(http.StatusOK)
			line := []byte(strings.Repeat("0032"+strings.Repeat("a", 40)+" refs/", 1000))
			for {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		})
	})
	c := dial(t, r.url, Options{})
	c.limits.refs = 1 << 20
	if _, err := c.Advertise(t.Context()); err == nil || !strings.Contains(err.Error(), "longer than the 1048576 bytes") {
		t.Errorf("error %v, want the limit's", err)
	}
}
