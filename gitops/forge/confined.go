package forge

import (
	"io"
	"net/http"
	"net/url"
)

// maxAnswer bounds one answer: a page of 100 pull requests with the longest texts is some 30 MB at most.
const maxAnswer = 64 << 20

// confined returns a copy of c that sends the token to api's origin alone, follows a redirect only within it
// and with the method kept, and reads answers of a bounded size. (Go's client drops the Authorization header on
// the way to another host, but go-github sets it anew for every request, so it would go along.)
func confined(c *http.Client, api *url.URL, token string) *http.Client {
	if c == nil {
		c = http.DefaultClient
	}
	copied := *c
	copied.Transport = &guard{next: c.Transport, api: api, token: token}
	copied.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > 5 || req.Method != via[0].Method || !sameOrigin(req.URL, api) {
			return http.ErrUseLastResponse // the redirect itself becomes the answer, and a failure
		}
		return nil
	}
	return &copied
}

type guard struct {
	next  http.RoundTripper // nil: Go's default
	api   *url.URL
	token string
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if g.token != "" && sameOrigin(req.URL, g.api) {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+g.token)
	}
	next := g.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	if err == nil {
		resp.Body = limitedBody{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

type limitedBody struct {
	io.Reader
	io.Closer
}

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }
