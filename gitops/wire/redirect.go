package wire

import (
	"net/http"
	"net/url"
)

// followOwnHost follows redirects of GET requests on the same host only. A redirect it does not follow becomes
// the answer, and so a statusError: the Authorization header never goes to another host, nor from https to http,
// and a push is never turned into a GET or repeated elsewhere.
func followOwnHost(next *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || len(via) >= 10 || !sameHost(first.URL, next.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// sameHost reports whether what may be told to one address may be told to the other: same scheme, host and port,
// or the step up from http to https on their usual ports.
func sameHost(from, to *url.URL) bool {
	if from.Hostname() != to.Hostname() {
		return false
	}
	if from.Scheme == to.Scheme {
		return port(from) == port(to)
	}
	return from.Scheme == "http" && port(from) == "80" && to.Scheme == "https" && port(to) == "443"
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// shown is an address fit for a message: no userinfo, no query.
func shown(u *url.URL) string {
	return clean((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}
