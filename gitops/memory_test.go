package gitops

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

// What a landing holds in memory does not grow with the files of the branch, whether or not the server has filters.
func TestALandingHoldsFewOfTheBranchsFiles(t *testing.T) {
	const files, each, most = 40, 50_000, 400_000
	tests := map[string]struct {
		branch string
		bring  func(s *shop, content func() string)
	}{
		"a branch that shares nothing": {"pages", func(s *shop, content func() string) {
			var script strings.Builder
			script.WriteString("commit refs/heads/pages\ncommitter Ada <ada@example.invalid> 1700000000 +0000\ndata 4\nold\n")
			for n := range files {
				fmt.Fprintf(&script, "M 100644 inline %d.bin\ndata %d\n%s\n", n, each, content())
			}
			s.feed(script.String(), "fast-import", "--quiet")
		}},
		"rivals that bring many": {"main", func(s *shop, content func() string) {
			brought := map[string]string{}
			for n := range files {
				brought[fmt.Sprintf("%d.bin", n)] = content()
			}
			s.push("rival: much", brought)
		}},
	}
	for name, test := range tests {
		for _, filters := range []string{"true", "false"} {
			t.Run(name+", filters "+filters, func(t *testing.T) {
				s := newShop(t, "--depth=1")
				s.git("config", "uploadpack.allowFilter", filters)
				random := rand.NewChaCha8([32]byte{})
				test.bring(s, func() string {
					b := make([]byte, each)
					_, _ = random.Read(b) // it never fails
					return string(b)
				})
				r := s.open()
				r.inFiles = most
				s.write(map[string]string{"new.txt": "x\n"})
				o, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: test.branch, Identity: run("land"), Committer: ada})
				if err != nil {
					t.Fatal(err)
				}
				s.want(o, Landed)
				var held int64
				for _, object := range r.store.Objects {
					held += object.Size()
				}
				if held > most+each {
					t.Errorf("%d bytes of %d are in memory", held, files*each)
				}
				if got := gittest.Git(t, s.Dir(shopRepo), "show", test.branch+":new.txt"); got != "x" {
					t.Errorf("new.txt is %q", got)
				}
				s.sound()
			})
		}
	}
}
