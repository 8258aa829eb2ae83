package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An example that is wrong teaches what is wrong.
func TestTheTestsOfTheExamplesPass(t *testing.T) {
	var found []string
	err := filepath.WalkDir(filepath.Join("..", "..", "examples"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("\ntests:")) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Errorf("%d examples have tests; ten had", len(found))
	}
	for _, path := range found {
		t.Run(strings.TrimPrefix(filepath.ToSlash(path), "../../examples/"), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := app{args: []string{"test", path}, stdout: &stdout, stderr: &stderr, stdin: strings.NewReader("")}.main()
			if code != 0 || stderr.Len() > 0 {
				t.Errorf("belay test ended with exit code %d\n%s%s", code, &stderr, &stdout)
			}
		})
	}
}
