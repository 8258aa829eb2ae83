package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/runner/process"
)

// stateFolder is where a workspace's lock and journal are: in the checkout's own git folder, which goes with the checkout
// and holds nothing that is committed; for other workspaces in the user's cache.
func (w workspace) stateFolder() (string, error) {
	if found, err := w.checkout(); err == nil {
		dir := filepath.Join(found.GitDir, "belay")
		return dir, os.MkdirAll(dir, 0o700)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(w.dir))
	dir := filepath.Join(cache, "belay", hex.EncodeToString(sum[:8]))
	return dir, os.MkdirAll(dir, 0o700)
}

// occupy takes the workspace for this run: two at once would reset each other's files and land each other's changes. A run
// that a step of a run starts is inside of that one, and asks for nothing. The folder is empty where nothing can be kept.
func (a app) occupy(w workspace) (folder string, leave func(), err error) {
	if a.getenv("BELAY_RUN_ID") != "" {
		return "", func() {}, nil
	}
	folder, err = w.stateFolder()
	if err != nil { // a read-only checkout, or no home: the run needs neither lock nor journal
		return "", func() {}, nil
	}
	path := filepath.Join(folder, "lock")
	leave, err = process.Lock(path)
	switch {
	case errors.Is(err, process.ErrLocked):
		who, _ := os.ReadFile(path)
		return "", nil, badInput("another run is at work in %s (process %s): wait for it to end, or work in another clone", w.dir, strings.TrimSpace(string(who)))
	case err != nil:
		return "", func() {}, nil
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		leave()
		return "", func() {}, nil
	}
	return folder, leave, nil
}
