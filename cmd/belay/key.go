package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// jobKey tells this run from the others of the same CI job, which have its run id and its name, and often its steps'
// names: by the file, or by the steps themselves where they are written into the workflow, and by the inputs. It is the
// same when the job is run again, on whatever machine: the file counts from the top of the repository.
func jobKey(top, steps string, inputs map[string]string) (string, error) {
	if !inline(steps) {
		if steps = strings.TrimSpace(steps); steps == "" {
			steps = defaultSteps
		}
		absolute, err := filepath.Abs(steps)
		if err != nil {
			return "", fmt.Errorf("name the run's steps: %w", err)
		}
		if inside, err := filepath.Rel(top, absolute); top != "" && err == nil && filepath.IsLocal(inside) {
			steps = filepath.ToSlash(inside)
		}
	}
	key, err := json.Marshal([]any{steps, inputs}) // sorts the inputs
	return string(key), err
}

// inline reports whether the value of --steps or --policy is the file's text itself.
func inline(value string) bool { return strings.Contains(strings.TrimSpace(value), "\n") }
