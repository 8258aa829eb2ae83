package wire

import (
	"os"
	"path/filepath"
	"testing"

	gogit "github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestAStoreThatTakesPacksGetsThePackAsItIs(t *testing.T) {
	for name, cut := range map[string]int64{"whole": 0, "broken off": 900, "broken off at once": 40} {
		t.Run(name, func(t *testing.T) {
			r := serve(t)
			tip := r.commit(t, map[string]string{"noise": noise(10_000), "a/b.txt": "text\n"})
			dir := filepath.Join(t.TempDir(), "kept.git")
			gittest.Git(t, os.TempDir(), "init", "--quiet", "--bare", dir)
			store, err := server.DefaultLoader.Load(&gogit.Endpoint{Path: dir})
			if err != nil {
				t.Fatal(err)
			}
			c := dial(t, r.url, Options{})
			if _, err := c.offers(t.Context()); err != nil {
				t.Fatal(err)
			}
			if cut > 0 {
				r.server.Around(cutAfter(cut))
			}
			fetched, err := c.Fetch(t.Context(), FetchRequest{Wants: []Hash{tip}, Depth: 1}, store)
			packs, globErr := filepath.Glob(filepath.Join(dir, "objects", "pack", "*.idx"))
			if globErr != nil {
				t.Fatal(globErr)
			}
			if cut > 0 {
				if err == nil || len(packs) != 0 {
					t.Errorf("%d packs, error %v", len(packs), err)
				}
				return
			}
			if err != nil || len(packs) != 1 || fetched.Objects != 6 {
				t.Errorf("%d packs, fetched %+v, error %v", len(packs), fetched, err)
			}
			if got := gittest.Git(t, dir, "cat-file", "-p", tip.String()+":a/b.txt"); got != "text" {
				t.Errorf("the file holds %q", got)
			}
			gittest.Git(t, dir, "verify-pack", packs[0])
		})
	}
}
