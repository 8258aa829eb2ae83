// Package serve is a small git server for demonstrations: smart HTTP over repositories in memory, with no git
// installed. It speaks protocol v2 for reading and receive-pack for pushes, enough for any git since 2.26 and for
// package wire. It is for small repositories: an answer is made by walking all of their history.
package serve

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/belay-ci/belay/gitops/wire"
)

// maxRequest bounds what a client can make the server hold, in bytes.
const maxRequest = 256 << 20

// Server serves repositories under /NAME. Set its fields before it serves.
type Server struct {
	// Decline is asked before updates are applied, as a pre-receive hook is. A text declines them all and is shown
	// to who pushed. nil declines nothing.
	Decline func(repository string, updates []wire.Update) string
	// Updated is told of the updates that a push applied, before the push is answered. nil is told nothing.
	// Both are called with no lock held, and for pushes at the same time from several goroutines.
	Updated func(repository string, updates []wire.Update)

	mu           sync.Mutex
	repositories map[string]*Repository
}

// New returns a server without repositories.
func New() *Server { return &Server{repositories: map[string]*Repository{}} }

// CreateRepository makes an empty repository whose HEAD is main, reached at /name. That there is one of that name
// already is an error.
func (s *Server) CreateRepository(name string) (*Repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repositories[name] != nil {
		return nil, fmt.Errorf("create repository %s: it exists", name)
	}
	s.repositories[name] = newRepository(name)
	return s.repositories[name], nil
}

// ServeHTTP answers the three requests of gitprotocol-http(5).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, request, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.mu.Lock()
	repository := s.repositories[name]
	s.mu.Unlock()
	if repository == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodGet && request == "info/refs" {
		repository.introduce(w, r)
		return
	}
	in, err := body(w, r)
	switch {
	case err != nil:
	case r.Method == http.MethodPost && request == "git-upload-pack":
		err = repository.uploadPack(w, in)
	case r.Method == http.MethodPost && request == "git-receive-pack":
		err = s.receivePack(repository, w, in)
	default:
		http.NotFound(w, r)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// introduce tells what a service offers.
func (r *Repository) introduce(w http.ResponseWriter, req *http.Request) {
	service := req.URL.Query().Get("service")
	w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	var answer bytes.Buffer // so that no lock is held while a client reads
	packets := wire.NewPacketWriter(&answer)
	switch {
	case service == "git-receive-pack":
		packets.Linef("# service=%s\n", service)
		packets.Flush()
		r.advertise(packets)
	case service == "git-upload-pack" && strings.Contains(req.Header.Get("Git-Protocol"), "version=2"):
		for _, line := range []string{"version 2", "agent=belay", "ls-refs=unborn", "fetch=shallow", "object-format=sha1"} {
			packets.Linef("%s\n", line)
		}
		packets.Flush()
	default:
		packets.Linef("ERR this server speaks git protocol version 2 only\n")
	}
	_, _ = answer.WriteTo(w) // a client that has gone gets nothing
}

// body is a request's body, which git may send compressed.
func body(w http.ResponseWriter, r *http.Request) (io.Reader, error) {
	limited := http.MaxBytesReader(w, r.Body, maxRequest)
	if r.Header.Get("Content-Encoding") != "gzip" {
		return limited, nil
	}
	plain, err := gzip.NewReader(limited)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return io.LimitReader(plain, maxRequest), nil
}
