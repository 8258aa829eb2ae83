//go:build linux

package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
)

// serve runs git http-backend over root on loopback and returns its address. CGI knows no body of unknown length: one is
// put on disk first.
func serve(root string) string {
	check(os.MkdirAll(root, 0o755))
	git, err := exec.LookPath("git")
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 0 {
			file, err := os.CreateTemp(root, "body-")
			check(err)
			defer os.Remove(file.Name())
			defer file.Close()
			if r.ContentLength, err = io.Copy(file, r.Body); err != nil {
				return
			}
			_, err = file.Seek(0, io.SeekStart)
			check(err)
			r.Body, r.TransferEncoding = file, nil
		}
		h := cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: append(environ(),
			"GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL="+r.Header.Get("Git-Protocol"))}
		h.ServeHTTP(w, r)
	})
	go func() { check(http.Serve(listener, handler)) }()
	return "http://" + listener.Addr().String()
}
