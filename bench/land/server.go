//go:build linux

package main

import (
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
)

// serve runs git http-backend over root on loopback and returns its address.
func serve(root string) string {
	check(os.MkdirAll(root, 0o755))
	git, err := exec.LookPath("git")
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: append(environ(),
			"GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL="+r.Header.Get("Git-Protocol"))}
		h.ServeHTTP(w, r)
	})
	go func() { check(http.Serve(listener, handler)) }()
	return "http://" + listener.Addr().String()
}
