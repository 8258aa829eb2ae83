//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
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
	"time"

	"github.com/belay-ci/belay/bench/git"
)

// server is git-http-backend on loopback, with what a network and a busy server do to it.
type server struct {
	address string
	root    string
	program string // git-http-backend, as web servers are told to run it: as a command of git it costs a process more

	mu      sync.Mutex
	weather weather
	random  *rand.Rand
	hub     http.Handler // GitHub's API; nil: there is none

	requests, pushes, faulty atomic.Int64
}

// weather is what befalls requests.
type weather struct {
	delay   time.Duration // before a request is worked on
	late    time.Duration // before the answer to a push is sent
	pushes  float64       // the share of pushes that go wrong
	fetches float64       // the share of other requests that do
	newer   bool          // refusals are worded as git 2.51 and later do
}

// serve starts a server over the folder root.
func serve(root string, seed uint64) *server {
	check(os.MkdirAll(root, 0o755))
	programs, err := exec.Command("git", "--exec-path").Output()
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	s := &server{address: "http://" + listener.Addr().String(), root: root, program: filepath.Join(strings.TrimSpace(string(programs)), "git-http-backend"), random: rand.New(rand.NewPCG(seed, seed))}
	go func() { check(http.Serve(listener, s)) }()
	return s
}

// set changes the weather and starts counting anew.
func (s *server) set(w weather) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather = w
	s.requests.Store(0)
	s.pushes.Store(0)
	s.faulty.Store(0)
}

// fault draws what goes wrong with a request, empty for nothing.
func (s *server) fault(push, call bool) (weather, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	share, kinds := s.weather.fetches, []string{"before", "502", "truncated", "reset"}
	if push || call {
		kinds = []string{"before", "after", "502-after", "truncated", "stalled", "reset"}
	}
	if push {
		share = s.weather.pushes
	}
	if s.random.Float64() >= share {
		return s.weather, ""
	}
	return s.weather, kinds[s.random.IntN(len(kinds))]
}

// stall is how long a stalled request hangs before its connection breaks.
const stall = 3 * time.Second

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	push := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
	s.requests.Add(1)
	if push {
		s.pushes.Add(1)
	}
	call := strings.HasPrefix(r.URL.Path, "/repos/")
	weather, fault := s.fault(push, call)
	if fault != "" {
		s.faulty.Add(1)
	}
	body, err := io.ReadAll(r.Body) // a chunked body has no length, which CGI wants to know
	if err != nil {
		return
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	time.Sleep(weather.delay)
	switch fault {
	case "before":
		panic(http.ErrAbortHandler)
	case "stalled":
		time.Sleep(stall)
		panic(http.ErrAbortHandler)
	case "502":
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	answer := httptest.NewRecorder()
	if call {
		s.hub.ServeHTTP(answer, r)
	} else {
		s.backend(answer, r)
	}
	if push {
		time.Sleep(weather.late)
	}
	out := answer.Body.Bytes()
	if push && weather.newer {
		out = reword(out)
	}
	switch fault {
	case "after":
		panic(http.ErrAbortHandler)
	case "502-after":
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	case "reset":
		reset(w)
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(out)))
	w.WriteHeader(answer.Code)
	if fault == "truncated" {
		_, _ = w.Write(out[:len(out)/2]) // the client may be gone
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(out)
}

func (s *server) backend(w http.ResponseWriter, r *http.Request) {
	h := cgi.Handler{Path: s.program, Stderr: io.Discard, Env: append(git.Environ(),
		"GIT_PROJECT_ROOT="+s.root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL="+r.Header.Get("Git-Protocol"))}
	h.ServeHTTP(w, r)
}

// reset breaks a connection so that the client sees it at once, with a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// reword puts git's refusals of lost races into the words of git 2.51 and later: no text names the tip.
func reword(answer []byte) []byte {
	var out bytes.Buffer
	for len(answer) >= 4 {
		var n int
		if _, err := fmt.Sscanf(string(answer[:4]), "%04x", &n); err != nil || n > len(answer) || n == 1 || n == 2 || n == 3 {
			out.Write(answer)
			break
		}
		if n == 0 {
			out.WriteString("0000")
			answer = answer[4:]
			continue
		}
		data := answer[4:n]
		answer = answer[n:]
		switch {
		case len(data) > 0 && data[0] == 2 && bytes.Contains(data, []byte("cannot lock ref")):
			continue
		case len(data) > 0 && data[0] == 1:
			data = append([]byte{1}, rewordReport(data[1:])...)
		}
		fmt.Fprintf(&out, "%04x%s", len(data)+4, data)
	}
	return out.Bytes()
}

// rewordReport is reword for the pkt-lines of the report inside its band.
func rewordReport(report []byte) []byte {
	var out bytes.Buffer
	for len(report) >= 4 {
		var n int
		if _, err := fmt.Sscanf(string(report[:4]), "%04x", &n); err != nil || n > len(report) || n > 0 && n < 4 {
			return append(out.Bytes(), report...)
		}
		if n == 0 {
			out.WriteString("0000")
			report = report[4:]
			continue
		}
		line := bytes.ReplaceAll(report[4:n], []byte("failed to update ref"), []byte("incorrect old value provided"))
		report = report[n:]
		fmt.Fprintf(&out, "%04x%s", len(line)+4, line)
	}
	return out.Bytes()
}
