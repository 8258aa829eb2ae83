//go:build linux

package git

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
)

// Serve runs git http-backend over root on loopback, until the bench ends, and returns its address.
func Serve(root string) (string, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 0 { // CGI knows no body of unknown length
			body, err := measured(root, r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			defer body.Close()
		}
		h := cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: append(Environ(),
			"GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "GIT_PROTOCOL="+r.Header.Get("Git-Protocol"))}
		h.ServeHTTP(w, r)
	})
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	return "http://" + listener.Addr().String(), nil
}

// measured puts a request's body on disk, and has the request read it from there.
func measured(root string, r *http.Request) (*os.File, error) {
	file, err := os.CreateTemp(root, "body-")
	if err != nil {
		return nil, err
	}
	if err = os.Remove(file.Name()); err == nil { // it is there until it is closed
		r.ContentLength, err = io.Copy(file, r.Body)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r.Body, r.TransferEncoding = file, nil
	return file, nil
}
