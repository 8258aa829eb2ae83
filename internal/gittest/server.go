// Package gittest runs real git servers for tests: git http-backend behind net/http/cgi on loopback.
// Git is never faked in this repository's tests.
package gittest

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Server is a smart-HTTP git server over a folder of bare repositories.
type Server struct {
	URL  string // http://127.0.0.1:port
	Root string // the folder that holds the bare repositories

	mu       sync.Mutex
	login    string // user:password; empty lets everybody in
	requests []Request
	around   func(http.Handler) http.Handler

	connections atomic.Int64
	CA          string // of ServeTLS: the certificate that vouches for the server, in PEM
}

// Request is one request the server has seen, for tests that count them.
type Request struct {
	Method, Path, Query, Protocol string
	Header                        http.Header
}

// Serve starts a server whose repositories live in a temporary folder, and stops it with the test.
// It skips the test when git is not installed.
func Serve(t testing.TB) *Server {
	t.Helper()
	return serve(t, (*httptest.Server).Start)
}

// ServeTLS is Serve over https, with HTTP/2.
func ServeTLS(t testing.TB) *Server {
	t.Helper()
	return serve(t, func(web *httptest.Server) {
		web.EnableHTTP2 = true
		web.StartTLS()
	})
}

func serve(t testing.TB, start func(*httptest.Server)) *Server {
	t.Helper()
	program, err := httpBackend()
	if err != nil {
		t.Skip("git is not installed")
	}
	s := &Server{Root: t.TempDir()}
	backend := &cgi.Handler{
		Path: program,
		Env: append([]string{
			"GIT_PROJECT_ROOT=" + s.Root,
			"GIT_HTTP_EXPORT_ALL=1",
		}, Env(s.Root)...),
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Git-Protocol"), r.Header.Clone()})
		around, login := s.around, s.login
		s.mu.Unlock()
		defer s.inTime()
		if user, password, _ := r.BasicAuth(); login != "" && login != user+":"+password {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "authentication required", http.StatusUnauthorized)
			return
		}
		var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := measure(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			c := *backend // Git-Protocol reaches http-backend as an environment variable
			if p := r.Header.Get("Git-Protocol"); p != "" {
				c.Env = append(c.Env[:len(c.Env):len(c.Env)], "GIT_PROTOCOL="+p)
			}
			c.ServeHTTP(w, r)
		})
		if around != nil {
			h = around(h)
		}
		h.ServeHTTP(w, r)
	})
	web := httptest.NewUnstartedServer(handler)
	web.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	web.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that tests mean to fail
	start(web)
	if c := web.Certificate(); c != nil {
		s.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	t.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

// inTime lets the race detector see that a request ended before the next one began. It learns so from what a connection carries, and a
// handler around the server that cuts its connection sends nothing.
func (s *Server) inTime() {
	s.mu.Lock()
	defer s.mu.Unlock()
}

// httpBackend is the program that web servers are told to run, see git-http-backend(1). As a command of git it costs a process more.
func httpBackend() (string, error) {
	dir, err := exec.Command("git", "--exec-path").Output()
	return filepath.Join(strings.TrimSpace(string(dir)), "git-http-backend"), err
}

// measure reads a body to its end before git is started. Pushes over 1 MiB come in chunks, which CGI does not know; and where a
// client dies in the middle of its body, git http-backend waits for the rest of it in a loop, with a whole processor, for ever.
func measure(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return err
}

// Demand makes the server ask for Basic authentication from now on.
func (s *Server) Demand(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login = user + ":" + password
}

// Around puts a handler around the server from now on: to delay, cut, refuse or rewrite. nil takes it away.
func (s *Server) Around(f func(http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.around = f
}

// Requests returns what the server has seen so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Connections counts the connections made so far.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// Pushes counts the receive-pack POSTs seen so far.
func (s *Server) Pushes() int {
	n := 0
	for _, r := range s.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/git-receive-pack") {
			n++
		}
	}
	return n
}

// Create makes an empty bare repository on branch main that accepts pushes, and returns its address.
func (s *Server) Create(t testing.TB, name string) string {
	t.Helper()
	dir := s.Dir(name)
	Git(t, s.Root, "init", "--quiet", "--bare", "--initial-branch=main", dir)
	Git(t, dir, "config", "http.receivepack", "true")
	Git(t, dir, "config", "uploadpack.allowFilter", "true")
	Git(t, dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	Git(t, dir, "config", "receive.advertisePushOptions", "true")
	return s.URL + "/" + name
}

// Dir returns the folder of a bare repository.
func (s *Server) Dir(name string) string { return filepath.Join(s.Root, name) }

// Hook installs a server hook ("pre-receive", "update", "post-receive", …) from a shell script.
func (s *Server) Hook(t testing.TB, repo, hook, script string) {
	t.Helper()
	path := filepath.Join(s.Dir(repo), "hooks", hook)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
}
