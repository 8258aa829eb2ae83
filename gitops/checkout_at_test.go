package gitops

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestARevertIsCheckedOutBeforeItIsPushed(t *testing.T) {
	for name, args := range map[string][]string{"full": nil, "shallow": {"--depth=1"}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, args...)
			r := s.open()
			ids := s.landed(r)
			s.push("rival", map[string]string{"b.txt": "b\n"})
			v := s.revert(r, ids...)
			dir := filepath.Join(t.TempDir(), "reverted")
			if err := r.CheckOut(context.Background(), v.Tip, dir); err != nil {
				t.Fatal(err)
			}
			for file, want := range map[string]string{"env/prod.yml": "tag: v1\n", "b.txt": "b\n"} {
				if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
					t.Errorf("%s: %q, %v", file, got, err)
				}
			}
			if got := gittest.Git(t, dir, "status", "--porcelain"); got != "" {
				t.Errorf("status %q", got)
			}
			if got := gittest.Git(t, dir, "rev-parse", "HEAD"); got != string(v.Tip) {
				t.Errorf("HEAD is %s", got)
			}
		})
	}
}
