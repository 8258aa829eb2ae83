package report

import (
	"encoding/json"
	"fmt"
)

// JSON renders the report for programs: one object, indented, with "version": 1. Names are the outputs' style,
// times are RFC 3339, delays are nanoseconds. Later versions only add names.
func JSON(r Report) ([]byte, error) {
	text, err := json.MarshalIndent(struct {
		Version int `json:"version"`
		Report
	}{1, r}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write report as JSON: %w", err)
	}
	return append(text, '\n'), nil
}
