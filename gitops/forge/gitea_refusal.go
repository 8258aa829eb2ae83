package forge

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// refusal listens to the answers of one call for the forge's own words, which Gitea's SDK drops for some calls and
// surrounds with its own for others.
type refusal struct {
	next http.RoundTripper
	said string
}

// RoundTrip reads the beginning of a refusal, and passes all of it on.
func (r *refusal) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || resp.StatusCode < 300 {
		return resp, err
	}
	begin, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	r.said = string(begin)
	var answer struct{ Message string }
	if json.Unmarshal(begin, &answer) == nil && answer.Message != "" {
		r.said = answer.Message
	}
	body := resp.Body
	resp.Body = limitedBody{io.MultiReader(bytes.NewReader(begin), body), body}
	return resp, nil
}

// words is what the forge said, else err.
func (r *refusal) words(err error) error {
	if r.said == "" {
		return err
	}
	return errors.New(shorten(oneLine(r.said), 500))
}
