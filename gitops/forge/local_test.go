package forge_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/policy"
)

func TestLocalNamesALockThatIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	lock := filepath.Join(dir, "pull-requests.json.lock")
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, _, err := forge.NewLocal(dir).Open(t.Context(), topic)
		var failed *forge.Error
		if !errors.As(err, &failed) || failed.Kind() != policy.ForgeUnavailable || !strings.Contains(err.Error(), lock) || !strings.Contains(err.Error(), "remove that file") {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(begin); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestLocalStopsWaitingForTheLockWhenTheContextEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pull-requests.json.lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := forge.NewLocal(dir).Open(ctx, topic)
		var failed *forge.Error
		if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &failed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLocalLeavesNothingBehindButItsFile(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := forge.NewLocal(dir).Open(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "pull-requests.json" {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestLocalRefusesAFileItCannotTrust(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":        "{",
		"wrong numbers":  `[{"Number": 7}]`,
		"another shape":  `{"Number": 1}`,
		"numbered twice": `[{"Number": 1}, {"Number": 1}]`,
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "pull-requests.json")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := forge.NewLocal(dir).Open(t.Context(), topic); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: Open: %v", name, err)
		}
		if _, err := forge.NewLocal(dir).Find(t.Context(), "topic", "main"); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: Find: %v", name, err)
		}
	}
}
