package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// What a host takes: https://docs.github.com/en/actions/reference/limits and
// https://docs.gitlab.com/ci/yaml/#parallelmatrix
const (
	maxGitHubMatrix = 256
	maxGitLabMatrix = 200
)

// Matrix writes items as the matrix of the named host's jobs. On GitLab that is `parallel: matrix:` with the variable
// ITEM, for the configuration of a child pipeline. Elsewhere it is a line for the file GITHUB_OUTPUT names, the
// output `matrix` of one key `item`. It fails for more items than the host takes.
func Matrix(host string, items []any) (string, error) {
	if host == "gitlab" {
		return gitlabMatrix(items)
	}
	if len(items) > maxGitHubMatrix {
		return "", fmt.Errorf("there are %d items, and a matrix of GitHub's holds %d", len(items), maxGitHubMatrix)
	}
	if items == nil {
		items = []any{}
	}
	text, err := plainJSON(map[string]any{"item": items})
	return "matrix=" + text + "\n", err
}

// gitlabMatrix writes what is not text as JSON, because a variable is text. JSON's quotes are YAML's too.
func gitlabMatrix(items []any) (string, error) {
	switch n := len(items); {
	case n == 0:
		return "", errors.New("there are no items, and GitLab takes no empty matrix")
	case n > maxGitLabMatrix:
		return "", fmt.Errorf("there are %d items, and a matrix of GitLab's holds %d", n, maxGitLabMatrix)
	}
	var values []string
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			var err error
			if text, err = plainJSON(item); err != nil {
				return "", err
			}
		}
		quoted, err := plainJSON(text)
		if err != nil {
			return "", err
		}
		values = append(values, quoted)
	}
	return "parallel:\n  matrix:\n    - ITEM: [" + strings.Join(values, ", ") + "]\n", nil
}

// plainJSON is JSON on one line, with < and & as they are.
func plainJSON(v any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("write as JSON: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
