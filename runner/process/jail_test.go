//go:build unix

package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/belay-ci/belay/policy"
)

func TestAWorkingDirectoryDoesNotLeadOutOfItsJail(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.MkdirAll(filepath.Join(inside, "a", "b"), 0o700))
	check(os.Symlink(outside, filepath.Join(inside, "out")))
	check(os.Symlink(filepath.Join("..", "..", "out"), filepath.Join(inside, "a", "b", "far")))
	check(os.Symlink("a", filepath.Join(inside, "link")))
	for name, ok := range map[string]bool{".": true, "a": true, "a/b": true, "link/b": true, "out": false, "a/b/far": false, "link/b/far": false} {
		t.Run(name, func(t *testing.T) {
			c := command(t, "sh", "pwd -P")
			c.Dir, c.Within = filepath.Join(inside, name), inside
			exit, err := Run(context.Background(), c)
			var start *StartError
			switch {
			case ok && (err != nil || exit.Code != 0):
				t.Errorf("%+v, %v", exit, err)
			case !ok && (!errors.As(err, &start) || start.Kind() != policy.StepStart || !strings.Contains(err.Error(), "leads out of")):
				t.Errorf("ran in %q, %v", exit.Stdout, err)
			}
		})
	}
}

// The look at the path and the entering are two things, and a process that an earlier step left in another job, or on
// another machine of a shared disk, may swap the folder for a link in between.
func TestAFolderThatIsSwappedForALinkIsNotFollowed(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	folder, link, place := filepath.Join(inside, "folder"), filepath.Join(inside, "link"), filepath.Join(inside, "place")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.Symlink(outside, link)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, what := range []string{folder, link} {
				_ = os.Rename(what, place)
				_ = os.Rename(place, what)
			}
		}
	})
	ran := 0
	for i := 0; i < 2000 && ran < 30; i++ {
		c := command(t, "sh", "pwd -P")
		c.Dir, c.Within = place, inside
		exit, err := Run(context.Background(), c)
		if err != nil {
			continue
		}
		if exit.Code == 0 {
			ran++
		}
		if strings.TrimSpace(exit.Stdout) == outside {
			t.Fatal("a step ran outside")
		}
	}
	close(stop)
	swapping.Wait()
}
