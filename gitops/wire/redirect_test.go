package wire

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/belay-ci/belay/policy"
)

var redirects = []int{301, 302, 303, 307, 308}

func TestRedirectsToAnotherHostAreNotFollowed(t *testing.T) {
	for _, code := range redirects {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			var reached atomic.Int64
			other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
			defer other.Close()
			home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				http.Redirect(w, req, other.URL+req.URL.String(), code)
			}))
			defer home.Close()
			c := dial(t, home.URL+"/shop", Options{Credentials: Credentials{Username: "me", Password: "secret"}})
			_, refs := c.Refs(t.Context())
			_, advertise := c.Advertise(t.Context())
			_, push := c.Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
			for op, err := range map[string]error{"Refs": refs, "Advertise": advertise, "Push": push} {
				e := asError(t, err)
				if e.Status != code || e.Sent || e.Kind() != policy.GitRejectedOther || !strings.Contains(e.Error(), other.URL) {
					t.Errorf("%s: status %d, sent %v, kind %q: %v", op, e.Status, e.Sent, e.Kind(), e)
				}
			}
			if n := reached.Load(); n != 0 {
				t.Errorf("%d requests reached the other host", n)
			}
		})
	}
}

func TestNoCredentialsLeaveWhatTheyWereGivenFor(t *testing.T) {
	var reached atomic.Int64
	elsewhere := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	plain := httptest.NewServer(elsewhere)
	defer plain.Close()
	var to string
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, to+req.URL.String(), http.StatusFound)
	}))
	defer secure.Close()
	another := httptest.NewTLSServer(elsewhere)
	defer another.Close()
	for name, address := range map[string]string{
		"from https to http":                plain.URL,
		"another port":                      another.URL,
		"another name":                      strings.Replace(secure.URL, "127.0.0.1", "localhost", 1),
		"an address with other credentials": strings.Replace(another.URL, "//", "//eve:eve@", 1),
	} {
		to = address
		c := dial(t, secure.URL+"/shop", Options{HTTP: secure.Client(), Credentials: Credentials{Username: "me", Password: "secret"}})
		if _, err := c.Advertise(t.Context()); err == nil || asError(t, err).Status != http.StatusFound || strings.Contains(err.Error(), "eve:") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

func TestAMovedRepositoryIsFollowedOnItsOwnHost(t *testing.T) {
	for _, code := range redirects {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			r := serve(t)
			r.server.Demand("me", "secret")
			r.server.Around(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if rest, ok := strings.CutPrefix(req.URL.Path, "/old/"); ok {
						http.Redirect(w, req, "/"+rest+"?"+req.URL.RawQuery, code)
						return
					}
					next.ServeHTTP(w, req)
				})
			})
			old := strings.Replace(r.url, "/shop.git", "/old/shop.git", 1)
			o := Options{Credentials: Credentials{Username: "me", Password: "secret"}}
			c := dial(t, old, o)
			if _, err := c.Refs(t.Context()); err != nil {
				t.Fatal(err)
			}
			push(t, c, onto(t, r.tip, "ours\n").push(mainRef, r.tip))

			before := r.at(t, mainRef)
			_, err := dial(t, old, o).Push(t.Context(), onto(t, before, "more\n").push(mainRef, before))
			if e := asError(t, err); e.Status != code || e.Sent || r.at(t, mainRef) != before {
				t.Errorf("a push to the old address: status %d, sent %v: %v", e.Status, e.Sent, e)
			}
		})
	}
}

func TestARedirectThatNamesNoRepositoryIsRefused(t *testing.T) {
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/login" {
			http.Redirect(w, req, "/login", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	}))
	defer home.Close()
	if _, err := dial(t, home.URL+"/shop", Options{}).Refs(t.Context()); err == nil || !strings.Contains(err.Error(), "/login") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyTheSameHostIsTrusted(t *testing.T) {
	for name, tc := range map[string]struct {
		from, to string
		want     bool
	}{
		"another path":               {"https://a.example/x", "https://a.example/y", true},
		"the usual port spelled out": {"https://a.example/x", "https://a.example:443/x", true},
		"http to https":              {"http://a.example/x", "https://a.example/x", true},
		"https to http":              {"https://a.example/x", "http://a.example/x", false},
		"another port":               {"http://a.example/x", "http://a.example:8080/x", false},
		"https on another port":      {"http://a.example/x", "https://a.example:8443/x", false},
		"a subdomain":                {"https://a.example/x", "https://b.a.example/x", false},
	} {
		t.Run(name, func(t *testing.T) {
			from, err := url.Parse(tc.from)
			if err != nil {
				t.Fatal(err)
			}
			to, err := url.Parse(tc.to)
			if err != nil {
				t.Fatal(err)
			}
			if got := sameHost(from, to); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
