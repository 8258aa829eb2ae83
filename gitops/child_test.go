package gitops

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestAGitThatIsStoppedLeavesNoLock(t *testing.T) {
	needsLinux(t)
	s := newShop(t)
	ready := filepath.Join(t.TempDir(), "ready")
	gittest.Git(t, s.work, "config", "filter.slow.clean", "touch "+ready+"; sleep 1; cat")
	s.write(map[string]string{"x": "x", ".gitattributes": "x filter=slow\n"})

	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := make(chan error)
	go func() {
		_, err := child{git: "git", dir: s.work, env: os.Environ()}.run(ctx, nil, "add", "x")
		ended <- err
	}()
	for !exists(ready) {
		time.Sleep(time.Millisecond)
	}
	lock := filepath.Join(s.work, ".git", "index.lock")
	if !exists(lock) {
		t.Fatal("git holds no lock that it could leave")
	}
	cancel(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("it ended with %v", err)
	}
	if exists(lock) {
		t.Error("its lock is there")
	}
}
