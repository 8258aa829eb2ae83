package gittest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestServerTakesPushesFromGitItself(t *testing.T) {
	s := Serve(t)
	url := s.Create(t, "shop.git")
	work := Clone(t, url)
	id := CommitAndPush(t, work, "main", "first", map[string]string{"a/b.txt": "hello\n"})
	if got := Git(t, s.Dir("shop.git"), "rev-parse", "refs/heads/main"); got != id {
		t.Errorf("main is at %s, want %s", got, id)
	}
	if s.Pushes() != 1 {
		t.Errorf("the server saw %d pushes, want 1", s.Pushes())
	}
}

func TestServerRefusesWithoutCredentials(t *testing.T) {
	s := Serve(t)
	s.Demand("x-access-token", "secret")
	url := s.Create(t, "shop.git")
	if _, err := TryGit(s.Root, "ls-remote", url); err == nil {
		t.Error("the server let an unknown caller in")
	}
}

func TestServerTakesLargePushes(t *testing.T) {
	s := Serve(t)
	url := s.Create(t, "shop.git")
	work := Clone(t, url)
	Git(t, work, "config", "http.postBuffer", "65536") // the least that git takes: more than this is sent in chunks
	noise := make([]byte, 1<<18)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	id := CommitAndPush(t, work, "main", "large", map[string]string{"noise": string(noise)})
	if got := Git(t, s.Dir("shop.git"), "rev-parse", "refs/heads/main"); got != id {
		t.Errorf("main is at %s, want %s", got, id)
	}
}

func TestServerIsDoneWithAClientThatDiesInMidPush(t *testing.T) {
	s := Serve(t)
	url := s.Create(t, "shop.git")
	over := make(chan struct{})
	s.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(over)
			next.ServeHTTP(w, r)
		})
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(url, s.URL) + "/git-receive-pack"
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 500\r\n\r\n00a0", path)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-over:
	case <-time.After(time.Minute):
		t.Fatal("git still waits for the rest")
	}
}

// For the race detector.
func TestAHandlerThatCutsConnectionsNeedsNoLock(t *testing.T) {
	s := Serve(t)
	url := s.Create(t, "shop.git")
	cut := 0
	s.Around(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			cut++
			panic(http.ErrAbortHandler)
		})
	})
	for range 20 {
		if response, err := http.Post(url, "", nil); err == nil {
			_ = response.Body.Close()
			t.Fatal("the connection was not cut")
		}
	}
	if n := len(s.Requests()); n != 20 || cut != n {
		t.Errorf("%d of %d cut", cut, n)
	}
}
