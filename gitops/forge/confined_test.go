package forge

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTheTokenGoesToTheAPIsOriginAlone(t *testing.T) {
	api, err := url.Parse("https://api.example/v3/")
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://api.example/v3/repos":     "Bearer s3cret",
		"http://api.example/v3/repos":      "",
		"https://api.example:8443/v3":      "",
		"https://other.api.example/v3":     "",
		"https://api.example.evil.test/v3": "",
	} {
		var got string
		client := confined(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return nil, errors.New("not sent")
		})}, api, "s3cret")
		r := httptest.NewRequest("GET", address, nil)
		if _, err := client.Transport.RoundTrip(r); err == nil || got != want || r.Header.Get("Authorization") != "" {
			t.Errorf("%s got %q, want %q", address, got, want)
		}
	}
}
