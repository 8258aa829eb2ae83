package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/belay-ci/belay/runner/report"
)

// writeReport writes the report in JSON to a new file in dir, the system's temporary folder when that is empty, and
// returns its path. The name is new each time: a job may run belay twice, and a machine's folder is open to others.
func writeReport(dir string, r report.Report) (path string, err error) {
	text, err := report.JSON(r)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, "belay-report-*.json")
	if err != nil {
		return "", fmt.Errorf("write report: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write report: %w", err)
	}
	return file.Name(), nil
}
