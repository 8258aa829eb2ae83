package wire

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

func TestCertificatesAreFoundWhereGitFindsThem(t *testing.T) {
	s := gittest.ServeTLS(t)
	address := s.Create(t, "shop.git")
	files := t.TempDir()
	gittest.Write(t, files, map[string]string{"ca.pem": s.CA, "folder/ca.pem": s.CA})
	file, folder := filepath.Join(files, "ca.pem"), filepath.Join(files, "folder")
	for name, test := range map[string]struct {
		given string
		leave func(t *testing.T, dir string)
	}{
		"given as text":     {s.CA, nil},
		"given as a file":   {file, nil},
		"given as a folder": {folder, nil},
		"GIT_SSL_CAINFO":    {"", func(t *testing.T, _ string) { t.Setenv("GIT_SSL_CAINFO", file) }},
		"GIT_SSL_CAPATH":    {"", func(t *testing.T, _ string) { t.Setenv("GIT_SSL_CAPATH", folder) }},
		"http.sslCAInfo":    {"", func(t *testing.T, dir string) { gittest.Git(t, dir, "config", "http."+s.URL+"/.sslCAInfo", file) }},
		"http.sslCAPath":    {"", func(t *testing.T, dir string) { gittest.Git(t, dir, "config", "http.sslCAPath", folder) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := checkout(t)
			if test.leave != nil {
				test.leave(t, dir)
			}
			found := find(t, Lookup{URL: address, Dir: dir, CABundle: test.given})
			if _, err := dial(t, address, Options{CA: found.CA}).Refs(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACertificateNothingVouchesForIsFinal(t *testing.T) {
	s := gittest.ServeTLS(t)
	address := s.Create(t, "shop.git")
	dir := checkout(t)
	t.Setenv("GIT_SSL_NO_VERIFY", "1")
	gittest.Git(t, dir, "config", "http.sslVerify", "false")
	found := find(t, Lookup{URL: address, Dir: dir})
	_, err := dial(t, address, Options{CA: found.CA}).Push(t.Context(), onto(t, Hash{}, "x").push(mainRef, Hash{}))
	if e := asError(t, err); e.Kind() != policy.GitAuth || e.Sent || !strings.Contains(e.Error(), "ca_bundle") {
		t.Errorf("kind %q, sent %v: %v", e.Kind(), e.Sent, e)
	}
	other := strings.Replace(address, "127.0.0.1", "localhost", 1) // not among the certificate's names
	_, err = dial(t, other, Options{CA: s.CA}).Refs(t.Context())
	if e := asError(t, err); e.Kind() != policy.GitAuth || !strings.Contains(e.Error(), "check the server's name") {
		t.Errorf("another name: kind %q: %v", e.Kind(), e)
	}
}

func TestCertificatesThatCantBeReadAreAnError(t *testing.T) {
	dir := checkout(t)
	gittest.Write(t, dir, map[string]string{"empty": "nothing"})
	for _, given := range []string{filepath.Join(dir, "empty"), filepath.Join(dir, "missing")} {
		if _, err := FindCredentials(t.Context(), Lookup{URL: forge, Dir: dir, CABundle: given}); err == nil || !strings.Contains(err.Error(), "read ca_bundle") {
			t.Errorf("%s: error %v", given, err)
		}
	}
}

// serveProxy is a proxy for one target that wants a login, and counts what goes through.
func serveProxy(t *testing.T, through *atomic.Int64) *httptest.Server {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "Basic bWU6cHJveHktc2VjcmV0" { // me:proxy-secret
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		through.Add(1)
		r.Header.Del("Proxy-Authorization")
		r.RequestURI = ""
		gittest.Tunnel(w, r)
	}))
	t.Cleanup(web.Close)
	return web
}

func TestAProxyOfTheEnvironmentIsUsed(t *testing.T) {
	secure, plain := gittest.ServeTLS(t), gittest.Serve(t)
	addresses := map[string]string{secure.Create(t, "shop.git"): secure.CA, plain.Create(t, "shop.git"): ""}
	for address, ca := range addresses {
		var through atomic.Int64
		web := serveProxy(t, &through)
		for login, lets := range map[string]bool{"me:proxy-secret@": true, "me:wrong-secret@": false} {
			client := newClient(time.Minute, trusting(ca))
			at, err := url.Parse(strings.Replace(web.URL, "//", "//"+login, 1))
			if err != nil {
				t.Fatal(err)
			}
			client.Transport.(*http.Transport).Proxy = http.ProxyURL(at) // the environment's is read once in a process, and never for loopback
			_, err = dial(t, address, Options{HTTP: client}).Refs(t.Context())
			if (err == nil) != lets {
				t.Errorf("%s by %s: error %v", address, login, err)
			}
			if err != nil && (asError(t, err).Sent || kindOf(t, err) != policy.GitAuth || !strings.Contains(err.Error(), "the proxy does not accept") || strings.Contains(err.Error(), "secret")) {
				t.Errorf("an error that is wrong, or shows the password: %v", err)
			}
		}
		if through.Load() == 0 {
			t.Errorf("%s: nothing went through the proxy", address)
		}
	}
}
