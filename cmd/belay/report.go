package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/belay-ci/belay/runner/report"
)

// reportFolder makes the folder that a run's report goes to: the one that was asked for, else the one from which the CI
// host keeps files, else a new one in temp: a job may run belay twice, and a machine's folder is open to others. Of the
// runs that one process starts after one another the later ones have a folder inside.
func reportFolder(asked, host, temp string, later int) (string, error) {
	dir := asked
	if dir == "" {
		dir = host
	}
	if info, err := os.Lstat(dir); asked == "" && err == nil && info.Mode()&fs.ModeSymlink != 0 {
		dir = "" // a step, or the repository, put a link there: nobody asked for the report where it leads
	}
	if dir == "" {
		return os.MkdirTemp(temp, "belay-report-")
	}
	if later > 0 {
		dir = filepath.Join(dir, fmt.Sprintf("new-run-%d", later))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// The next run in this workspace must not take the report for a change to land, nor for a checkout that is not clean.
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(ignore); err == nil {
		return filepath.Abs(dir)
	}
	if err := os.WriteFile(ignore, []byte("*\n"), 0o644); err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}

// writeReport writes the report in all formats to dir, and returns the report that says where it is. It follows no link
// that leads out of dir: steps can write there.
func writeReport(dir string, r report.Report) (report.Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return r, fmt.Errorf("write report: %w", err)
	}
	defer root.Close()
	var problems []error
	for _, format := range report.Formats() {
		text, err := format.Render(r)
		if err == nil {
			err = root.WriteFile(format.File, text, 0o644)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("write report: %w", err))
		}
	}
	if len(problems) == 0 {
		r.Dir, r.Path = dir, filepath.Join(dir, report.JSONFile)
	}
	return r, errors.Join(problems...)
}
