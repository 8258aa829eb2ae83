package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/policy"
)

// maxRaised is the largest error file belay reads or writes.
const maxRaised = 64 << 10

// RaisedError says why an error file can't be read or written.
type RaisedError struct {
	Path string
	Err  error
}

// Error names the file and the cause.
func (e *RaisedError) Error() string { return fmt.Sprintf("error file %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *RaisedError) Unwrap() error { return e.Err }

// Kind is always step.error-file.
func (e *RaisedError) Kind() policy.Kind { return policy.StepErrorFile }

// ReadRaised reads the error file a step wrote: a JSON object, or name=value lines and name<<DELIMITER blocks
// as in GITHUB_OUTPUT, with [RaisedKeys]. All are optional; a Kind left out stays empty, for the policy to find one.
// It returns nil, nil when there is no file, and a *[RaisedError] for one it can't read: one past 64 KiB, not
// regular, with an unknown key or hint, or with a kind that is misspelt or belay's own. Nothing is masked.
func ReadRaised(path string) (*policy.Raised, error) {
	text, err := readRegular(path, maxRaised)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, errTooLarge) {
		err = fmt.Errorf("larger than %d KiB", maxRaised>>10)
	}
	if err != nil {
		return nil, &RaisedError{path, err}
	}
	raised, err := parseRaised(text)
	if err != nil {
		return nil, &RaisedError{path, err}
	}
	return &raised, nil
}

// WriteRaised writes an error file that [ReadRaised] reads back as r, replacing what is there in one step.
// Its error is a *[RaisedError], also for a kind or a hint that a step may not give.
func WriteRaised(path string, r policy.Raised) error {
	if err := writeRaised(path, r); err != nil {
		return &RaisedError{path, err}
	}
	return nil
}

func writeRaised(path string, r policy.Raised) error {
	if err := checkRaised(r); err != nil {
		return err
	}
	object := map[string]any{}
	put := func(key string, value any, given bool) {
		if given {
			object[key] = value
		}
	}
	put("kind", r.Kind, r.Kind != "")
	put("message", r.Message, r.Message != "")
	put("details", r.Details, r.Details != nil)
	put("retry-after", r.RetryAfter.String(), r.RetryAfter != 0)
	put("retryable", r.Retryable, r.Retryable != nil)
	put("hint", r.Hint, r.Hint != "")
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	if len(text) > maxRaised {
		return fmt.Errorf("%d KiB are more than the %d KiB allowed: shorten message or details", len(text)>>10, maxRaised>>10)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".belay-error-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func parseRaised(text []byte) (policy.Raised, error) {
	fields, err := raisedFields(bytes.TrimPrefix(bytes.ToValidUTF8(text, []byte("\ufffd")), []byte("\ufeff")))
	if err != nil {
		return policy.Raised{}, err
	}
	var r policy.Raised
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if err := setRaised(&r, key, fields[key]); err != nil {
			return policy.Raised{}, fmt.Errorf("%s: %w", key, err)
		}
	}
	return r, checkRaised(r)
}

// raisedFields returns the fields of either form as JSON values.
func raisedFields(text []byte) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return fields, json.Unmarshal(text, &fields)
	}
	pairs, err := parsePairs("BELAY_ERROR", string(text))
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		value := []byte(p.value)
		if p.name != "details" && p.name != "retryable" {
			if value, err = json.Marshal(p.value); err != nil {
				return nil, err
			}
		}
		fields[p.name] = value
	}
	return fields, nil
}

func setRaised(r *policy.Raised, key string, value json.RawMessage) error {
	var to any
	want := "a text"
	switch key {
	case "kind":
		to = &r.Kind
	case "message":
		to = &r.Message
	case "hint":
		to = &r.Hint
	case "details":
		to, want = &r.Details, "a JSON object"
	case "retryable":
		to, want = &r.Retryable, "true or false"
	case "retry-after":
		to, want = (*seconds)(&r.RetryAfter), "a duration such as 90s or 5m, or a number of seconds"
	default:
		return fmt.Errorf("unknown key; the keys are %s", strings.Join(raisedNames(), ", "))
	}
	if err := json.Unmarshal(value, to); err != nil {
		return fmt.Errorf("not %s: %w", want, err)
	}
	return nil
}

// seconds is a duration that may be written as one, "90s", or as plain seconds, 90 or "90".
type seconds time.Duration

// UnmarshalJSON reads either form.
func (s *seconds) UnmarshalJSON(value []byte) error {
	text := string(value)
	if text == "null" {
		return nil // as encoding/json treats every type
	}
	if value[0] == '"' {
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
	}
	delay, err := time.ParseDuration(text)
	if err != nil {
		delay, err = time.ParseDuration(text + "s")
	}
	*s = seconds(delay)
	return err
}

// checkRaised refuses what a step may not say.
func checkRaised(r policy.Raised) error {
	switch {
	case r.Kind != "" && !r.Kind.Valid():
		return fmt.Errorf("kind %q is not a dotted lower-case name such as %q", r.Kind, "deploy.quota")
	case r.Kind.Reserved():
		return fmt.Errorf("kind %q belongs to belay; choose a name of your own, such as %q", r.Kind, "deploy."+r.Kind)
	case r.Hint != "" && !slices.Contains(policy.Hints(), r.Hint):
		return fmt.Errorf("hint %q is none of %v", r.Hint, policy.Hints())
	case r.RetryAfter < 0:
		return fmt.Errorf("retry-after %v lies in the past", r.RetryAfter)
	}
	return nil
}
