package host

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/belay-ci/belay/runner/report"
)

// The runner reads outputs as `name<<DELIMITER`, the value's lines, `DELIMITER`
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
// Whoever knows the delimiter can put outputs of his own into a value. go-githubactions has a fixed one, so these
// files are written here.

// newDelimiter returns a delimiter nobody can know in advance.
func newDelimiter() string { return "belay_" + rand.Text() }

func heredocs(r report.Report, delimiter string) (string, error) {
	var out strings.Builder
	for _, o := range report.Outputs() {
		value := o.Value(r)
		if strings.Contains(value, delimiter) {
			return "", fmt.Errorf("write output %s: its value contains the delimiter %s", o.Name, delimiter)
		}
		fmt.Fprintf(&out, "%s<<%s\n%s\n%s\n", o.Name, delimiter, value, delimiter)
	}
	return out.String(), nil
}

// appendLines appends text to a file of the runner's, on a line of its own whatever the last writer left.
func appendLines(path, text string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if end, seekErr := file.Seek(-1, io.SeekEnd); seekErr == nil {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, end); err == nil && last[0] != '\n' {
			text = "\n" + text
		}
	}
	_, err = file.WriteString(text)
	return err
}

// size returns a file's size, 0 when there is none.
func size(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// maskForms lists what to hide of a secret: each of its lines, because the runner compares line by line, and the
// forms in which it travels.
func maskForms(user, secret string) []string {
	var forms []string
	add := func(form string) {
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	secret = strings.TrimSpace(secret)
	if secret == "" {
		return nil
	}
	for line := range strings.Lines(secret) {
		add(strings.TrimSpace(line))
	}
	add(base64.StdEncoding.EncodeToString([]byte(secret)))
	add(base64.StdEncoding.EncodeToString([]byte(user + ":" + secret)))
	add(url.QueryEscape(secret))
	return forms
}
