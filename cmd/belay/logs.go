package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/belay-ci/belay/runner"
)

// moveLogs puts what the attempts of a run printed beside its report, in the place of an earlier run's.
func moveLogs(temp, dir string) error {
	from, to := filepath.Join(temp, runner.LogsFolder), filepath.Join(dir, runner.LogsFolder)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	switch err := os.Rename(from, to); {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return os.CopyFS(to, os.DirFS(from)) // the report may be on another disk
}
